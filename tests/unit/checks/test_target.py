"""What answers in place of an app, and its slots, as ARM shows it."""

from dataclasses import replace

import pytest

from miwire.checks import reachability
from miwire.checks.registry import run
from miwire.checks.target import SLOTS
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.wiring import Part, Slot
from miwire.operations import connect, grant, protect
from miwire.operations.protect import Protection
from miwire.remedy import Fix, Remedy

PLANS = {
    "protect": lambda wiring: protect.plan(wiring, Protection()),
    "grant": grant.plan,
    "connect": lambda wiring: connect.plan(wiring, Protection()),
}


@pytest.fixture(params=PLANS.values(), ids=PLANS)
def plan(request):
    """Each command that plans for a target."""
    return request.param


def with_site(story, **facts):
    return story.wired.with_target(site=replace(story.wired.the_target.site, **facts))


@pytest.mark.parametrize(
    ("facts", "id_", "verdict", "says"),
    [
        ({"state": "Stopped"}, "MIW112", Verdict.FAIL, "is Stopped"),
        ({"state": "QuotaExceeded"}, "MIW112", Verdict.FAIL, "is QuotaExceeded"),
        ({"public_network_access": "Disabled"}, "MIW113", Verdict.WARN, "private endpoint"),
        ({"requires_client_certificate": True}, "MIW114", Verdict.WARN, "client certificate"),
    ],
)
def test_what_answers_before_authentication_is_said_by_every_plan(
    story, plan, facts, id_, verdict, says
):
    (found,) = plan(with_site(story, **facts)).findings

    assert (id_, verdict) == (found.id, found.verdict)
    assert says in found.seen


@pytest.mark.parametrize("state", ["Running", "running", ""])
def test_a_running_app_with_public_access_is_no_finding(story, plan, state):
    wiring = with_site(story, state=state, public_network_access="Enabled")

    assert () == plan(wiring).findings


def test_only_a_stopped_app_is_to_be_started(story):
    stopped, exceeded = (
        next(run(reachability.ALL, with_site(story, state=state).the_target))
        for state in ("Stopped", "QuotaExceeded")
    )

    assert Fix(Remedy.START, name=story.wired.the_target.ref.id) == stopped.fix
    assert "" == exceeded.fix


@pytest.mark.parametrize(
    ("https_only", "requires", "enabled", "verdict"),
    [
        (True, False, True, Verdict.PASS),
        (False, True, True, Verdict.PASS),
        (False, None, True, Verdict.PASS),
        (False, False, True, Verdict.WARN),
        (False, True, False, Verdict.WARN),
    ],
)
def test_tokens_over_http_are_a_warning_unless_something_redirects(
    story, https_only, requires, enabled, verdict
):
    wiring = with_site(story, https_only=https_only)
    settings = wiring.the_target.settings.with_value(at.REQUIRE_HTTPS, requires)
    wiring = wiring.with_target(settings=settings.with_value(at.ENABLED, enabled))
    found = {each.id: each for each in run(reachability.ALL, wiring.the_target)}["MIW115"]

    assert verdict is found.verdict


def test_other_slots_are_judged_each_by_its_own_settings(story):
    closed = story.wired.the_target.settings
    slots = (
        Slot("integration/open", AuthSettings({})),
        Slot("integration/closed", closed),
        Slot("integration/unread", None),
    )
    found = list(run((SLOTS,), story.wired.with_target(slots=slots).the_target))

    assert [Verdict.WARN, Verdict.PASS, Verdict.UNKNOWN] == [each.verdict for each in found]
    assert Fix(Remedy.PROTECT, target="rg/integration/open") == found[0].fix


def test_slots_that_cannot_be_listed_are_unknown(story):
    unread = story.wired.with_target(unread={Part.SLOTS: "no"}).the_target

    assert [Verdict.UNKNOWN] == [each.verdict for each in run((SLOTS,), unread)]
