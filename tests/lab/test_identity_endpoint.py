"""The identity endpoint of an app, as a program inside it sees it."""

import jwt
import pytest

from miwire.lab.documents import ARM_APP_ID, new_id
from miwire.lab.state.site import Site

ARM = "https://management.azure.com"
PROVIDER = "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity"
MINE = f"{PROVIDER}/userAssignedIdentities/mine"
OTHER = MINE.replace("mine", "other")


def ask(azure, *, header=None, path="/msi/token", headers=(), **query):
    """Ask for a token as the App Service SDKs do."""
    parameters = {"api-version": "2019-08-01", "resource": ARM} | query
    return azure.client.get(
        azure.tenant.addresses.identity_endpoint + path,
        params={name: value for name, value in parameters.items() if value is not None},
        headers={"X-IDENTITY-HEADER": header or azure.site.identity_header, **dict(headers)},
    )


@pytest.fixture
def user_assigned(azure):
    """An identity attached to the site, beside another one that is not."""
    made = [
        azure.add_principal(
            displayName=each.rsplit("/", 1)[1],
            servicePrincipalType="ManagedIdentity",
            alternativeNames=["isExplicit=True", each],
        )
        for each in (MINE, OTHER)
    ]
    azure.site.document["identity"]["userAssignedIdentities"] = {
        MINE: {"principalId": made[0]["id"], "clientId": made[0]["appId"]}
    }
    return made


@pytest.mark.parametrize("path", ["/msi/token", "/msi/token/", "/MSI/token/", "/MSI/Token"])
def test_the_answer_has_the_published_members_and_types(azure, recorded, path):
    published = recorded("identity-endpoint/responses.json")["success"]
    response = ask(azure, path=path)

    body = response.json()
    assert 200 == response.status_code
    assert {name: type(value) for name, value in published["body"].items()} == {
        name: type(value) for name, value in body.items()
    }
    assert (ARM, "Bearer", azure.caller["appId"]) == (
        body["resource"],
        body["token_type"],
        body["client_id"],
    )


def test_a_managed_identitys_token_lives_a_day_and_has_the_published_claims(azure, recorded):
    published = recorded("entra/mi-token-v1-claims.json")
    body = ask(azure).json()

    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    header = jwt.get_unverified_header(body["access_token"])
    assert published["header"].keys() == header.keys()
    assert published["arm_full_claims"].keys() == claims.keys() - {"rh", "idtyp"}
    assert (86_700, "2", ARM) == (claims["exp"] - claims["iat"], claims["appidacr"], claims["aud"])
    assert body["expires_on"] == str(claims["exp"])
    assert azure.caller["id"] == claims["oid"] == claims["sub"]


def check(response, published):
    """Hold a refusal to the published one, ids aside."""
    body, expected = response.json(), published["body"] | {"correlationId": "any"}
    assert published["status"] == response.status_code
    assert expected == body | {"correlationId": "any"}
    assert body["correlationId"] == response.headers["X-CORRELATION-ID"]
    assert "Kestrel" == response.headers["Server"]
    assert "application/json; charset=utf-8" == response.headers["Content-Type"]


def test_an_app_without_identity_is_told_so(azure, recorded):
    del azure.site.document["identity"]

    check(ask(azure), recorded("identity-endpoint/responses.json")["no_identity"])


def test_none_of_several_user_assigned_identities_is_guessed(azure, user_assigned, recorded):
    identity = azure.site.document["identity"]
    identity["userAssignedIdentities"][OTHER] = {"principalId": user_assigned[1]["id"]}
    del identity["principalId"]

    check(ask(azure), recorded("identity-endpoint/responses.json")["no_identity"])


@pytest.mark.parametrize("selector", ["client_id", "principal_id", "object_id", "mi_res_id"])
@pytest.mark.parametrize("change", [str, str.upper], ids=["as is", "in upper case"])
def test_a_user_assigned_identity_is_chosen_by_any_of_its_ids(
    azure, user_assigned, selector, change
):
    ids = {
        "client_id": user_assigned[0]["appId"],
        "principal_id": user_assigned[0]["id"],
        "object_id": user_assigned[0]["id"],
        "mi_res_id": MINE,
    }

    assert (
        user_assigned[0]["appId"]
        == (ask(azure, **{selector: change(ids[selector])}).json()["client_id"])
    )


