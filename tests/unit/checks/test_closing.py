"""What requiring a token takes from those who call an open target today."""

from dataclasses import replace

import pytest

from miwire.checks import closing
from miwire.checks.change import SettingsStep
from miwire.checks.registry import run, troubles
from miwire.finding import InPlan, Verdict
from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import Mode
from miwire.model.identity import ManagedIdentity
from miwire.model.site import Site, SiteRef
from miwire.model.wiring import Part, Slot, Source, Target, Wiring
from miwire.remedy import Fix, Remedy

REF = SiteRef("sub", "rg", "integration")
SITE = Site(REF, "integration.example", (), "app,linux", "Running", ManagedIdentity())
CORE = Source(replace(SITE, ref=SiteRef("sub", "rg", "core")))
OPEN = AuthSettings()
CLOSED = AuthSettings(
    {
        "platform": {"enabled": True},
        "globalValidation": {
            "requireAuthentication": True,
            "unauthenticatedClientAction": "Return401",
        },
    }
)


def step(before=OPEN, after=CLOSED, **facts):
    target = replace(Target(SITE, settings=before), **facts)
    return SettingsStep(Wiring("tenant", target=target, source=CORE), after, Mode.CLOSED)


def said(check, subject):
    return troubles(run((check,), subject))


def test_a_target_with_requests_is_asked_about_with_their_number_and_the_way_without_downtime():
    (found,) = said(closing.TRAFFIC, step(requests=12_431))

    assert found.seen == (
        "integration had 12,431 requests in the last 24 hours. Those without a token will get 401."
    )
    assert Fix(Remedy.PREPARE, source="rg/core", target="rg/integration") == found.fix
    assert InPlan.QUESTION is found.in_plan


def test_one_request_is_one_request():
    (found,) = said(closing.TRAFFIC, step(requests=1))

    assert "had 1 request in" in found.seen


def test_a_number_that_could_not_be_read_is_asked_about():
    (found,) = said(closing.TRAFFIC, step(unread={Part.TRAFFIC: "no"}))

    assert Verdict.UNKNOWN is found.verdict
    assert "Couldn't read how many requests" in found.seen


def test_no_requests_are_a_note_and_no_question():
    quiet = step(requests=0)

    assert () == said(closing.TRAFFIC, quiet)
    assert ["integration had no requests in the last 24 hours."] == [
        each.seen for each in said(closing.QUIET, quiet)
    ]


@pytest.mark.parametrize(("before", "after"), [(CLOSED, CLOSED), (OPEN, OPEN)])
def test_a_target_that_is_not_closed_by_the_plan_is_not_asked_about(before, after):
    assert () == said(closing.TRAFFIC, step(before, after, requests=5))
    assert () == said(closing.QUIET, step(before, after, requests=0))


def kept(subject):
    return [each.seen for each in troubles(run(closing.KEPT, subject))]


def test_open_slots_and_swap_with_preview_are_one_question():
    slots = (Slot("integration/staging", OPEN), Slot("integration/next", None))

    assert [
        (
            "integration/staging keeps accepting anonymous requests. "
            "Whether integration/next accepts anonymous requests couldn't be read. "
            "Swap with preview will be refused for the slots of integration."
        )
    ] == kept(step(slots=slots))


def test_slots_that_require_tokens_already_ask_nothing():
    assert [] == kept(step(slots=(Slot("integration/staging", CLOSED),)))


def test_slots_that_could_not_be_listed_are_asked_about():
    (said_of_slots,) = kept(step(unread={Part.SLOTS: "no"}))

    assert "Couldn't read the slots of integration" in said_of_slots


@pytest.mark.parametrize(
    ("kind", "excluded", "asks"),
    [
        ("app,linux", [], ""),
        ("functionapp,linux", [], "/runtime/webhooks/*"),
        ("functionapp", ["/health"], "/runtime/webhooks/*"),
        ("functionapp", ["/runtime/webhooks/*"], ""),
        ("functionapp,workflowapp", [], "Logic App (Standard)"),
        ("functionapp,workflowapp", ["/health"], ""),
    ],
)
def test_a_function_or_workflow_app_is_asked_about_unless_the_path_stays_open(kind, excluded, asks):
    after = CLOSED.with_value("globalValidation.excludedPaths", excluded)
    questions = kept(step(after=after, site=replace(SITE, kind=kind)))

    assert bool(asks) == bool(questions)
    assert asks in " ".join(questions)
