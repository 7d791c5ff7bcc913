import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest


def settings(lab, name="integration"):
    """authsettingsV2 of an app, as ARM has it."""
    with lab.client("arm") as arm:
        path = f"{lab.site(name)['resourceId']}/config/authsettingsV2"
        return arm.get(path, params={"api-version": "2025-05-01"}).json()["properties"]


def writes(lab):
    """Everything that was written in ARM and Graph since the reset."""
    return [
        f"{request['method']} {request['url']}"
        for request in lab.requests()
        if request["service"] in {"arm", "graph"}
        and request["method"] != "GET"
        and not request["url"].partition("?")[0].endswith(("/list", "/$batch"))
    ]


def test_a_fresh_target_is_closed_to_all_but_who_is_named(protected, lab, http):
    (caller,) = protected["allowed"]
    registration = protected["registration"]
    provider = settings(lab)["identityProviders"]["azureActiveDirectory"]

    assert httpx.codes.UNAUTHORIZED == http.get(lab.url("integration")).status_code
    assert {
        "allowedApplications": [caller["clientId"]],
        "allowedPrincipals": {"identities": [caller["principalId"]]},
    } == provider["validation"]["defaultAuthorizationPolicy"]
    assert [f"api://{registration['appId']}"] == registration["identifierUris"]
    assert protected["servicePrincipal"]["appRoleAssignmentRequired"]


def test_protecting_again_finds_nothing_to_do_and_writes_nothing(protected, miwire, lab):
    before = len(writes(lab))
    again = miwire("protect", "integration", "--allow", "core", "-o", "json").document

    assert [] == again["changes"]
    assert [] == again["authSettings"]["differences"]
    assert protected["registration"]["appId"] == again["registration"]["appId"]
    assert before == len(writes(lab))


def test_without_anybody_named_nobody_gets_in_and_no_list_is_empty(miwire, lab):
    document = miwire("protect", "integration", "-o", "json").document
    token = lab.token({"aud": document["registration"]["appId"]}, "stranger")
    answer = lab.http.get(lab.url("integration"), headers={"Authorization": f"Bearer {token}"})
    policy = settings(lab)["identityProviders"]["azureActiveDirectory"]["validation"][
        "defaultAuthorizationPolicy"
    ]

    assert httpx.codes.FORBIDDEN == answer.status_code
    assert {
        "allowedApplications": [document["registration"]["appId"]],
        "allowedPrincipals": {"identities": [document["servicePrincipal"]["objectId"]]},
    } == policy


def test_a_second_caller_is_added_and_the_first_stays(protected, miwire, lab):
    ended = miwire("protect", "integration", "--allow", "stranger", "-o", "json")
    (first,), (second,) = protected["allowed"], ended.document["allowed"]
    policy = settings(lab)["identityProviders"]["azureActiveDirectory"]["validation"][
        "defaultAuthorizationPolicy"
    ]

    assert [first["clientId"], second["clientId"]] == policy["allowedApplications"]
    assert [first["principalId"], second["principalId"]] == policy["allowedPrincipals"][
        "identities"
    ]


def test_a_dry_run_shows_the_plan_and_writes_nothing(miwire, lab):
    miwire("enable-identity", "core")
    before = writes(lab)
    ended = miwire("protect", "integration", "--allow", "core", "--dry-run", "-o", "json")

    assert [
        "create-registration",
        "define-api",
        "create-service-principal",
        "assign-app-role",
        "write-auth-settings",
    ] == [change["action"] for change in ended.document["changes"]]
    assert not any(change["done"] for change in ended.document["changes"])
    assert before == writes(lab)


@pytest.fixture
def signing_in(lab, miwire):
    """A target where people sign in with Google, with an identity on core."""
    lab.reset("signing-in")
    assert miwire("enable-identity", "core").code == 0
    return settings(lab)


def test_a_target_that_signs_people_in_needs_a_choice(signing_in, miwire, lab):
    before = writes(lab)
    ended = miwire("protect", "integration", "--allow", "core", "-o", "json")

    assert 2 == ended.code
    assert (
        "User sign-in is configured at integration: google." in ended.document["error"]["message"]
    )
    assert signing_in == settings(lab)
    assert before == writes(lab)


