"""azure-cli 2.91, unmodified, does its work in the lab."""

import jwt
import pytest

pytestmark = pytest.mark.others

GROUP = "-g rg-story"


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def plain(document):
    """A directory object without the annotations that say in which answer it came."""
    return {name: value for name, value in document.items() if "@" not in name}


# Signing in


def test_a_cloud_is_the_same_from_a_file_by_discovery_and_spelt_out(az_sh, lab):
    spelt_out = {
        "resource-manager": lab.arm,
        "active-directory": lab.entra,
        "active-directory-resource-id": lab.arm,
        "active-directory-graph-resource-id": lab.graph,
        "microsoft-graph-resource-id": lab.graph,
        "management": lab.arm,
    }
    options = " ".join(f"--endpoint-{name} {url}" for name, url in spelt_out.items())
    ended = az_sh(f"""
        eval "$(miwire lab env)"
        az cloud register --name file --cloud-config @"$MIWIRE_CLOUD"
        az cloud register --name discovered --endpoint-resource-manager {lab.arm}
        az cloud register --name spelt-out --skip-endpoint-discovery {options}
        az cloud list --query "[?contains('file discovered spelt-out', name)].endpoints"
    """)
    endpoints = [
        {name: url.rstrip("/") for name, url in each.items() if url} for each in ended.document
    ]

    assert (3, len(spelt_out)) == (len(endpoints), len(endpoints[0]))
    assert endpoints[0] == endpoints[1] == endpoints[2]


def test_an_account_is_the_operators_and_its_token_is_for_arm(az, lab):
    (account,) = az("account list")
    claims = claims_of(az("account get-access-token")["accessToken"])

    assert account["id"] == az("account show --query id")
    assert (lab.subscription_id, lab.tenant_id) == (account["id"], account["tenantId"])
    assert (lab.environment["MIWIRE_LAB_CLIENT_ID"], lab.arm) == (
        claims["appid"],
        claims["aud"].rstrip("/"),
    )


def test_inside_an_app_az_is_the_apps_identity(az_sh, block, lab):
    show = "az account get-access-token --query accessToken -o tsv'"
    script = block("Azure CLI", number=1).rstrip().removesuffix("'")
    ended = az_sh(f'eval "$(miwire lab env)"\n{script} -o none\n{show}')
    with lab.client("arm") as arm:
        site = arm.get(lab.site("stranger")["resourceId"], params={"api-version": "2025-05-01"})

    assert ended.code == 0, ended.err
    assert site.json()["identity"]["principalId"] == claims_of(ended.out.strip())["oid"]


# Web apps


def test_web_apps_are_listed_and_shown(az, lab):
    names = az("webapp list --query '[].name'")
    app = az(f"webapp show {GROUP} -n integration")

    assert ["core", "integration", "stranger"] == names
    assert lab.url("integration") == f"https://{app['defaultHostName']}"
    assert ("1.2", "Running") == (app["siteConfig"]["minTlsVersion"], app["state"])
    assert [""] == list({each["userPWD"] for each in az(PROFILES)})


PROFILES = f"webapp deployment list-publishing-profiles {GROUP} -n core"


def test_a_system_assigned_identity_comes_and_goes(az):
    assigned = az(f"webapp identity assign {GROUP} -n core")
    shown = az(f"webapp identity show {GROUP} -n core")
    principal = az(f"ad sp show --id {assigned['principalId']}")
    az(f"webapp identity remove {GROUP} -n core")

    assert assigned == shown
    assert ("core", "ManagedIdentity") == (
        principal["displayName"],
        principal["servicePrincipalType"],
    )
    assert None is az(f"webapp identity show {GROUP} -n core")


def test_a_user_assigned_identity_is_made_attached_and_detached(az):
    made = az(f"identity create {GROUP} -n id-orders")
    both = az(f"webapp identity assign {GROUP} -n core --identities [system] {made['id']}")
    one = az(f"webapp identity remove {GROUP} -n core --identities {made['id']}")

    assert made["clientId"] == az(f"identity show {GROUP} -n id-orders --query clientId")
    assert [made] == az("identity list") == az(f"identity list {GROUP}")
    assert "SystemAssigned, UserAssigned" == both["type"]
    assert [made["principalId"]] == [
        each["principalId"] for each in both["userAssignedIdentities"].values()
    ]
    assert ("SystemAssigned", both["principalId"]) == (one["type"], one["principalId"])
    assert None is az(f"identity delete {GROUP} -n id-orders")
    assert [] == az("identity list")


def test_a_slot_is_made_and_has_an_identity_of_its_own(az):
    az(f"webapp deployment slot create {GROUP} -n core --slot staging")
    production = az(f"webapp identity assign {GROUP} -n core")
    staging = az(f"webapp identity assign {GROUP} -n core --slot staging")
    name = az(f"ad sp show --id {staging['principalId']} --query displayName")

    assert ["staging"] == az(f"webapp deployment slot list {GROUP} -n core --query '[].name'")
    assert production["principalId"] != staging["principalId"]
    assert "core/slots/staging" == name
    assert staging == az(f"webapp identity show {GROUP} -n core --slot staging")


