"""Slots, function apps, user-assigned identities, other tenants, and a developer's own login."""

import json
import sys

import pytest

CONNECT = ("connect", "core", "integration", "-o", "json")
PROVIDER = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
AZ = """#!{python}
import json, os, sys
asked = " ".join(sys.argv)
token = next((t for r, t in json.loads(os.environ["AZ_TOKENS"]).items() if r in asked), None)
if token is None:
    sys.exit(
        "ERROR: AADSTS65001: The user or administrator has not consented to use the application "
        "with ID '04b07795-8ddb-461a-bbee-02f9e1bf7b46' named 'Microsoft Azure CLI'."
    )
print(json.dumps({{
    "accessToken": token,
    "expiresOn": "2099-01-01 00:00:00.000000",
    "expires_on": 4070908800,
    "subscription": "s",
    "tenant": "t",
    "tokenType": "Bearer",
}}))
"""
"""A stand-in for `az account get-access-token`, as a signed-in developer's answers."""


@pytest.fixture
def az(tmp_path):
    """The folder of a program called az."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "az"
    program.write_text(AZ.format(python=sys.executable))
    program.chmod(0o700)
    return folder


def user_assigned(lab, name):
    group = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story"
    return f"{group}/{PROVIDER}/{name}"


def client_id(lab, name):
    """The client id of a user-assigned identity."""
    with lab.client("arm") as arm:
        query = {"api-version": "2023-01-31"}
        return arm.get(user_assigned(lab, name), params=query).json()["properties"]["clientId"]


def test_a_developer_who_gets_no_token_for_lack_of_consent_proves_nothing(quick, lab, az):
    tokens = {each: lab.operator_token(each) for each in (lab.arm, lab.graph)}
    developer = {
        "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
        "AZ_TOKENS": json.dumps(tokens),
        "PATH": f"{az}:{quick.environment['PATH']}",
        "IDENTITY_ENDPOINT": None,
        "IDENTITY_HEADER": None,
    }
    ended = quick(*CONNECT, **developer)
    operator = ended.document["proof"][1]

    assert 0 == ended.code, ended.err
    assert ("operator", None, None) == (operator["name"], operator["status"], operator["ok"])
    assert "65001" in operator["why"]
    assert "proves nothing" in operator["why"]


def test_a_slot_is_a_target_of_its_own(quick, lab):
    lab.reset("slots")
    ended = quick("connect", "core", "integration", "--slot", "staging", "-o", "json", "--yes")
    slot = f"{lab.site('integration')['resourceId']}/slots/staging"

    assert 0 == ended.code, ended.err
    assert slot == ended.document["site"]["id"]
    assert "integration-staging" == ended.document["registration"]["displayName"]
    assert [True, True, None] == [case["ok"] for case in ended.document["proof"]]
    assert "integration keeps accepting anonymous requests." in " ".join(
        ended.document["questions"]
    )
    assert 200 == lab.called()


def test_a_slot_that_stays_open_and_swap_with_preview_are_asked_about(quick, lab):
    lab.reset("slots")
    ended = quick(*CONNECT)
    message = ended.document["error"]["message"]

    assert 2 == ended.code
    assert "integration/staging keeps accepting anonymous requests." in message
    assert "Swap with preview will be refused for the slots of integration." in message
    assert [] == lab.writes()


def test_a_function_app_is_wired_and_asked_what_its_gate_also_blocks(quick, lab):
    lab.reset("functions")
    refused = quick(*CONNECT)
    document = quick(*CONNECT, "--yes").document

    assert 2 == refused.code
    assert "--exclude-path '/runtime/webhooks/*'" in refused.document["error"]["hint"]

    assert [True, True, None] == [case["ok"] for case in document["proof"]]
    assert "/runtime/webhooks/*" in " ".join(document["questions"])


def test_a_path_is_left_open_where_it_is_named(quick, lab):
    document = quick(*CONNECT, "--exclude-path", "/items").document

    assert (401, 200) == (lab.called(), lab.called(path="/items"))
    assert "Paths that require no token: /items." in document["notes"]


@pytest.fixture
def orders(lab):
    """The story in which core has two identities of its owner's, id-orders among them."""
    lab.reset("user-assigned")
    return user_assigned(lab, "id-orders")


def test_a_user_assigned_identity_is_wired_where_it_is_named(quick, miwire, lab, orders):
    document = quick(*CONNECT, "--identity", orders).document
    ended = miwire("lab", "exec", "core", "--", "bash", "-c", document["inside"]["bash"])

    assert [client_id(lab, "id-orders")] == [each["clientId"] for each in document["allowed"]]
    assert "enable-identity" not in [change["action"] for change in document["changes"]]
    assert (
        f'managed_identity_client_id="{client_id(lab, "id-orders")}"'
        in (document["inside"]["python"])
    )
    assert "200\n" == ended.out


def test_the_other_identities_stay_where_the_own_one_is_turned_on(quick, lab, orders):
    document = quick(*CONNECT).document
    attached = {each["id"].lower() for each in document["identity"]["userAssigned"]}

    assert "SystemAssigned, UserAssigned" == document["identity"]["type"]
    assert {orders.lower(), user_assigned(lab, "id-payments").lower()} == attached