def test_closing_takes_something_from_people_so_it_is_asked(signing_in, miwire, lab):
    ended = miwire("protect", "integration", "--allow", "core", "--replace-sign-in")

    assert (2, True) == (ended.code, "--yes" in ended.err)
    assert signing_in == settings(lab)


def test_closing_keeps_the_sign_in_the_paths_the_prefix_and_what_nobody_knows(
    signing_in, miwire, lab, http
):
    ended = miwire("protect", "integration", "--allow", "core", "--replace-sign-in", "--yes")
    after = settings(lab)

    assert 0 == ended.code, ended.err
    assert httpx.codes.UNAUTHORIZED == http.get(lab.url("integration")).status_code
    assert signing_in["identityProviders"]["google"] == after["identityProviders"]["google"]
    assert (
        signing_in["globalValidation"]["excludedPaths"]
        == (after["globalValidation"]["excludedPaths"])
    )
    assert signing_in["httpSettings"]["routes"] == after["httpSettings"]["routes"]
    known = set(settings_of_a_fresh_put())
    unknown = {key: value for key, value in signing_in.items() if key not in known}
    assert unknown
    assert unknown == {key: after[key] for key in unknown}


def settings_of_a_fresh_put():
    """The members at the top of authsettingsV2 that Azure itself writes."""
    return (
        "platform",
        "globalValidation",
        "identityProviders",
        "login",
        "httpSettings",
        "clearInboundClaimsMapping",
    )


def test_keeping_the_sign_in_leaves_the_action_and_lets_the_caller_in(
    signing_in, miwire, lab, shell
):
    ended = miwire("protect", "integration", "--allow", "core", "--keep-sign-in", "--yes")
    inside = replace(shell, environment={**shell.environment, **lab.inside("core")})

    assert 0 == ended.code, ended.err
    action = settings(lab)["globalValidation"]["unauthenticatedClientAction"]
    assert signing_in["globalValidation"]["unauthenticatedClientAction"] == action
    assert 0 == inside(*lab.with_token()).code


def test_a_client_is_let_in_by_its_client_id(miwire, lab):
    client_id = lab.environment["MIWIRE_LAB_CLIENT_ID"]
    ended = miwire("protect", "integration", "--allow-client", client_id, "-o", "json")

    assert [client_id] == [caller["clientId"] for caller in ended.document["allowed"]]
    assert 0 == miwire("probe", "integration", "--with-token").code


def test_a_client_that_signs_people_in_is_refused_with_the_reason(miwire):
    azure_cli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
    ended = miwire("protect", "integration", "--allow-client", azure_cli, "-o", "json")

    assert 2 == ended.code
    assert "the signed-in user's object ID" in ended.document["error"]["message"]


def test_an_excluded_path_stays_open_and_only_it(miwire, lab, http):
    miwire("protect", "integration", "--exclude-path", "/items")
    url = lab.url("integration")

    assert (200, 401) == (
        http.get(f"{url}/items").status_code,
        http.get(f"{url}/items/1").status_code,
    )


def test_what_was_before_is_recorded_for_its_owner_alone(miwire, lab):
    before = settings(lab)
    run = miwire("protect", "integration", "-o", "json").document["run"]
    record = Path(lab.environment["MIWIRE_LAB"]) / "runs" / f"{run}.json"

    assert 0o600 == record.stat().st_mode & 0o777
    assert before == json.loads(record.read_text())["before"]["authSettings"]
    assert "eyJ" not in record.read_text()
    assert miwire("protect", "integration", "-o", "json").document["run"] is None


def test_who_loses_is_told_before_anything_is_asked(signing_in, miwire, lab):
    arguments = ("protect", "integration", "--allow", "core", "--replace-sign-in", "--dry-run")
    ended = miwire(*arguments, "-o", "json")

    assert ["will get 401" in each for each in ended.document["questions"]] == [True]
    assert (
        "asks for confirmation: Users who sign in to integration with google"
        in miwire(*arguments).out
    )
    assert signing_in == settings(lab)


