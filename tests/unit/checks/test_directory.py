"""What the directory says of the API and its callers."""

from dataclasses import replace

import pytest

from miwire.finding import Verdict
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


def test_a_disabled_api_is_a_failure_with_the_command_that_enables_it(story, plan):
    disabled = replace(story.wired.the_target.service_principal, enabled=False)
    (said,) = plan(story.wired.with_target(service_principal=disabled)).findings

    assert ("MIW207", Verdict.FAIL) == (said.id, said.verdict)
    assert "AADSTS500014" in said.seen
    assert Fix(Remedy.ENABLE_PRINCIPAL, identity="api-principal") == said.fix


def test_a_disabled_caller_is_a_failure_with_the_command_that_enables_it(story, plan):
    disabled = replace(story.caller, enabled=False)
    (said,) = plan(story.wired.with_callers(disabled)).findings

    assert ("MIW208", Verdict.FAIL) == (said.id, said.verdict)
    assert "AADSTS7000112" in said.seen
    assert Fix(Remedy.ENABLE_PRINCIPAL, identity="core-principal") == said.fix


def test_enabled_principals_are_no_finding(story, plan):
    assert () == plan(story.wired).findings