@pytest.mark.parametrize("selector", ["client_id", "principal_id", "object_id", "mi_res_id"])
def test_an_identity_that_is_not_attached_is_not_found(azure, user_assigned, selector, recorded):
    ids = {
        "client_id": user_assigned[1]["appId"],
        "principal_id": user_assigned[1]["id"],
        "object_id": user_assigned[1]["id"],
        "mi_res_id": OTHER,
    }

    published = recorded("identity-endpoint/responses.json")["unknown_id"]
    check(ask(azure, **{selector: ids[selector]}), published)


def test_the_registrations_client_id_in_azure_client_id_finds_no_identity(azure, recorded):
    published = recorded("identity-endpoint/responses.json")["unknown_id"]

    check(ask(azure, client_id=azure.operator["appId"]), published)


def test_the_system_identity_may_be_named_by_its_own_client_id(azure):
    response = ask(azure, client_id=azure.caller["appId"])

    assert azure.caller["appId"] == response.json()["client_id"]


def test_two_selectors_are_refused(azure, user_assigned):
    response = ask(azure, client_id=user_assigned[0]["appId"], mi_res_id=MINE)

    assert 400 == response.status_code


@pytest.mark.parametrize("resource", ["api://nobody", "x y", "https://"])
def test_what_entra_id_says_is_not_passed_on(azure, recorded, resource):
    response = ask(azure, resource=resource)

    check(response, recorded("identity-endpoint/responses.json")["entra_failed"])
    assert "AADSTS" not in response.text


def test_an_identity_without_the_required_assignment_gets_the_same_500(azure, directory, recorded):
    application = directory.post("/applications", json={"displayName": "integration"}).json()
    directory.post(
        "/servicePrincipals",
        json={"appId": application["appId"], "appRoleAssignmentRequired": True},
    )

    published = recorded("identity-endpoint/responses.json")["entra_failed"]
    check(ask(azure, resource=application["appId"]), published)


@pytest.mark.parametrize(
    ("query", "status"),
    [({"resource": None}, 400), ({"api-version": None}, 400), ({"api-version": "2018-02-01"}, 400)],
)
def test_a_request_without_its_parameters_is_refused(azure, query, status):
    assert status == ask(azure, **query).status_code


@pytest.mark.parametrize("header", ["wrong", "0" * 32, "sécret".encode()])
def test_a_wrong_secret_is_refused_and_not_repeated(azure, header):
    response = ask(azure, header=header)

    assert 401 == response.status_code
    assert "wrong" not in response.text


def test_a_request_that_came_through_a_proxy_is_refused(azure):
    assert 403 == ask(azure, headers={"X-Forwarded-For": "203.0.113.7"}).status_code


def test_the_operators_header_stands_for_the_operator(azure):
    response = ask(azure, header="the operator's header")

    assert azure.operator["appId"] == response.json()["client_id"]


def test_one_site_never_gets_the_identity_of_another(azure):
    other = Site({"id": "/other", "name": "other", "properties": {}}, gate_port=0)
    azure.tenant.sites[other.id] = other

    answers = [
        ask(azure, header=other.identity_header),
        ask(azure, header=other.identity_header, client_id=azure.caller["appId"]),
    ]
    assert [400, 400] == [each.status_code for each in answers]


@pytest.mark.parametrize("resource", [f"{ARM}/", ARM_APP_ID, "https://management.core.windows.net"])
def test_the_resource_comes_back_as_it_was_asked_for(azure, resource):
    body = ask(azure, resource=resource).json()

    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert resource == body["resource"] == claims["aud"]


def test_other_paths_do_not_exist(azure):
    assert 404 == ask(azure, path=f"/{new_id()}").status_code
