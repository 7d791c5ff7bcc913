"""Back to what was before a run, and no further."""

import json
import re
from pathlib import Path

import pytest

from miwire.model.auth_settings import AuthSettings

CONNECT = ("connect", "core", "integration", "-o", "json")
UNDO = ("undo", "--yes", "-o", "json")
PROVIDER = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


@pytest.fixture
def connected(quick):
    """The document of the story's one command."""
    ended = quick(*CONNECT)

    assert ended.code == 0, ended.err
    return ended.document


def actions(document):
    return [change["action"] for change in document["changes"]]


def record(lab, run):
    return Path(lab.environment["MIWIRE_LAB"]) / "runs" / f"{run}.json"


def registrations(lab):
    return [each["displayName"] for each in lab.graph_get("applications")["value"]]


def roles(lab, document):
    """Who holds an app role of the target."""
    path = f"servicePrincipals/{document['servicePrincipal']['objectId']}/appRoleAssignedTo"
    return [each["principalId"] for each in lab.graph_get(path)["value"]]


def minted(lab, name, document):
    return lab.token({"aud": document["registration"]["appId"]}, name)


def patch(lab, path, body):
    """Change something in the directory as somebody else would."""
    with lab.client("graph") as graph:
        assert graph.patch(f"/v1.0/{path}", json=body).is_success


def test_the_story_is_taken_back_and_can_be_told_again(connected, quick, inside, lab):
    undone = quick(*UNDO)
    open_again, gone = lab.called(), "integration" not in registrations(lab)
    again = quick(*CONNECT, "--yes")

    assert 0 == undone.code, undone.err
    assert connected["run"] == undone.document["undoes"]
    assert ["restore-auth-settings", "delete-registration"] == actions(undone.document)
    assert (200, True) == (open_again, gone)
    assert 0 == again.code, again.err
    assert connected["registration"]["appId"] == again.document["registration"]["appId"]
    assert "restore-registration" in actions(again.document)
    assert 0 == inside("core")(*lab.with_token()).code


@pytest.mark.usefixtures("connected")
def test_what_opens_again_is_asked(quick, lab):
    before = lab.writes()
    refused = quick("undo", "-o", "json")

    assert 2 == refused.code
    assert (
        "integration will accept anonymous requests again" in refused.document["error"]["message"]
    )
    assert "--yes" in refused.document["error"]["hint"]
    assert (401, before) == (lab.called(), lab.writes())


@pytest.mark.usefixtures("connected")
def test_a_dry_run_tells_what_would_go_back_and_what_cannot(quick, lab):
    before = lab.writes()
    ended = quick("undo", "--dry-run", "--exit-code", "-o", "json")
    notes = " ".join(ended.document["notes"])

    assert (1, True) == (ended.code, ended.document["dryRun"])
    assert "stay in v2 format" in notes
    assert "The managed identity of core is kept" in notes
    assert ["integration will accept anonymous requests again."] == ended.document["questions"]
    assert before == lab.writes()


def somebody_opens_a_path(lab, _document):
    settings = lab.settings()
    settings["globalValidation"]["excludedPaths"] = ["/health"]
    lab.put_settings(settings)


def somebody_adds_a_caller(lab, _document):
    settings = lab.settings()
    policy = settings["identityProviders"]["azureActiveDirectory"]["validation"]
    policy["defaultAuthorizationPolicy"]["allowedApplications"].append("somebodys-client")
    lab.put_settings(settings)


def somebody_adds_a_uri(lab, document):
    app_id = document["registration"]["appId"]
    uris = [*document["registration"]["identifierUris"], f"api://{app_id}/orders"]
    patch(lab, f"applications/{document['registration']['objectId']}", {"identifierUris": uris})


