"""What the source's app settings say of the identity that its code calls with."""

import pytest

from miwire.errors import BadRequest
from miwire.finding import Verdict
from miwire.operations import connect, grant
from miwire.operations.protect import Protection
from miwire.remedy import Remedy

ANOTHER = "0a1b2c3d-0000-4444-8888-aaaabbbbcccc"
PLANS = {
    "grant": grant.plan,
    "connect": lambda wiring: connect.plan(wiring, Protection()),
}


@pytest.fixture(params=PLANS.values(), ids=PLANS)
def plan(request):
    """Each command that lets one source call."""
    return request.param


def test_a_credential_beside_the_client_id_is_asked_and_says_what_the_code_uses(story, plan):
    wiring = story.wired.with_target(assignments=()).with_source(
        chosen_client_id=ANOTHER, has_client_credential=True
    )
    (question,) = plan(wiring).questions

    assert f"credential for the client ID {ANOTHER}" in question
    assert "DefaultAzureCredential uses that service principal" in question


def test_a_credential_is_only_noted_where_nothing_changes(story, plan):
    wiring = story.wired.with_source(chosen_client_id="another-client", has_client_credential=True)
    planned = plan(wiring)

    assert ((), ()) == (planned.changes, planned.questions)
    assert ["MIW007"] == [each.id for each in planned.findings]


def test_a_client_id_without_a_credential_stops_as_before(story, plan):
    with pytest.raises(BadRequest, match="isn't the identity that would be allowed"):
        plan(story.wired.with_source(chosen_client_id="another-client"))


def test_an_identity_endpoint_that_is_off_is_a_failure(story, plan):
    (said,) = plan(story.wired.with_source(identity_endpoint_off=True)).findings

    assert ("MIW008", Verdict.FAIL) == (said.id, said.verdict)
    assert Remedy.DELETE_APP_SETTING is said.fix.remedy


def test_a_value_that_is_no_client_id_is_shown_nowhere(story, plan):
    secret = "s3cret-that-was-pasted-here"

    with pytest.raises(BadRequest, match="a value that isn't a client ID") as refused:
        plan(story.wired.with_source(chosen_client_id=secret))
    assert secret not in refused.value.message
