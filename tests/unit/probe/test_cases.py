"""What a case says of an answer, in the words that a user reads."""

import pytest

from miwire.easyauth.model import GateVerdict, Rule
from miwire.probe import cases
from miwire.probe.cases import Exchange
from miwire.probe.model import ProbeRequest
from miwire.probe.response import Answer
from miwire.probe.signatures import Origin
from miwire.probe.speaker import PLATFORM, Speaker

NOT_LISTED = GateVerdict(
    403, Rule.ALLOWED_APPLICATIONS, "its client isn't in allowedApplications", likely=403
)


def said(status, *, origin=Origin.PLATFORM, predicted=None):
    answer = Answer(status, {}, "", 1)
    seen = Exchange(answer, Speaker(origin, PLATFORM, "evidence"), predicted)
    return cases.with_token(seen, ProbeRequest(token="x"))


def test_a_403_of_the_platform_without_settings_names_the_allow_list():
    case = said(403)

    assert case.ok is False
    assert "the token is valid, but its caller isn't on the allow-list" == case.why


def test_a_403_that_the_settings_predict_is_told_by_their_rule():
    assert NOT_LISTED.sentence == said(403, predicted=NOT_LISTED).why


def test_a_401_of_the_platform_names_what_a_token_is_rejected_for():
    assert said(401).why.startswith("App Service rejected the token (wrong audience")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_nobody_known_says_that_it_shows_nobody(status):
    case = said(status, origin=Origin.UNKNOWN)

    assert case.ok is False
    assert "doesn't show whether App Service or the app itself rejected" in case.why


@pytest.mark.parametrize(
    ("status", "origin", "ok"),
    [
        (403, Origin.PLATFORM, True),
        (403, Origin.UNKNOWN, None),
        (403, Origin.APP, False),
        (401, Origin.PLATFORM, None),
        (200, Origin.APP, False),
    ],
)
def test_only_a_403_of_the_platform_proves_that_an_operator_is_rejected(status, origin, ok):
    answer = Answer(status, {}, "", 1)
    seen = Exchange(answer, Speaker(origin, PLATFORM, "evidence"), None)

    assert cases.operator(seen, listed=False).ok is ok