def somebody_assigns_a_role(lab, document):
    held = lab.graph_get(f"applications/{document['registration']['objectId']}")["appRoles"][0]
    resource = document["servicePrincipal"]["objectId"]
    body = {
        "principalId": lab.identity("stranger")[1],
        "resourceId": resource,
        "appRoleId": held["id"],
    }
    with lab.client("graph") as graph:
        path = f"/v1.0/servicePrincipals/{resource}/appRoleAssignedTo"
        assert graph.post(path, json=body).is_success


def somebody_requires_no_assignment(lab, document):
    path = f"servicePrincipals/{document['servicePrincipal']['objectId']}"
    patch(lab, path, {"appRoleAssignmentRequired": False})


MOVES = [
    pytest.param(somebody_opens_a_path, "the authentication settings", id="a path"),
    pytest.param(somebody_adds_a_caller, "the authentication settings", id="a caller"),
    pytest.param(somebody_adds_a_uri, "the app registration", id="an identifier URI"),
    pytest.param(somebody_assigns_a_role, "the app role assignments", id="an assignment"),
    pytest.param(somebody_requires_no_assignment, "the service principal", id="no assignment"),
]


@pytest.mark.parametrize(("move", "named"), MOVES)
def test_where_somebody_changed_something_since_nothing_is_touched(
    connected, quick, lab, move, named
):
    move(lab, connected)
    before, settings = lab.writes(), lab.settings()
    ended = quick(*UNDO)

    assert 8 == ended.code
    assert f"has been changed since: {named}" in ended.document["error"]["message"]
    assert "--force" in ended.document["error"]["hint"]
    assert (before, settings) == (lab.writes(), lab.settings())


def test_somebodys_change_after_a_protection_stops_its_undo(quick, lab):
    quick("protect", "integration")
    somebody_opens_a_path(lab, None)
    before = lab.writes()

    assert 8 == quick(*UNDO).code
    assert before == lab.writes()


@pytest.mark.parametrize(
    "move", [somebody_opens_a_path, somebody_adds_a_caller], ids=["a path", "a caller"]
)
def test_force_takes_back_the_run_and_keeps_what_somebody_changed(connected, quick, lab, move):
    move(lab, connected)
    theirs = lab.settings()
    ended = quick(*UNDO, "--force")

    assert 0 == ended.code, ended.err
    assert 200 == lab.called()
    if move is somebody_opens_a_path:
        assert (
            theirs["globalValidation"]["excludedPaths"]
            == (lab.settings()["globalValidation"]["excludedPaths"])
        )
    else:
        assert ["somebodys-client"] == lab.listed()[0]


def test_force_asks_for_who_got_a_role_since_and_loses_it(connected, quick, lab):
    somebody_assigns_a_role(lab, connected)
    ended = quick("undo", "--force", "--dry-run", "-o", "json")

    assert lab.identity("stranger")[1] in " ".join(ended.document["questions"])


def test_a_caller_that_was_let_in_is_out_again_and_the_first_one_stays(connected, quick, lab):
    quick("grant", "stranger", "integration")
    ended = quick(*UNDO)
    client, principal = lab.identity("core")

    assert 0 == ended.code, ended.err
    assert ([client], [principal]) == lab.listed()
    assert [principal] == roles(lab, connected)
    assert (200, 403) == (
        lab.called(minted(lab, "core", connected)),
        lab.called(minted(lab, "stranger", connected)),
    )


def test_a_caller_that_was_taken_out_is_in_again_and_that_is_asked(connected, quick, inside, lab):
    listed = lab.listed()
    quick("revoke", "core", "integration")
    refused = quick("undo", "-o", "json")
    ended = quick(*UNDO)

    assert 2 == refused.code
    assert "will be allowed to call integration again" in refused.document["error"]["message"]
    assert 0 == ended.code, ended.err
    assert ["assign-app-role", "restore-auth-settings"] == actions(ended.document)
    assert listed == lab.listed()
    assert [lab.identity("core")[1]] == roles(lab, connected)
    assert 0 == inside("core")(*lab.with_token()).code


