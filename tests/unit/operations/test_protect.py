from dataclasses import replace

import pytest

from miwire.errors import BadRequest
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import Mode
from miwire.model.cloud import Issuers
from miwire.model.directory import (
    AppRegistration,
    AppRole,
    AppRoleAssignment,
    ServicePrincipal,
    unique_name,
)
from miwire.model.identity import ManagedIdentity
from miwire.model.site import Site, SiteRef
from miwire.model.wiring import Caller, Target, Wiring
from miwire.operations import protect
from miwire.operations.protect import Protection
from miwire.plan.changes.app_role import AssignAppRole
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.changes.registration import CreateRegistration, DefineApi
from miwire.plan.changes.service_principal import CreateServicePrincipal, RequireAssignment
from miwire.remedy import Fix, Remedy

REF = SiteRef("sub", "rg", "integration")
TARGET = Site(REF, "integration.example", (), "app,linux", "Running", ManagedIdentity())
CORE = Caller("core", "core-client", "core-principal")
ROLE = AppRole("role-id", "Caller", enabled=True, member_types=("Application",), document={})
API = AppRegistration(
    "api-object", "api-client", "integration", ("api://api-client",), 2, (ROLE,), unique_name(REF)
)
PRINCIPAL = ServicePrincipal("api-principal", "api-client", "integration", assignment_required=True)
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ISSUERS = Issuers(f"https://sts.example/{TENANT}/", f"https://login.example/{TENANT}/v2.0")
FRESH = Wiring(TENANT, target=Target(TARGET, issuers=ISSUERS), callers=(CORE,))
ASKED = Protection()
GATE = WriteAuthSettings("integration", Mode.CLOSED)


def protected():
    """The wiring after everything that FRESH lacks was done."""
    made = FRESH.with_target(
        registration=API,
        service_principal=PRINCIPAL,
        assignments=(AppRoleAssignment("core-principal", "role-id"),),
    )
    return made.with_target(settings=GATE.edit(made).applied_to(FRESH.the_target.settings))


def test_a_fresh_target_gets_everything_and_the_gate_last():
    assert (
        CreateRegistration("integration", unique_name(REF)),
        DefineApi("Caller", uri=True, v2_tokens=False),
        CreateServicePrincipal(assignment_required=True),
        AssignAppRole("Caller", CORE),
        GATE,
    ) == protect.plan(FRESH, ASKED).changes


def test_what_is_protected_needs_nothing():
    assert () == protect.plan(protected(), ASKED).changes


@pytest.mark.parametrize(
    ("lacking", "changes"),
    [
        pytest.param({"assignments": ()}, (AssignAppRole("Caller", CORE),), id="the assignment"),
        pytest.param(
            {"service_principal": replace(PRINCIPAL, assignment_required=False)},
            (RequireAssignment(required=True),),
            id="required assignment",
        ),
        pytest.param(
            {"registration": replace(API, identifier_uris=())},
            (DefineApi(None, uri=True, v2_tokens=False),),
            id="the identifier URI",
        ),
        pytest.param(
            {"registration": replace(API, token_version=None)},
            (DefineApi(None, uri=False, v2_tokens=True),),
            id="v2 tokens",
        ),
        pytest.param(
            {"registration": replace(API, app_roles=())},
            (DefineApi("Caller", uri=False, v2_tokens=False), AssignAppRole("Caller", CORE)),
            id="the app role",
        ),
    ],
)
def test_a_plan_holds_what_is_missing_and_nothing_else(lacking, changes):
    assert changes == protect.plan(protected().with_target(**lacking), ASKED).changes


def test_required_assignment_comes_after_the_assignments_so_that_nobody_is_without_a_token():
    wiring = protected().with_target(
        assignments=(), service_principal=replace(PRINCIPAL, assignment_required=False)
    )

    assert (
        AssignAppRole("Caller", CORE),
        RequireAssignment(required=True),
    ) == protect.plan(wiring, ASKED).changes


def test_a_role_that_is_not_for_applications_is_refused():
    people = replace(ROLE, member_types=("User",))
    wiring = protected().with_target(registration=replace(API, app_roles=(people,)))

    with pytest.raises(BadRequest, match="isn't for applications"):
        protect.plan(wiring, ASKED)


@pytest.mark.parametrize("chosen", ["close", "keep_sign_in"])
def test_a_registration_of_somebody_elses_needs_a_choice(chosen):
    wiring = protected().with_target(registration=replace(API, unique_name=None), assignments=())

    with pytest.raises(BadRequest, match="wasn't created by miwire"):
        protect.plan(wiring, ASKED)
    assert (AssignAppRole("Caller", CORE),) == protect.plan(
        wiring, replace(ASKED, **{chosen: True})
    ).changes


def test_the_first_note_says_that_an_open_target_is_closed():
    first = protect.plan(FRESH, ASKED).notes[0]

    assert first.startswith("integration currently accepts anonymous requests")


def test_a_function_app_is_told_what_the_gate_also_blocks():
    functions = replace(TARGET, kind="functionapp,linux")
    plan = protect.plan(FRESH.with_target(site=functions), ASKED)
    (said,) = (each for each in plan.findings if "/runtime/webhooks/*" in each.seen)

    assert Fix(Remedy.EXCLUDE_WEBHOOKS, target=str(functions.ref)) == said.fix


@pytest.mark.parametrize(
    ("path", "id_", "said"),
    [
        (at.APPLICATIONS, "MIW107", "is an empty list"),
        (at.GROUPS, "MIW108", "restricts by group"),
    ],
)
def test_lists_that_may_reject_a_caller_are_noted(path, id_, said):
    lists = {at.APPLICATIONS: [], at.GROUPS: ["g"]}
    settings = AuthSettings({}).with_value(path, lists[path])
    found = protect.findings(FRESH, settings, Mode.JOINING, asks=False)
    (note,) = (each for each in found if each.id == id_)

    assert said in note.seen


def test_closing_a_target_that_signs_people_in_is_asked():
    google = {
        "registration": {"clientId": "x", "clientSecretSettingName": "S"},
    }
    settings = AuthSettings(
        {"platform": {"enabled": True}, "identityProviders": {"google": google}}
    )
    plan = protect.plan(FRESH.with_target(settings=settings), replace(ASKED, close=True))

    assert (
        "Users who sign in to integration with google, and anonymous users, will get 401."
    ) in plan.questions


def test_what_is_closed_already_needs_no_choice_and_asks_nothing():
    google = {"registration": {"clientId": "x", "clientSecretSettingName": "S"}}
    done = protected()
    settings = done.the_target.settings.with_value("identityProviders.google", google)

    assert not protect.plan(done.with_target(settings=settings), ASKED)


def test_letting_anybody_get_tokens_is_asked():
    plan = protect.plan(protected().with_callers(), replace(ASKED, any_in_tenant=True))

    assert (
        (
            "The caller allow-lists of integration are removed: "
            "every identity of the tenant will be allowed."
        ),
    ) == (plan.questions)


def test_a_target_that_stays_open_is_told_to_be_open():
    anonymous = AuthSettings(
        {
            "platform": {"enabled": True},
            "globalValidation": {"unauthenticatedClientAction": "AllowAnonymous"},
        }
    )
    plan = protect.plan(FRESH.with_target(settings=anonymous), replace(ASKED, keep_sign_in=True))

    assert plan.notes[0].startswith("integration still accepts anonymous requests")
