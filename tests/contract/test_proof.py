"""The proof as it comes out inside the source itself, and where it cannot be taken."""

from dataclasses import replace

import pytest

from miwire.azure.waiter import Waiter
from miwire.errors import Unreachable
from miwire.model.auth_settings_edit import Mode
from miwire.model.site import AppName
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import connect
from miwire.operations.proof import prove
from miwire.operations.protect import Protection
from miwire.plan.apply import apply

TARGET, SOURCE = AppName.parse("integration"), AppName.parse("stranger")
NAMED = ObserveRequest(sources=(SOURCE,), enables=True, looks_inside=True)


def nothing(_change):
    """Tell nobody."""


@pytest.fixture
def wired(azure):
    """The wiring of stranger to integration."""
    plan = connect.plan(observe.target(azure, TARGET, NAMED), Protection())
    return apply(azure, plan, nothing).wiring


def cases(proof):
    return [(case.name, case.status, case.ok) for case in proof.cases]


def test_inside_the_source_its_own_call_is_observed_and_not_predicted(session, wired, lab):
    inside = session("stranger")
    inside.tenant_id = lab.tenant_id
    proof = prove(inside, wired, Mode.CLOSED, changed=False)

    assert [
        ("without-token", 401, True),
        ("operator", None, None),
        ("source", 200, True),
    ] == cases(proof)
    assert "you are SOURCE" in proof.cases[1].why
    assert proof.holds


def test_inside_a_source_that_is_refused_it_does_not_hold(session, wired, lab):
    settings = lab.settings()
    policy = settings["identityProviders"]["azureActiveDirectory"]["validation"]
    policy["defaultAuthorizationPolicy"]["allowedApplications"] = ["somebodys-client"]
    lab.put_settings(settings)
    inside = session("stranger")
    inside.tenant_id = lab.tenant_id
    proof = prove(inside, wired, Mode.CLOSED, changed=False)

    assert ("source", 403, False) == cases(proof)[-1]
    assert not proof.holds


def test_an_operator_who_is_named_is_no_stranger(azure, wired, lab):
    operator = lab.environment["MIWIRE_LAB_CLIENT_ID"]
    named = ObserveRequest(sources=(SOURCE,), client_ids=(operator,), enables=True)
    plan = connect.plan(observe.target(azure, TARGET, named), Protection())
    wiring = apply(azure, plan, nothing).wiring
    proof = prove(azure, wiring, Mode.CLOSED, changed=False)

    assert wired
    assert proof.holds
    assert {case.name: case.ok for case in proof.cases}["operator"] is None


def test_a_target_that_cannot_be_called_from_here_is_no_proof_of_anything(azure, wired):
    nowhere = replace(wired.the_target.site, default_host_name="localhost:1")
    azure.waiter = Waiter(1.0, pause=lambda _: None)

    with pytest.raises(Unreachable, match="localhost:1"):
        prove(azure, wired.with_target(site=nowhere), Mode.CLOSED, changed=True)


def test_a_gate_that_does_not_answer_as_it_is_set_is_waited_for_and_told(azure, wired, lab):
    settings = lab.settings()
    settings["globalValidation"]["unauthenticatedClientAction"] = "AllowAnonymous"
    lab.put_settings(settings)
    waited_for = []
    azure.waiter = Waiter(1.0, tell=lambda reason, *_: waited_for.append(reason))
    proof = prove(azure, wired, Mode.CLOSED, changed=True)

    assert proof.never is not None
    assert not proof.holds
    assert "authentication of integration to use its new settings" == waited_for[0]


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("jwtClaimChecks", "allowedClientApplications"),
        ("defaultAuthorizationPolicy", "allowedApplications"),
    ],
)
def test_an_operator_who_is_listed_in_another_case_is_no_stranger_who_got_in(
    azure, wired, lab, path, member
):
    me = lab.environment["MIWIRE_LAB_CLIENT_ID"].upper()
    settings = lab.settings()
    provider = settings["identityProviders"]["azureActiveDirectory"]
    accepted = {"allowedAudiences": provider["validation"]["allowedAudiences"]}
    provider["validation"] = {**accepted, path: {member: [me]}}
    lab.faults({"injectAllowedApplicationsOnPut": False})
    lab.put_settings(settings)
    with lab.client("graph") as graph:
        principal = f"/v1.0/servicePrincipals/{wired.the_target.service_principal.object_id}"
        assert graph.patch(principal, json={"appRoleAssignmentRequired": False}).is_success
    now = wired.with_target(settings=azure.sites.auth_settings(wired.target.ref))
    _, operator, _ = prove(azure, now, Mode.CLOSED, changed=False).cases

    assert (200, None) == (operator.status, operator.ok)
    assert "an allowed caller yourself" in operator.why