def test_what_was_prepared_goes_without_a_question_as_nothing_opens(quick, lab):
    before = lab.settings()
    quick(*CONNECT, "--prepare")
    ended = quick("undo", "-o", "json")

    assert 0 == ended.code, ended.err
    assert ["delete-registration"] == actions(ended.document)
    assert "integration" not in registrations(lab)
    assert before == lab.settings()


def test_runs_are_taken_back_one_after_the_other(connected, quick, lab):
    granted = quick("grant", "stranger", "integration", "-o", "json").document
    first, second, third = quick(*UNDO), quick(*UNDO), quick(*UNDO)

    assert (granted["run"], connected["run"]) == (
        first.document["undoes"],
        second.document["undoes"],
    )
    assert 200 == lab.called()
    assert 3 == third.code
    assert "left to undo" in third.document["error"]["message"]


@pytest.mark.usefixtures("connected")
def test_what_is_let_in_taken_out_and_let_in_again_leaves_as_it_came(quick, lab):
    first = lab.settings()
    quick("grant", "stranger", "integration")
    second = lab.settings()
    quick("revoke", "core", "integration", "--yes")
    revoke, grant = quick(*UNDO), lab.settings()
    again = quick(*UNDO)

    assert (0, 0) == (revoke.code, again.code), again.err
    assert (second, first) == (grant, lab.settings())


def test_the_last_who_came_and_went_is_no_obstacle(connected, quick, lab):
    quick("grant", "stranger", "integration")
    quick("revoke", "stranger", "integration", "--yes")
    ended = [quick(*UNDO) for _ in range(3)]

    assert [0, 0, 0] == [each.code for each in ended], ended[1].err
    assert connected["run"] == ended[2].document["undoes"]
    assert 200 == lab.called()


def test_an_undo_is_undone_by_its_name(connected, quick, inside, lab):
    undone = quick(*UNDO).document
    ended = quick("undo", undone["run"], "-o", "json")

    assert 0 == ended.code, ended.err
    assert 401 == lab.called()
    assert (
        connected["registration"]["appId"]
        in lab.settings()["identityProviders"]["azureActiveDirectory"]["registration"].values()
    )
    assert 0 == inside("core")(*lab.with_token()).code
    assert [] == quick(*CONNECT).document["changes"]


@pytest.mark.usefixtures("connected")
def test_what_was_taken_back_already_needs_nothing(quick, connected, lab):
    quick(*UNDO)
    before = lab.writes()
    again = quick("undo", connected["run"], "-o", "json")

    assert (0, []) == (again.code, again.document["changes"])
    assert before == lab.writes()


def test_the_runs_are_listed_for_people_and_for_programs(connected, quick):
    undone = quick(*UNDO).document
    document = quick("undo", "--list", "-o", "json").document
    lines = quick("undo", "--list").out.splitlines()
    newest, oldest = document["runs"]

    assert (undone["run"], connected["run"]) == (newest["run"], oldest["run"])
    assert (connected["run"], True) == (newest["undoes"], oldest["undone"])
    assert (connected["source"]["id"], connected["site"]["id"]) == (
        oldest["source"],
        oldest["target"],
    )
    assert all(change["done"] for change in oldest["changes"])
    assert ["run", "started", "changes", "what"] == lines[0].split()
    assert lines[1].endswith(f"(undoes {connected['run']})")
    assert re.search(r"6 of 6 +undone connect rg-story/core → rg-story/integration", lines[2])


def test_without_any_run_the_list_says_so(quick):
    assert "No runs recorded.\n" == quick("undo", "--list").out
    assert [] == quick("undo", "--list", "-o", "json").document["runs"]
    assert 3 == quick("undo").code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("20260101T000000Z-abcdef",), 3, id="no such run"),
        pytest.param(("yesterday",), 2, id="no name of a run"),
        pytest.param(("../../etc/passwd",), 2, id="a path"),
        pytest.param(("--list", "20260101T000000Z-abcdef"), 2, id="one of a list"),
    ],
)
def test_a_run_that_is_not_there_is_told(quick, arguments, code):
    ended = quick("undo", *arguments, "-o", "json")

    assert code == ended.code
    assert ended.document["error"]["hint"]