def test_classic_authentication_settings_are_shown_and_set(az, lab):
    before = az(f"webapp auth show {GROUP} -n integration --query '[enabled, configVersion]'")
    az(
        f"webapp auth update {GROUP} -n integration --enabled true"
        " --action LoginWithAzureActiveDirectory"
        " --aad-client-id 11111111-2222-3333-4444-555555555555"
        f" --aad-token-issuer-url {lab.entra}/{lab.tenant_id}/v2.0"
    )
    after = az(f"webapp auth show {GROUP} -n integration --query '[enabled, configVersion]'")

    assert ([False, "v1"], [True, "v1"]) == (before, after)
    assert 401 == lab.http.get(lab.url("integration")).status_code


def test_app_settings_are_set_and_those_of_a_slot_are_marked(az, lab):
    az(f"webapp config appsettings set {GROUP} -n core --settings A=1 --slot-settings B=2")
    found = az(f"webapp config appsettings list {GROUP} -n core")

    assert {"INTEGRATION_URL": False, "A": False, "B": True} == {
        each["name"]: each["slotSetting"] for each in found
    }
    assert ("1", "2") == (lab.inside("core")["A"], lab.inside("core")["B"])


def test_resource_groups_are_listed_shown_and_looked_for(az):
    (group,) = az("group list")

    assert group == az("group show -n RG-Story")
    assert (True, False) == (az("group exists -n rg-story"), az("group exists -n rg-other"))


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (f"webapp show {GROUP} -n nobody", 3, "ResourceNotFound"),
        ("webapp identity show -g rg-other -n core", 3, "ResourceGroupNotFound"),
        ("ad sp show --id 11111111-2222-3333-4444-555555555555", 3, "does not exist"),
        ("account get-access-token --resource api://nobody", 1, "AADSTS500011"),
    ],
)
def test_a_refusal_is_in_azures_own_words(operator, command, code, words):
    ended = operator(f"az {command}")

    assert (code, True) == (ended.code, words in ended.err), ended.err


# The directory


def test_an_application_and_its_service_principal_live_and_die(az):
    app_id = az("ad app create --display-name orders --query appId")
    az(f"ad app update --id {app_id} --identifier-uris api://{app_id}")
    made = plain(az(f"ad sp create --id {app_id}"))
    az(f"ad sp update --id {app_id} --set appRoleAssignmentRequired=true")
    app, principal = az(f"ad app show --id api://{app_id}"), az(f"ad sp show --id {app_id}")

    assert [plain(app)] == az("ad app list --display-name ord")
    assert [plain(principal)] == az(f"ad sp list --spn api://{app_id}")
    assert made | {"appRoleAssignmentRequired": True} == plain(principal)
    assert None is az(f"ad app delete --id {app_id}")
    assert [] == az("ad app list --display-name orders") == az("ad sp list --display-name orders")


def test_a_deleted_application_is_listed_and_restored_by_rest(az, lab):
    app = az("ad app create --display-name orders")
    az(f"ad app delete --id {app['appId']}")
    deleted = f"{lab.graph}/v1.0/directory/deletedItems"
    listed = az(f"rest -u {deleted}/microsoft.graph.application")["value"]

    assert [app["id"]] == [each["id"] for each in listed]
    assert app["id"] == az(f"rest -m POST -u {deleted}/{app['id']}/restore")["id"]
    assert [app["appId"]] == az("ad app list --display-name orders --query '[].appId'")


def test_az_reads_every_page_of_a_list(az, lab):
    with lab.client("graph") as graph:
        for number in range(101):
            body = {"displayName": f"app {number}", "signInAudience": "AzureADMyOrg"}
            assert 201 == graph.post("/v1.0/applications", json=body).status_code

    assert 102 == az("ad app list --all --query 'length(@)'")


# The whole way


def test_a_wiring_made_by_az_alone_is_one_that_miwire_finds_complete(operator, block, lab):
    url = lab.url("integration")
    before = operator("miwire probe integration --without-token -o json").document
    wired = operator(block("A wiring, made by az alone"))
    outside = operator("miwire probe integration --without-token -o json")
    with_token = f"miwire probe {url} --with-token --audience {lab.audience()} -o json"
    inside = operator(f"miwire lab exec core -- {with_token}")
    stranger = operator(f"miwire lab exec stranger -- {with_token}")
    command, _, answer = block("A wiring, made by az alone", "console").partition("\n")
    planned = operator(command.removeprefix("$ "))

    assert wired.code == 0, wired.err
    assert 200 == before["cases"][0]["status"]
    assert (0, [401]) == (outside.code, [each["status"] for each in outside.document["cases"]])
    assert (0, [200]) == (inside.code, [each["status"] for each in inside.document["cases"]])
    assert (1, [None]) == (stranger.code, [each["status"] for each in stranger.document["cases"]])
    assert 0 == planned.code, planned.err
    assert planned.out.endswith(f"\n{answer}")  # where and as whom stands before it
