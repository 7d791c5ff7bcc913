"""States that users reported, each with what has to be said or left alone."""

import pytest

CONNECT = ("connect", "core", "integration", "-o", "json")
MICROSOFTS = "https://management.azure.com"


@pytest.fixture
def scene(lab, quick):
    """Return a function that puts the lab into a scene and the operator in front of it."""

    def begun(name):
        lab.reset(name)
        return quick

    return begun


def provider(lab):
    """The settings of integration, and its Microsoft provider in them."""
    settings = lab.settings()
    return settings, settings["identityProviders"]["azureActiveDirectory"]


def notes(ended):
    """The notes of a plan in JSON, as one text."""
    return " ".join(ended.document["notes"])


def questions(ended):
    """What a plan in JSON asks, as one text."""
    return " ".join(ended.document["questions"])


def registration(lab):
    """The registration that integration's settings name."""
    return lab.graph_get(f"applications(appId='{lab.audience()}')")


def with_registration(lab, **members):
    """Change the registration of integration, as its owner can."""
    path = f"/v1.0/applications(appId='{lab.audience()}')"
    with lab.client("graph") as graph:
        graph.patch(path, json=members).raise_for_status()


@pytest.mark.parametrize(
    "audience",
    [MICROSOFTS, f"{MICROSOFTS}/", "https://graph.microsoft.com", "https://vault.azure.net"],
)
@pytest.mark.parametrize("command", ["connect", "grant"])
def test_an_audience_of_microsofts_own_apis_is_warned_of(scene, lab, audience, command):
    miwire = scene("wired")
    settings, aad = provider(lab)
    aad["validation"]["allowedAudiences"].append(audience)
    lab.put_settings(settings)
    ended = miwire(command, "core", "integration", "--dry-run", "-o", "json")
    (found,) = (each for each in ended.document["findings"] if each["id"] == "MIW123")

    assert ("warn", True) == (found["verdict"], audience in found["seen"])
    assert "tokens that open that API as well" in notes(ended)


@pytest.mark.parametrize("role", ["Orders.Read", "orders.read"])
def test_a_role_value_that_a_scope_has_is_refused_before_any_write(scene, lab, role):
    miwire = scene("wired")
    scope = {
        "id": "11111111-2222-3333-4444-555555555555",
        "value": "Orders.Read",
        "type": "User",
        "isEnabled": True,
        "adminConsentDisplayName": "Read orders",
        "adminConsentDescription": "Read orders",
    }
    with_registration(lab, api={"oauth2PermissionScopes": [scope]})
    before = lab.writes()
    ended = miwire(*CONNECT, "--app-role", role)

    assert (2, before) == (ended.code, lab.writes())
    assert "app roles and scopes can't share a value" in ended.document["error"]["message"]


def with_version_1(lab):
    """Let integration's registration issue version 1 tokens under a version 1 issuer."""
    with_registration(lab, api={"requestedAccessTokenVersion": None})
    settings, aad = provider(lab)
    aad["registration"]["openIdIssuer"] = f"https://sts.windows.net/{lab.tenant_id}/"
    lab.put_settings(settings)


def test_issuer_and_token_version_change_in_one_plan(scene, lab):
    miwire = scene("wired")
    with_version_1(lab)
    ended = miwire(*CONNECT, "--replace-sign-in", "--yes")
    _, aad = provider(lab)

    assert 0 == ended.code, ended.out
    assert 2 == registration(lab)["api"]["requestedAccessTokenVersion"]
    assert aad["registration"]["openIdIssuer"].endswith(f"/{lab.tenant_id}/v2.0")


def test_a_version_1_issuer_stays_where_the_token_version_does(scene, lab):
    miwire = scene("wired")
    with_version_1(lab)
    ended = miwire(*CONNECT, "--keep-sign-in", "--yes")
    _, aad = provider(lab)

    assert 0 == ended.code, ended.out
    assert registration(lab)["api"]["requestedAccessTokenVersion"] is None
    assert aad["registration"]["openIdIssuer"] == f"https://sts.windows.net/{lab.tenant_id}/"


def test_whose_tokens_change_is_asked_for_a_registration_of_somebody_else(scene, lab):
    miwire = scene("signing-in-microsoft")
    with_registration(lab, api={"requestedAccessTokenVersion": None})
    written = lab.writes()
    planned = miwire(*CONNECT, "--replace-sign-in", "--dry-run")
    refused = miwire(*CONNECT, "--replace-sign-in")

    assert "changes from version 1 to version 2 tokens: all its callers" in questions(planned)
    assert (2, written) == (refused.code, lab.writes())
    assert registration(lab)["api"]["requestedAccessTokenVersion"] is None


def test_other_peoples_token_version_is_never_changed_under_keep_sign_in(scene, lab):
    miwire = scene("signing-in-microsoft")
    with_registration(lab, api={"requestedAccessTokenVersion": None})
    miwire(*CONNECT, "--keep-sign-in", "--yes")

    assert registration(lab)["api"]["requestedAccessTokenVersion"] is None


@pytest.mark.parametrize("flag", ["--keep-sign-in", "--replace-sign-in"])
def test_a_new_service_principal_requires_assignment_unless_the_sign_in_stays(scene, lab, flag):
    miwire = scene("signing-in-microsoft")
    client_id = lab.audience()
    named = f"servicePrincipals(appId='{client_id}')"
    with lab.client("graph") as graph:
        graph.delete(f"/v1.0/{named}").raise_for_status()
    ended = miwire(*CONNECT, flag, "--yes")

    assert 0 == ended.code, ended.out
    assert (flag == "--replace-sign-in") == lab.graph_get(named)["appRoleAssignmentRequired"]


@pytest.mark.parametrize(
    ("code", "helps"),
    [
        ("RequestDisallowedByPolicy", "owner of the policy assignment"),
        ("DenyAssignmentAuthorizationFailed", "deny assignment"),
        ("LinkedAuthorizationFailed", "on the linked resource"),
        ("ScopeLocked", "resource lock"),
    ],
)
def test_a_refusal_by_arm_names_its_owner_and_never_graph(scene, lab, code, helps):
    miwire = scene("story")
    lab.faults({"armRefusals": {"Microsoft.Web/sites/config/write": code}})
    error = miwire(*CONNECT).document["error"]

    assert code in error["message"]
    assert helps in error["hint"]
    assert "Graph" not in error["hint"]
    assert "Application." not in error["hint"]