def test_the_identity_goes_where_that_is_asked_for_and_agreed_to(quick, lab):
    quick(*CONNECT)
    told = quick("undo", "--remove-identity", "--dry-run", "-o", "json").document
    ended = quick(*UNDO, "--remove-identity")

    assert "The identity of core is deleted permanently" in " ".join(told["questions"])
    assert 0 == ended.code, ended.err
    assert "remove-identity" == actions(ended.document)[-1]
    assert not lab.site("core")["hasIdentity"]


@pytest.mark.usefixtures("connected")
def test_the_identity_can_go_later_and_is_asked_then_too(quick, connected, lab):
    quick(*UNDO)
    arguments = ("undo", connected["run"], "--remove-identity", "-o", "json")
    refused, ended = quick(*arguments), quick(*arguments, "--yes")

    assert (2, 0) == (refused.code, ended.code)
    assert not lab.site("core")["hasIdentity"]


def test_of_several_identities_only_the_one_that_the_run_attached_goes(quick, lab):
    lab.reset("user-assigned")
    group = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story"
    identity = f"{group}/{PROVIDER}/id-orders"
    quick("connect", "stranger", "integration", "--identity", identity)
    before = lab.identity("stranger")
    ended = quick(*UNDO, "--remove-identity")

    assert 0 == ended.code, ended.err
    assert before == lab.identity("stranger")
    with lab.client("arm") as arm:
        query = {"api-version": "2025-05-01"}
        site = arm.get(lab.site("stranger")["resourceId"], params=query).json()
    assert "SystemAssigned" == site["identity"]["type"]


def test_the_record_is_its_owners_alone_and_holds_no_secret(quick, lab):
    settings = lab.settings()
    settings["novel"] = {"clientSecret": "hunter2", "storageConnectionString": "hunter3"}
    lab.put_settings(settings)
    document = quick(*CONNECT).document
    text = record(lab, document["run"]).read_text()
    ended = quick(*UNDO)

    assert 0o600 == record(lab, document["run"]).stat().st_mode & 0o777
    assert not re.search(r"eyJ|hunter", text)
    kept = json.loads(text)["before"]["authSettings"]["novel"]["clientSecret"]
    assert kept.startswith("sha256:")
    assert 0 == ended.code, ended.err
    assert settings["novel"] == lab.settings()["novel"]


@pytest.fixture
def portal(quick, lab):
    """A target with somebody else's registration that has no identifier URI, closed by connect."""
    lab.reset("signing-in-microsoft")
    client_id = lab.settings()["identityProviders"]["azureActiveDirectory"]["registration"][
        "clientId"
    ]
    patch(lab, f"applications(appId='{client_id}')", {"identifierUris": []})
    before = lab.graph_get(f"applications(appId='{client_id}')"), lab.settings()
    ended = quick(*CONNECT, "--replace-sign-in", "--yes")

    assert ended.code == 0, ended.err
    return client_id, *before


def test_of_somebodys_registration_only_what_was_added_goes(portal, quick, lab):
    client_id, registration, settings = portal
    ended = quick(*UNDO)
    after = lab.graph_get(f"applications(appId='{client_id}')")
    principal = lab.graph_get(f"servicePrincipals(appId='{client_id}')")

    assert 0 == ended.code, ended.err
    assert "delete-registration" not in actions(ended.document)
    assert "retract-api" in actions(ended.document)
    for member in ("identifierUris", "appRoles", "api"):
        assert registration[member] == after[member]
    assert not principal["appRoleAssignmentRequired"]
    lost = AuthSettings(settings).differences(AuthSettings(lab.settings()))
    assert [] == [each for each in lost if each.before is not None]
    assert [] == lab.graph_get(f"servicePrincipals/{principal['id']}/appRoleAssignedTo")["value"]