def test_closing_again_needs_no_choice(signing_in, miwire):
    assert signing_in
    miwire("protect", "integration", "--allow", "core", "--replace-sign-in", "--yes")
    again = miwire("protect", "integration", "--allow", "core", "-o", "json")

    assert (0, []) == (again.code, again.document["changes"])


def test_letting_anybody_in_comes_to_rest_and_tells_what_azure_made_of_it(miwire):
    first = miwire("protect", "integration", "--allow-any-in-tenant", "-o", "json")
    again = miwire("protect", "integration", "--allow-any-in-tenant", "-o", "json")

    assert (0, 0, []) == (first.code, again.code, again.document["changes"])
    assert "Azure added an empty allowedApplications list" in first.document["notes"][-1]


def test_a_target_that_stays_open_is_not_called_protected(miwire):
    ended = miwire("protect", "integration", "--exclude-path", "/*")

    assert 0 == ended.code
    assert "accepts anonymous requests" in ended.out
    assert "Paths that require no token: /*." in ended.err


def test_looking_and_changing_are_not_confused(miwire, lab):
    ended = miwire("protect", "integration", "--exit-code")

    assert 2 == ended.code
    assert "platform" not in settings(lab) or not settings(lab)["platform"]["enabled"]


def test_callers_in_lists_that_were_not_in_force_are_told(quick, lab):
    dormant = "11111111-1111-4111-8111-111111111111"
    policy = {"defaultAuthorizationPolicy": {"allowedApplications": [dormant]}}
    lab.put_settings({"identityProviders": {"azureActiveDirectory": {"validation": policy}}})

    ended = quick("protect", "integration", "--allow", "stranger", "--dry-run")

    assert f"already list other callers, which will be allowed as well: {dormant}." in " ".join(
        ended.out.split()
    )


def test_what_stays_open_everywhere_is_not_called_closed(quick, lab):
    ended = quick("protect", "integration", "--exclude-path", "/*", "-o", "json")

    assert ["Paths that require no token: /*."] == ended.document["notes"][:1]
    assert not any(
        "currently accepts anonymous requests" in each for each in ended.document["notes"]
    )
    assert 200 == lab.called()


def test_a_list_that_stays_is_not_said_to_go(quick, lab):
    quick("protect", "integration", "--allow", "stranger")
    settings = lab.settings()
    client, _ = lab.identity("stranger")
    validation = settings["identityProviders"]["azureActiveDirectory"]["validation"]
    validation["jwtClaimChecks"] = {"allowedClientApplications": [client]}
    lab.put_settings(settings)

    ended = quick("protect", "integration", "--allow-any-in-tenant", "--dry-run", "-o", "json")

    (said,) = (each for each in ended.document["questions"] if "lists" in each)
    assert f"{client} will be allowed, by jwtClaimChecks, which stays." in said


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ({"signInAudience": "AzureADMultipleOrgs"}, "the sign-in audience AzureADMultipleOrgs"),
        ({"web": {"redirectUris": ["https://elsewhere.example/cb"]}}, "redirect URIs"),
        ({"isFallbackPublicClient": True}, "the mark of a public client"),
    ],
)
@pytest.mark.parametrize("deleted", [False, True], ids=["alive", "deleted"])
def test_a_registration_under_miwires_name_with_more_than_miwire_gives_needs_a_choice(
    quick, lab, planted, told, deleted
):
    made = quick("protect", "integration", "-o", "json").document["registration"]
    quick("undo", "--yes")
    with lab.client("graph") as graph:
        restored = f"/v1.0/directory/deletedItems/{made['objectId']}/restore"
        assert graph.post(restored, json={}).is_success
        path = f"/v1.0/applications/{made['objectId']}"
        assert graph.patch(path, json=planted).is_success
        if deleted:
            assert graph.delete(path).is_success
    before = lab.writes()

    ended = quick("protect", "integration", "-o", "json")

    assert 2 == ended.code
    assert told in ended.document["error"]["message"]
    assert (before, 200) == (lab.writes(), lab.called())
