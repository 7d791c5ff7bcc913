from dataclasses import replace

import pytest

from miwire.easyauth.model import Gate
from miwire.errors import WaitTimeout
from miwire.model import auth_settings as at
from miwire.operations import proof
from miwire.operations.proof import Proof
from miwire.probe.model import ProbeCase, ProbeTarget


def prediction(wiring, **app_settings):
    """What the gate is said to answer the source."""
    gate = Gate(
        wiring.the_target.settings, wiring.tenant_id, wiring.the_target.issuers, app_settings
    )
    target = ProbeTarget("integration", "https://integration.example", "/", gate)
    return proof._predicted_case(wiring, wiring.callers[0], target)  # noqa: SLF001  a pure function


@pytest.mark.parametrize(
    ("oks", "holds"),
    [
        pytest.param((True, True, None), True, id="prediction only"),
        pytest.param((True, None, None), True, id="nothing against it"),
        pytest.param((True, False, None), False, id="an unrelated identity (you) was allowed"),
        pytest.param((), True, id="not tried"),
    ],
)
def test_a_proof_holds_where_nothing_speaks_against_it(oks, holds):
    cases = tuple(ProbeCase(str(n), "refused", ok=ok) for n, ok in enumerate(oks))

    assert holds == Proof(cases).holds
    assert not Proof(cases, WaitTimeout("It did not come.")).holds


def test_the_source_is_predicted_to_be_allowed_by_the_rule_that_decides(story):
    case = prediction(story.wired)

    assert ("source", None, 200) == (case.name, case.ok, case.predicted.status)


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        pytest.param(at.APPLICATIONS, ["other"], "allowedApplications", id="another client"),
        pytest.param(at.IDENTITIES, ["other"], "identities", id="another identity"),
    ],
)
def test_a_source_that_would_be_refused_does_not_hold_and_the_rule_is_told(
    story, path, value, rule
):
    case = prediction(
        story.wired.with_target(settings=story.wired.the_target.settings.with_value(path, value))
    )

    assert (False, 403) == (case.ok, case.predicted.status)
    assert rule in case.why


def test_a_v1_token_is_predicted_to_be_allowed_as_far_as_that_is_known(story):
    v1 = replace(story.wired.the_target.registration, token_version=None)
    case = prediction(story.wired.with_target(registration=v1))

    assert (None, None, 200) == (case.ok, case.predicted.status, case.predicted.likely)
    assert "strict_issuer" in case.why


def test_nothing_is_predicted_without_a_registration(story):
    case = prediction(story.wired.with_target(registration=None))

    assert (None, None) == (case.predicted, case.ok)