@pytest.mark.usefixtures("portal")
def test_the_people_sign_in_again(quick, lab):
    quick(*UNDO)
    browser = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}

    assert 302 == lab.http.get(lab.url("integration"), headers=browser).status_code


def test_a_list_that_azure_does_not_take_away_again_is_told_before_and_after(portal, quick, lab):
    asked = quick("undo", "--dry-run", "-o", "json").document["questions"]
    ended = quick(*UNDO)

    assert "only the app itself if Azure writes an empty list" in " ".join(asked)
    assert "Azure added an empty allowedApplications list" in ended.document["notes"][-1]
    assert 403 == lab.called(lab.token({"aud": portal[0]}, "stranger"))


RESTRICTING = {
    "platform": {"enabled": True},
    "globalValidation": {
        "unauthenticatedClientAction": "Return403",
        "excludedPaths": ["/items"],
    },
    "identityProviders": {
        "azureActiveDirectory": {
            "validation": {
                "allowedAudiences": ["api://other"],
                "jwtClaimChecks": {"allowedClientApplications": ["somebody"]},
                "defaultAuthorizationPolicy": {
                    "allowedApplications": ["somebody"],
                    "allowedPrincipals": {"identities": ["somebody"]},
                },
            }
        }
    },
    "unknown": {"kept": [1, None, {"x": "y"}]},
}
STARTS = [
    pytest.param("story", None, (), id="never configured"),
    pytest.param("story", {"platform": {"enabled": False}}, (), id="expanded and off"),
    pytest.param("story", {"platform": {"enabled": True}}, (), id="on, without any provider"),
    pytest.param(
        "story",
        {
            "platform": {"enabled": True},
            "globalValidation": {
                "requireAuthentication": False,
                "unauthenticatedClientAction": "AllowAnonymous",
                "excludedPaths": ["/health"],
            },
        },
        (),
        id="anonymous allowed",
    ),
    pytest.param("story", RESTRICTING, (), id="lists that restrict"),
    pytest.param("story", None, ("--exclude-path", "/items"), id="with a path left open"),
    pytest.param("signing-in", None, ("--replace-sign-in",), id="Google, closed"),
    pytest.param("signing-in", None, ("--keep-sign-in",), id="Google, kept"),
    pytest.param("signing-in-microsoft", None, ("--keep-sign-in",), id="Microsoft, kept"),
]


def verdicts(lab, audience):
    """What nobody, stranger and core get at two paths, by the tokens that they would send."""
    tokens = [None, *(lab.token({"aud": audience}, name) for name in ("stranger", "core"))]
    return [lab.called(token, path) for token in tokens for path in ("/", "/items")]


@pytest.mark.parametrize(("scene", "start", "flags"), STARTS)
def test_every_caller_gets_the_verdict_of_before_and_no_foreign_key_is_lost(
    quick, lab, scene, start, flags
):
    lab.reset(scene)
    quick("enable-identity", "core")
    if start is not None:
        lab.put_settings(start)
    settings = lab.settings()
    provider = settings.get("identityProviders", {}).get("azureActiveDirectory", {})
    audience = provider.get("registration", {}).get("clientId")
    before = verdicts(lab, audience or "11111111-2222-3333-4444-555555555555")
    connected = quick(*CONNECT, "--yes", *flags)
    let_in = lab.called(minted(lab, "core", connected.document))
    undone = quick(*UNDO)

    assert (0, 0) == (connected.code, undone.code), connected.err + undone.err
    assert (200, 200) == (let_in, let_in)
    assert before == verdicts(lab, connected.document["registration"]["appId"])
    changed = AuthSettings(settings).differences(AuthSettings(lab.settings()))
    assert [] == [each for each in changed if each.before is not None]