def test_an_identity_that_is_not_attached_is_attached_first(quick, lab, orders):
    ended = quick("connect", "stranger", "integration", "--identity", orders, "-o", "json")
    document = ended.document

    assert 0 == ended.code, ended.err
    assert "attach-identity" == document["changes"][0]["action"]
    assert "SystemAssigned, UserAssigned" == document["identity"]["type"]
    assert [client_id(lab, "id-orders")] == [each["clientId"] for each in document["allowed"]]


def test_code_that_was_sent_to_another_identity_stops_it_and_the_flag_is_offered(
    quick, lab, orders
):
    lab.put_app_settings("core", AZURE_CLIENT_ID=client_id(lab, "id-orders"))
    before = lab.writes()
    ended = quick(*CONNECT)
    error = ended.document["error"]

    assert 2 == ended.code
    assert "AZURE_CLIENT_ID" in error["message"]
    assert f"--identity {orders.lower()}" in error["hint"].lower()
    assert before == lab.writes()


@pytest.mark.usefixtures("orders")
def test_the_offered_flag_wires_the_identity_that_the_code_asks_for(quick, inside, lab):
    lab.put_app_settings("core", AZURE_CLIENT_ID=client_id(lab, "id-orders"))
    offered = quick(*CONNECT).document["error"]["hint"].rpartition(" ")[2]
    document = quick(*CONNECT, "--identity", offered).document

    assert [client_id(lab, "id-orders")] == [each["clientId"] for each in document["allowed"]]
    assert 0 == inside("core")(*lab.with_token()).code


def test_an_identity_that_nobody_attached_is_named_as_the_reason(quick, lab):
    lab.put_app_settings("core", AZURE_CLIENT_ID="11111111-2222-3333-4444-555555555555")
    before = lab.writes()
    ended = quick(*CONNECT)

    assert 2 == ended.code
    assert "isn't attached to the app" in ended.document["error"]["message"]
    assert before == lab.writes()


def test_apps_of_two_tenants_cannot_be_wired_and_the_reason_is_told(quick, lab):
    lab.reset("two-tenants")
    foreign = next(each for each in lab.status()["sites"] if each["name"] == "foreign")
    ended = quick("connect", foreign["resourceId"], "integration", "-o", "json")

    assert 2 == ended.code
    assert "different tenants" in ended.document["error"]["message"]
    assert "only in its own tenant" in ended.document["error"]["hint"]
    assert [] == lab.writes()


def test_a_list_that_would_outgrow_azures_limit_stops_it_before_anything_is_written(quick, lab):
    principals = {"identities": [f"{n:036d}" for n in range(13)]}
    policy = {"defaultAuthorizationPolicy": {"allowedPrincipals": principals}}
    provider = {"azureActiveDirectory": {"validation": policy}}
    lab.put_settings({"platform": {"enabled": True}, "identityProviders": provider})
    before = lab.writes()
    ended = quick(*CONNECT)

    assert 2 == ended.code
    assert "Azure accepts 500" in ended.document["error"]["message"]
    assert "share one user-assigned identity" in ended.document["error"]["hint"]
    assert before == lab.writes()


@pytest.mark.parametrize("command", ["connect", "grant", "revoke"])
def test_settings_of_version_1_are_not_written_over(quick, lab, command):
    lab.reset("classic")
    ended = quick(command, "stranger", "integration", "-o", "json")

    assert 2 == ended.code
    assert "az webapp auth config-version upgrade" in ended.document["error"]["hint"]
    assert [] == lab.writes()


def test_of_two_apps_with_one_name_the_group_says_which(quick, lab):
    lab.reset("twins")
    unclear, clear = quick(*CONNECT), quick("connect", "core", "rg-twin/integration", "--dry-run")

    assert 2 == unclear.code
    assert "rg-twin" in unclear.document["error"]["message"]
    assert 0 == clear.code


def test_a_target_that_goes_on_letting_anybody_in_is_told_and_counts_against_nothing(quick, lab):
    open_to_all = {"requireAuthentication": False, "unauthenticatedClientAction": "AllowAnonymous"}
    lab.put_settings({"platform": {"enabled": True}, "globalValidation": open_to_all})
    ended = quick(*CONNECT, "--keep-sign-in")

    assert 0 == ended.code, ended.err
    assert "still accepts anonymous requests" in ended.document["notes"][0]
    assert (200, None) == tuple(ended.document["proof"][0][each] for each in ("status", "ok"))
    assert 200 == lab.called()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(
            ("connect", "core", "nowhere"), 3, "No app named nowhere", id="no such target"
        ),
        pytest.param(
            ("connect", "nobody", "integration"), 3, "No app named nobody", id="no such source"
        ),
        pytest.param(
            ("connect", "core", "Intergration"), 3, "Did you mean integration?", id="a typing error"
        ),
        pytest.param(
            ("connect", "core", "integration", "--replace-sign-in", "--keep-sign-in"),
            2,
            "can't be combined",
            id="two choices",
        ),
        pytest.param(
            ("connect", "core", "integration", "--exit-code"), 2, "--dry-run", id="no dry run"
        ),
        pytest.param(
            ("connect", "core", "integration", "--identity", "id-orders"),
            2,
            "isn't the resource ID",
            id="no resource id",
        ),
    ],
)
def test_what_makes_no_sense_stops_before_anything_is_written(quick, lab, arguments, code, said):
    ended = quick(*arguments, "-o", "json")

    assert (code, True) == (ended.code, said in ended.document["error"]["message"])
    assert [] == lab.writes()
