"""Microsoft Graph's directory objects, over HTTP."""

import re
from datetime import datetime

import pytest

from miwire.lab.documents import new_id
from miwire.lab.entra.tokens import signed

ROLE = "99999999-9999-4999-8999-999999999999"
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
ODATA = (
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8"
)
UPSERT = {"Prefer": "create-if-missing"}
EVENTUAL = {"ConsistencyLevel": "eventual"}


def role(**changes):
    return {
        "id": ROLE,
        "allowedMemberTypes": ["Application"],
        "displayName": "Caller",
        "description": "May call",
        "value": "Caller",
        "isEnabled": True,
    } | changes


def made(directory, **members):
    """An application with v1 tokens, unless *members* say otherwise."""
    body = {"displayName": "integration", "signInAudience": "AzureADMyOrg"} | members
    response = directory.post("/applications", json=body)
    assert response.status_code == 201, response.text
    return response.json()


def error_of(response):
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


@pytest.fixture
def api(directory):
    """An application with a role, and its service principal."""
    application = made(directory, appRoles=[role()])
    principal = directory.post("/servicePrincipals", json={"appId": application["appId"]}).json()
    return {"application": application, "principal": principal}


def without_ids(document, *names):
    ids = {"@odata.context", "id", "appId", "createdDateTime", "publisherDomain", *names}
    return {name: value for name, value in document.items() if name not in ids}


# Applications.


def test_a_new_application_is_as_recorded(azure, directory, recorded):
    exchange = recorded("graph/graph_applications_post.json")[0]
    response = directory.post("/applications", json=exchange["request_body"])

    body, theirs = response.json(), exchange["response_body"]
    assert exchange["status"] == response.status_code
    assert list(theirs) == list(body)
    assert without_ids(theirs) == without_ids(body)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", body["createdDateTime"])
    assert azure.tenant.domain == body["publisherDomain"]


def test_an_application_without_audience_is_for_personal_accounts_with_v2_tokens(
    directory, recorded
):
    exchange = recorded("graph/graph_applications_post.json")[2]
    body = directory.post("/applications", json=exchange["request_body"]).json()

    theirs = exchange["response_body"]
    assert (theirs["signInAudience"], theirs["api"]) == (body["signInAudience"], body["api"])


def test_a_creation_has_the_recorded_headers(azure, directory, recorded):
    exchange = recorded("graph/graph_applications_post.json")[0]
    mine = new_id()
    response = directory.post(
        "/applications", json=exchange["request_body"], headers={"client-request-id": mine}
    )

    tenant, body = azure.tenant, response.json()
    location = (
        f"{tenant.addresses.graph}/v2/{tenant.tenant_id}/directoryObjects/{body['id']}"
        "/Microsoft.DirectoryServices.Application"
    )
    assert (ODATA, "4.0", location, mine) == tuple(
        response.headers[name]
        for name in ("content-type", "odata-version", "location", "client-request-id")
    )
    assert exchange["response_headers"]["content-type"] == response.headers["content-type"]
    assert response.headers["request-id"]
    assert f"{tenant.addresses.graph}/v1.0/$metadata#applications/$entity" == body["@odata.context"]


@pytest.mark.parametrize("form", ["/{id}", "(appId='{appId}')", "(uniqueName='{uniqueName}')"])
@pytest.mark.parametrize("collection", ["applications", "Applications", "APPLICATIONS"])
def test_an_application_is_found_by_each_of_its_keys(directory, form, collection):
    application = made(directory, uniqueName="it's mine")
    keys = application | {"uniqueName": "it''s%20mine"}

    response = directory.get(f"/{collection}{form.format(**keys)}")

    assert application == response.json()


def test_a_change_answers_204_with_nothing_in_it(directory):
    application = made(directory)
    response = directory.patch(f"/applications/{application['id']}", json={"notes": "changed"})

    assert (204, b"") == (response.status_code, response.content)
    assert response.headers.keys().isdisjoint({"content-type", "odata-version"})
    assert "changed" == directory.get(f"/applications/{application['id']}").json()["notes"]


def test_a_change_merges_complex_values_and_replaces_collections(directory):
    application = made(directory, tags=["a", "b"], web={"homePageUrl": "https://x"})
    path = f"/applications/{application['id']}"
    directory.patch(path, json={"tags": ["c"], "web": {"redirectUris": ["https://y"]}})

    after = directory.get(path).json()
    assert ["c"] == after["tags"]
    assert application["web"] | {"redirectUris": ["https://y"]} == after["web"]


def test_annotations_of_sdks_are_no_properties(directory):
    annotated = {
        "@odata.type": "#microsoft.graph.application",
        "displayName": "integration",
        "appRoles": [role() | {"@odata.type": "#microsoft.graph.appRole"}],
    }

    assert 201 == directory.post("/applications", json=annotated).status_code


def test_an_upsert_creates_then_changes_then_needs_its_header(directory, recorded):
    published = recorded("graph/application-upsert.json")
    path = "/applications(uniqueName='app-65278')"
    bare = directory.patch(path, json=published["request"]["body"])
    created = directory.patch(path, json=published["request"]["body"], headers=UPSERT)
    changed = directory.patch(path, json={"notes": "again"}, headers=UPSERT)

    assert [
        published[each]["status"] for each in ("missing_without_prefer", "created", "updated")
    ] == [each.status_code for each in (bare, created, changed)]
    assert "app-65278" == created.json()["uniqueName"]
    assert 1 == len(
        directory.get("/applications?$filter=uniqueName eq 'app-65278'").json()["value"]
    )
    assert "again" == directory.get(path).json()["notes"]


def test_an_upsert_cannot_rename_the_key(directory):
    response = directory.patch(
        "/applications(uniqueName='a')",
        json={"displayName": "x", "uniqueName": "b"},
        headers=UPSERT,
    )

    assert 400 == response.status_code


def test_a_unique_name_is_set_once(directory):
    application = made(directory)
    path = f"/applications/{application['id']}"
    statuses = [
        directory.patch(path, json={"uniqueName": name}).status_code for name in ("a", "a", "b")
    ]

    assert [204, 204, 400] == statuses


def test_unique_names_and_identifier_uris_are_unique(azure, directory):
    uri = f"api://{azure.tenant.tenant_id}/x"
    made(directory, uniqueName="a", identifierUris=[uri])

    names = directory.post("/applications", json={"displayName": "x", "uniqueName": "a"})
    uris = directory.post("/applications", json={"displayName": "x", "identifierUris": [uri]})
    message = "Another object with the same value for property {} already exists."
    assert (400, "Request_BadRequest", message.format("uniqueName")) == error_of(names)
    assert (400, "Request_BadRequest", message.format("identifierUris")) == error_of(uris)


@pytest.mark.parametrize(
    "uri",
    [
        "api://{app}",
        "api://{app}/x",
        "api://x/{app}",
        "api://{tenant}/x",
        "api://{domain}/x",
        "https://{domain}",
        "https://sub.{domain}/x",
    ],
)
def test_the_identifier_uri_policy_accepts_what_belongs_to_the_tenant(azure, directory, uri):
    application = made(directory)
    uri = uri.format(
        app=application["appId"], tenant=azure.tenant.tenant_id, domain=azure.tenant.domain
    )
    response = directory.patch(f"/applications/{application['id']}", json={"identifierUris": [uri]})

    assert 204 == response.status_code


def test_the_identifier_uri_policy_refuses_other_names(directory, recorded):
    text = recorded("graph/errors.json")["identifier_uri_policy"]["message_only"]
    path = f"/applications/{made(directory)['id']}"

    named = directory.patch(path, json={"identifierUris": ["api://mine"]})
    hosted = directory.patch(path, json={"identifierUris": ["https://example.com"]})
    assert (400, "Request_BadRequest", text.format(uri="api://mine")) == error_of(named)
    assert (400, "HostNameNotOnVerifiedDomain") == error_of(hosted)[:2]


def test_applications_with_v2_tokens_are_exempt_from_the_policy(directory):
    path = f"/applications/{made(directory)['id']}"
    change = {"api": {"requestedAccessTokenVersion": 2}, "identifierUris": ["api://mine"]}

    assert 204 == directory.patch(path, json=change).status_code


def test_an_identifier_uri_that_is_there_already_is_no_new_one(directory):
    application = made(
        directory, api={"requestedAccessTokenVersion": 2}, identifierUris=["api://a"]
    )
    change = {"api": {"requestedAccessTokenVersion": 1}, "identifierUris": ["api://a"]}

    assert 204 == directory.patch(f"/applications/{application['id']}", json=change).status_code


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "A value is required for property 'displayName' of resource 'Application'."),
        ({"displayName": "x", "colour": 1}, "Invalid property 'colour'."),
        (
            {"displayName": 1},
            "Invalid value specified for property 'displayName' of resource 'Application'.",
        ),
        (
            {"displayName": "x", "tags": "x"},
            "Invalid value specified for property 'tags' of resource 'Application'.",
        ),
        (
            {"displayName": "x", "web": {"colour": 1}},
            "Invalid value specified for property 'web' of resource 'Application'.",
        ),
        (
            {"displayName": "x", "signInAudience": "Everybody"},
            "Invalid value specified for property 'signInAudience' of resource 'Application'.",
        ),
        (
            {"displayName": "x", "identifierUris": ["no uri"]},
            "Invalid value specified for property 'identifierUris' of resource 'Application'.",
        ),
        (
            {"displayName": "x", "api": {"requestedAccessTokenVersion": 3}},
            "Property api.requestedAccessTokenVersion is invalid.",
        ),
        (
            {"displayName": "x", "appId": DEFAULT_ROLE},
            "Property 'appId' is read-only and cannot be set on resource 'Application'.",
        ),
        (
            {"displayName": "x", "passwordCredentials": [{"displayName": "s"}]},
            "New password credentials must be generated with service actions.",
        ),
    ],
)
def test_a_bad_application_is_refused_and_not_kept(azure, directory, body, message):
    before = len(azure.tenant.applications)
    response = directory.post("/applications", json=body)

    assert (400, "Request_BadRequest", message) == error_of(response)
    assert before == len(azure.tenant.applications)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "no guid"},
        {"value": "with space"},
        {"value": "x" * 121},
        {"allowedMemberTypes": ["Robot"]},
        {"allowedMemberTypes": []},
        {"isEnabled": "yes"},
        {"displayName": None},
        {"colour": "red"},
    ],
)
def test_a_bad_app_role_is_refused(directory, change):
    response = directory.post(
        "/applications", json={"displayName": "x", "appRoles": [role(**change)]}
    )

    assert (400, "Request_BadRequest") == error_of(response)[:2]


def test_app_roles_share_neither_id_nor_value(directory):
    twice = [
        [role(), role(value="Other")],
        [role(), role(id=new_id())],
    ]
    answers = [
        directory.post("/applications", json={"displayName": "x", "appRoles": roles})
        for roles in twice
    ]

    assert [(400, "DuplicateValue")] * 2 == [error_of(each)[:2] for each in answers]


def test_an_app_role_comes_back_whole(directory):
    bare = role()
    del bare["isEnabled"]

    (kept,) = made(directory, appRoles=[bare])["appRoles"]
    assert role() | {"origin": "Application"} == kept


@pytest.mark.parametrize("roles", [[], [role(value="Other")], [role(isEnabled=False, value="x")]])
def test_an_enabled_role_is_not_dropped_or_changed_at_once(directory, api, recorded, roles):
    code, message = recorded("graph/errors.json")["enabled_entitlement"]["code_and_message"]
    path = f"/applications/{api['application']['id']}"

    assert (400, code, message) == error_of(directory.patch(path, json={"appRoles": roles}))


def test_a_role_comes_beside_another_and_is_not_dropped_with_it(directory, api):
    path = f"/applications/{api['application']['id']}"
    added = directory.patch(path, json={"appRoles": [role(), role(id=new_id(), value="Second")]})
    dropped = directory.patch(path, json={"appRoles": [role(isEnabled=False)]})

    assert [204, 400] == [added.status_code, dropped.status_code]


def test_a_role_is_removed_in_two_steps(directory, api):
    path = f"/applications/{api['application']['id']}"
    statuses = [
        directory.patch(path, json={"appRoles": roles}).status_code
        for roles in ([role(isEnabled=False)], [])
    ]

    assert [204, 204] == statuses


def test_deleting_an_application_deletes_its_principal_and_assignments(azure, directory, api):
    principal = api["principal"]["id"]
    assigned(azure, directory, api)

    status = directory.delete(f"/applications/{api['application']['id']}").status_code
    held = directory.get(f"/servicePrincipals/{azure.caller['id']}/appRoleAssignments").json()
    assert (204, []) == (status, held["value"])
    assert 404 == directory.get(f"/servicePrincipals/{principal}").status_code
    assert 404 == directory.get(f"/applications/{api['application']['id']}").status_code


# Service principals.


def test_a_new_service_principal_is_as_recorded(directory, recorded):
    exchange = recorded("graph/graph_serviceprincipals_post.json")[0]
    application = made(directory, displayName="ams000003-access-sp")
    response = directory.post(
        "/serviceprincipals", json=exchange["request_body"] | {"appId": application["appId"]}
    )

    body, theirs = response.json(), exchange["response_body"]
    differ = ("appOwnerOrganizationId", "servicePrincipalNames")
    assert exchange["status"] == response.status_code
    assert list(theirs) == list(body)
    assert without_ids(theirs, *differ) == without_ids(body, *differ)
    assert [application["appId"]] == body["servicePrincipalNames"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["createdDateTime"])
    assert response.headers["location"].endswith(
        f"/directoryObjects/{body['id']}/Microsoft.DirectoryServices.ServicePrincipal"
    )


def test_a_principal_without_application_is_refused_as_published(directory, recorded):
    published = recorded("graph/errors.json")["no_backing_application"]
    app_id = new_id()
    response = directory.post("/servicePrincipals", json={"appId": app_id})

    error = response.json()["error"]
    del error["innerError"]
    theirs = published["body"]["error"]
    text = theirs["message"].replace("'x'", f"'{app_id}'")
    details = [theirs["details"][0] | {"message": text}]
    assert published["status"] == response.status_code
    assert theirs | {"message": text, "details": details} == error


def test_a_second_principal_is_a_conflict(directory, api):
    app_id = api["application"]["appId"]

    message = (
        "The service principal cannot be created, updated, or restored because the service"
        f" principal name {app_id} is already in use."
    )
    assert (409, "Request_MultipleObjectsWithSameKeyValue", message) == error_of(
        directory.post("/servicePrincipals", json={"appId": app_id})
    )


def test_a_principal_is_upserted_by_its_app_id(directory, recorded):
    published = recorded("graph/serviceprincipal-upsert.json")
    path = f"/servicePrincipals(appId='{made(directory)['appId']}')"
    answers = [
        directory.patch(path, json={"displayName": "My instance"}, headers=headers)
        for headers in ({}, UPSERT, UPSERT)
    ]

    statuses = [404, published["created"]["status"], published["updated"]["status"]]
    assert statuses == [each.status_code for each in answers]
    assert ("My instance", "integration") == (
        answers[1].json()["displayName"],
        answers[1].json()["appDisplayName"],
    )


def test_a_principal_follows_its_application(directory, api):
    app_id = api["application"]["appId"]
    second = role(id=new_id(), value="Second") | {"origin": "Application"}
    directory.patch(
        f"/applications/{api['application']['id']}",
        json={
            "displayName": "renamed",
            "identifierUris": [f"api://{app_id}"],
            "appRoles": [role(), second],
        },
    )

    after = directory.get(f"/servicePrincipals(appId='{app_id}')").json()
    assert ("renamed", "renamed") == (after["displayName"], after["appDisplayName"])
    assert [app_id, f"api://{app_id}"] == after["servicePrincipalNames"]
    assert ["Caller", "Second"] == [each["value"] for each in after["appRoles"]]


def test_assignment_can_be_made_required(directory, api):
    path = f"/servicePrincipals/{api['principal']['id']}"
    status = directory.patch(path, json={"appRoleAssignmentRequired": True}).status_code

    assert 204 == status
    assert directory.get(path).json()["appRoleAssignmentRequired"] is True


@pytest.mark.parametrize(
    "change",
    [{"appRoleAssignmentRequired": "yes"}, {"displayName": None}, {"appId": ROLE}, {"colour": 1}],
)
def test_a_bad_change_of_a_principal_is_refused(directory, api, change):
    path = f"/servicePrincipals/{api['principal']['id']}"

    assert (400, "Request_BadRequest") == error_of(directory.patch(path, json=change))[:2]


def test_a_managed_identitys_principal_is_not_graphs_to_delete(azure, directory):
    path = f"/servicePrincipals/{azure.caller['id']}"

    assert 403 == directory.delete(path).status_code
    assert 200 == directory.get(path).status_code


# App role assignments.


def assignment(azure, api, **changes):
    return {
        "principalId": azure.caller["id"],
        "resourceId": api["principal"]["id"],
        "appRoleId": ROLE,
    } | changes


def assigned(azure, directory, api):
    path = f"/servicePrincipals/{api['principal']['id']}/appRoleAssignedTo"
    return directory.post(path, json=assignment(azure, api))


def test_an_assignment_is_as_published(azure, directory, api, recorded):
    published = recorded("graph/approleassignedto-create.json")
    response = assigned(azure, directory, api)

    body = response.json()
    assert published["status"] == response.status_code
    assert list(published["body"]) == list(body)
    assert assignment(azure, api).items() <= body.items()
    assert ("core", "integration", "ServicePrincipal") == (
        body["principalDisplayName"],
        body["resourceDisplayName"],
        body["principalType"],
    )
    assert re.fullmatch(r"[\w-]{43}", body["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", body["createdDateTime"])
    context = published["body"]["@odata.context"].split("$metadata")[1]
    theirs = published["body"]["resourceId"]
    assert (
        context.replace(theirs, api["principal"]["id"])
        == (body["@odata.context"].split("$metadata")[1])
    )


@pytest.mark.parametrize("addressed", ["/{id}", "(appId='{appId}')"])
def test_an_assignment_is_seen_from_both_sides(azure, directory, api, addressed):
    made_id = assigned(azure, directory, api).json()["id"]
    sides = [
        addressed.format(**api["principal"]) + "/appRoleAssignedTo",
        addressed.format(**azure.caller) + "/appRoleAssignments",
    ]
    lists = [directory.get(f"/servicePrincipals{side}").json()["value"] for side in sides]
    single = [directory.get(f"/servicePrincipals{side}/{made_id}").json()["id"] for side in sides]

    assert [[made_id], [made_id]] == [[each["id"] for each in found] for found in lists]
    assert [made_id, made_id] == single


def test_an_assignment_may_be_posted_to_the_one_who_gets_it(azure, directory, api):
    path = f"/servicePrincipals/{azure.caller['id']}/appRoleAssignments"

    assert 201 == directory.post(path, json=assignment(azure, api)).status_code


@pytest.mark.parametrize("form", ["principalId eq {0}", "principalId eq '{0}'"])
def test_assignments_are_filtered_by_principal(azure, directory, api, form):
    assigned(azure, directory, api)
    path = f"/servicePrincipals/{api['principal']['id']}/appRoleAssignedTo"
    counts = [
        len(directory.get(path, params={"$filter": form.format(each)}).json()["value"])
        for each in (azure.caller["id"], new_id())
    ]

    assert [1, 0] == counts


def test_an_empty_list_of_assignments_is_as_recorded(azure, directory, recorded):
    (exchange,) = recorded("graph/graph_app_role_assignments_get.json")
    response = directory.get(f"/servicePrincipals/{azure.caller['id']}/appRoleAssignments")

    theirs = exchange["response_body"]
    assert theirs.keys() == response.json().keys()
    assert theirs["value"] == response.json()["value"]
    assert exchange["response_headers"]["content-type"] == response.headers["content-type"]


def test_assigning_twice_is_the_published_error(azure, directory, api, recorded):
    published = recorded("graph/errors.json")["assignment_exists"]
    assigned(azure, directory, api)

    error = published["body"]["error"]
    assert (published["status"], error["code"], error["message"]) == error_of(
        assigned(azure, directory, api)
    )


def test_an_assignment_needs_role_principal_and_resource_to_be_there(azure, directory, api):
    path = f"/servicePrincipals/{api['principal']['id']}/appRoleAssignedTo"
    nobody = new_id()
    role_missing = directory.post(path, json=assignment(azure, api, appRoleId=new_id()))
    principal_missing = directory.post(path, json=assignment(azure, api, principalId=nobody))
    elsewhere = directory.post(path, json=assignment(azure, api, resourceId=azure.caller["id"]))

    app_id = api["application"]["appId"]
    gone = "does not exist or one of its queried reference-property objects are not present."
    assert (
        400,
        "Request_BadRequest",
        f"Permission being assigned was not found on application '{app_id}'.",
    ) == error_of(role_missing)
    assert (404, "Request_ResourceNotFound", f"Resource '{nobody}' {gone}") == error_of(
        principal_missing
    )
    assert (400, "Request_BadRequest", "Not a valid reference update.") == error_of(elsewhere)


@pytest.mark.parametrize("change", [{"appRoleId": None}, {"principalId": 5}, {"resourceId": "x"}])
def test_an_assignment_needs_three_guids(azure, directory, api, change):
    path = f"/servicePrincipals/{api['principal']['id']}/appRoleAssignedTo"

    assert 400 == directory.post(path, json=assignment(azure, api, **change)).status_code


def test_default_access_exists_only_without_roles_for_applications(azure, directory, api):
    bare = made(directory)
    principal = directory.post("/servicePrincipals", json={"appId": bare["appId"]}).json()
    statuses = [
        directory.post(
            f"/servicePrincipals/{each['id']}/appRoleAssignedTo",
            json=assignment(azure, api, resourceId=each["id"], appRoleId=DEFAULT_ROLE),
        ).status_code
        for each in (principal, api["principal"])
    ]

    assert [201, 400] == statuses


def test_an_assignment_is_deleted_once(azure, directory, api):
    made_id = assigned(azure, directory, api).json()["id"]
    path = f"/servicePrincipals/{api['principal']['id']}/appRoleAssignedTo/{made_id}"

    assert [204, 404] == [directory.delete(path).status_code for _ in range(2)]


# Queries.


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("displayName eq 'alpha'", ["alpha"]),
        ("displayName eq 'ALPHA'", ["alpha"]),
        ("displayName eq 'o''neil'", ["o'neil"]),
        ("startswith(displayName,'al')", ["alpha", "alps"]),
        ("startswith(displayName,'al') and displayName eq 'alps'", ["alps"]),
        ("displayName eq 'alpha' or displayName eq 'alps'", ["alpha", "alps"]),
        ("(displayName eq 'alpha' or displayName eq 'x') and tags/any(t:t eq 'A')", ["alpha"]),
        ("tags/any(t:t eq 'a')", ["alpha"]),
        ("identifierUris/any(s:s eq 'api://alps')", ["alps"]),
        ("displayName in ('alpha','alps')", ["alpha", "alps"]),
        ("appId eq '99999999-9999-4999-8999-999999999999'", []),
        ("displayName eq 'none'", []),
    ],
)
def test_applications_are_filtered(directory, condition, names):
    v2 = {"requestedAccessTokenVersion": 2}
    made(directory, displayName="alpha", tags=["a"])
    made(directory, displayName="alps", api=v2, identifierUris=["api://alps"])
    made(directory, displayName="o'neil")

    response = directory.get("/applications", params={"$filter": condition})

    assert names == [each["displayName"] for each in response.json()["value"]]


def test_some_properties_are_not_filtered_by(directory):
    condition = "startswith(displayName,'al') and notes eq 'x'"
    response = directory.get("/applications", params={"$filter": condition})

    assert (400, "Request_UnsupportedQuery") == error_of(response)[:2]


@pytest.mark.parametrize(
    "condition",
    ["servicePrincipalType eq 'ManagedIdentity'", "servicePrincipalNames/any(n:n eq '{0}')",
     "appId eq '{0}'", "appId eq {0}",
     "alternativeNames/any(a:a eq '/subscriptions/s/sites/core')"],
)  # fmt: skip
def test_a_managed_identity_is_found_by_what_is_known_of_it(azure, directory, condition):
    response = directory.get(
        "/servicePrincipals", params={"$filter": condition.format(azure.caller["appId"])}
    )

    assert [azure.caller["id"]] == [each["id"] for each in response.json()["value"]]


@pytest.mark.parametrize(
    "condition",
    ["displayName", "displayName eq", "displayName eq 'x", "displayName eq 'x' and", "(" * 5000,
     "displayName eq 'x')", "eq eq eq", "tags/any(t:x eq 'a')", "displayName like 'x'", "&", ""],
)  # fmt: skip
def test_a_filter_that_is_none_is_a_bad_request(directory, condition):
    response = directory.get("/applications", params={"$filter": condition})

    assert 400 == response.status_code


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "displayName ne 'x'"},
        {"$filter": "not startswith(displayName,'x')"},
        {"$filter": "endswith(displayName,'integration')"},
        {"$filter": "startswith(displayName,'integration')", "$orderby": "displayName"},
    ],
)
def test_advanced_queries_need_consistency_level_and_count(directory, query):
    made(directory)
    counted = query | {"$count": "true"}
    bare = directory.get("/applications", params=query)
    half = directory.get("/applications", params=counted)
    other_half = directory.get("/applications", params=query, headers=EVENTUAL)
    whole = directory.get("/applications", params=counted, headers=EVENTUAL)

    refused = (400, "Request_UnsupportedQuery", "Unsupported Query.")
    assert [refused] * 3 == [error_of(each) for each in (bare, half, other_half)]
    assert whole.json()["@odata.count"] == len(whole.json()["value"]) > 0


def test_selected_properties_come_alone(azure, directory, api):
    context = f"{azure.tenant.addresses.graph}/v1.0/$metadata#applications(id,uniqueName)"
    several = directory.get(
        "/applications?$select=id,uniqueName&$filter=displayName eq 'integration'"
    )
    one = directory.get(f"/applications/{api['application']['id']}?$select=id,uniqueName")

    expected = {"id": api["application"]["id"], "uniqueName": None}
    assert {"@odata.context": context, "value": [expected]} == several.json()
    assert {"@odata.context": f"{context}/$entity", **expected} == one.json()


@pytest.mark.parametrize(("top", "status"), [("1", 200), ("999", 200), ("0", 400), ("1000", 400),
                                             ("x", 400), ("²", 400)])  # fmt: skip
def test_a_page_holds_1_to_999_objects(directory, top, status):
    made(directory)

    response = directory.get("/applications", params={"$top": top})
    assert status == response.status_code
    assert top != "1" or len(response.json()["value"]) == 1


def test_unknown_options_are_not_ignored(directory):
    assert 400 == directory.get("/applications?$expand=owners").status_code


# Who may, and what goes wrong.


def test_errors_are_shaped_as_recorded(azure, directory, recorded):
    theirs = recorded("graph/graph_errors.json")[1]
    wanted = new_id()
    response = directory.get(f"/servicePrincipals/{wanted}")

    body, error = response.json()["error"], theirs["response_body"]["error"]
    assert theirs["status"] == response.status_code
    assert theirs["response_headers"]["content-type"] == response.headers["content-type"]
    assert error.keys() == body.keys()
    assert error["innerError"].keys() == body["innerError"].keys()
    assert error["message"].replace(theirs["url"].rsplit("/", 1)[1], wanted) == body["message"]
    assert response.headers["request-id"] == body["innerError"]["request-id"]
    when = datetime.fromisoformat(body["innerError"]["date"] + "+00:00")
    assert abs(when.timestamp() - azure.tenant.clock.now()) < 5


@pytest.mark.parametrize(
    ("roles", "reads", "writes", "assigns"),
    [
        ([], 403, 403, 403),
        (["Application.Read.All"], 200, 403, 403),
        (["Directory.Read.All"], 200, 403, 403),
        (["Application.ReadWrite.All"], 200, 201, 403),
        (["AppRoleAssignment.ReadWrite.All"], 403, 403, 403),
        (["AppRoleAssignment.ReadWrite.All", "Application.Read.All"], 200, 403, 201),
    ],
)
def test_permissions_say_who_may_what(
    azure, directory, api, recorded, roles, reads, writes, assigns
):
    azure.tenant.graph_rights[azure.operator["id"]] = tuple(roles)
    directory.token = azure.token().json()["access_token"]
    answers = [
        directory.get("/applications"),
        directory.post("/applications", json={"displayName": "x"}),
        assigned(azure, directory, api),
    ]

    denied = recorded("graph/errors.json")["denied"]["body"]["error"]
    assert [reads, writes, assigns] == [each.status_code for each in answers]
    assert {(403, denied["code"], denied["message"])} >= {
        error_of(each) for each in answers if each.status_code == 403
    }


def graph_claims(azure, **changes):
    now = int(azure.tenant.clock.now())
    return {
        "aud": "https://graph.microsoft.com",
        "iss": f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/",
        "nbf": now,
        "exp": now + 60,
        "roles": ["Directory.Read.All"],
    } | changes


@pytest.mark.parametrize("slashes", ["", "/", "//"])
@pytest.mark.parametrize("url", ["https://graph.microsoft.com", None])
def test_graph_goes_by_two_names_with_up_to_two_slashes(azure, directory, url, slashes):
    audience = (url or azure.tenant.addresses.graph) + slashes
    directory.token = signed(azure.tenant, graph_claims(azure, aud=audience))

    assert 200 == directory.get("/applications").status_code


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exp": 1}, "Access token has expired or is not yet valid."),
        ({"nbf": 9_999_999_999}, "Access token has expired or is not yet valid."),
        (
            {"aud": "https://management.azure.com"},
            "Access token validation failure. Invalid audience.",
        ),
        ({"aud": ["x"]}, "Access token validation failure. Invalid audience."),
        ({"iss": "https://elsewhere/"}, "Access token validation failure. Invalid issuer."),
    ],
)
def test_a_bad_token_is_401_with_the_reason(azure, directory, change, message):
    directory.token = signed(azure.tenant, graph_claims(azure, **change))
    response = directory.get("/applications")

    assert (401, "InvalidAuthenticationToken", message) == error_of(response)
    assert response.headers["www-authenticate"].startswith('Bearer realm="", authorization_uri="')


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic eDp5", "Bearer x.y.z"])
def test_no_token_is_401(azure, authorization):
    response = azure.client.get(
        f"{azure.tenant.addresses.graph}/v1.0/applications",
        headers={} if authorization is None else {"Authorization": authorization},
    )

    assert (401, "InvalidAuthenticationToken") == error_of(response)[:2]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"", "application/json"),
        (b"displayName=x", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_bad_request(directory, content, content_type):
    response = directory.post(
        "/applications", content=content, headers={"Content-Type": content_type}
    )

    assert 400 == response.status_code
    assert "error" in response.json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"),
        ("GET", "/servicePrincipals/x/memberOf"),
        ("GET", "/applications/x/y/z/w"),
        ("GET", "/applications(colour='red')"),
        ("PUT", "/applications"),
        ("DELETE", "/applications"),
    ],
)
def test_what_graph_does_not_serve_is_a_bad_request(directory, method, path):
    assert (400, "BadRequest") == error_of(directory.request(method, path))[:2]


def test_other_versions_are_refused(azure, directory):
    url = f"{azure.tenant.addresses.graph}/beta/applications"
    headers = {"Authorization": f"Bearer {directory.token}"}

    assert "Invalid version: beta" == error_of(azure.client.get(url, headers=headers))[2]


# Batches.


def batch(directory, *requests):
    return directory.post("/$batch", json={"requests": list(requests)})


def part(name, method="GET", url="/applications", **members):
    return {"id": name, "method": method, "url": url} | members


JSON = {"headers": {"Content-Type": "application/json"}}


def test_a_batch_answers_each_request_for_itself(directory, api):
    app_id = api["application"]["appId"]
    response = batch(
        directory,
        part("1", url="applications?$filter=displayName eq 'integration'&$select=appId"),
        part("2", url=f"/servicePrincipals(appId='{app_id}')"),
        part("3", url="/servicePrincipals/nobody"),
        part("4", "PATCH", f"/applications(appId='{app_id}')", body={"notes": "x"}, **JSON),
        part("5", "POST", "/applications", body={}, **JSON),
    )

    answers = {each["id"]: each for each in response.json()["responses"]}
    assert 200 == response.status_code
    assert {"1": 200, "2": 200, "3": 404, "4": 204, "5": 400} == {
        name: each["status"] for name, each in answers.items()
    }
    assert [{"appId": app_id}] == answers["1"]["body"]["value"]
    assert api["principal"]["id"] == answers["2"]["body"]["id"]
    assert "Request_ResourceNotFound" == answers["3"]["body"]["error"]["code"]


def test_a_batch_has_the_rights_of_who_sends_it(azure, directory):
    azure.tenant.graph_rights[azure.operator["id"]] = ("Application.Read.All",)
    directory.token = azure.token().json()["access_token"]
    response = batch(
        directory,
        part("1"),
        part(
            "2",
            "POST",
            body={"displayName": "x"},
            headers=JSON["headers"] | {"Authorization": "Bearer another"},
        ),
    )

    assert [200, 403] == [each["status"] for each in response.json()["responses"]]


def test_a_request_waits_for_those_it_depends_on(directory):
    response = batch(
        directory,
        part("last", url="/applications(uniqueName='a')", dependsOn=["first"]),
        part("first", "PATCH", "/applications(uniqueName='a')", body={"displayName": "x"},
             headers=JSON["headers"] | UPSERT),
        part("lost", dependsOn=["failing"]),
        part("failing", url="/applications/nobody"),
    )  # fmt: skip

    statuses = {each["id"]: each["status"] for each in response.json()["responses"]}
    assert {"first": 201, "last": 200, "failing": 404, "lost": 424} == statuses


@pytest.mark.parametrize(
    "requests",
    [
        [part(str(number)) for number in range(21)],
        [part("1"), part("1")],
        [part("1", dependsOn=["2"])],
        [part("1", dependsOn=["2"]), part("2", dependsOn=["1"])],
        [part("1", "POST")],
        [{"id": "1"}],
        ["x"],
        "x",
    ],
)
def test_a_bad_batch_is_refused_as_a_whole(directory, requests):
    response = directory.post("/$batch", json={"requests": requests})

    assert (400, "BadRequest") == error_of(response)[:2]


def test_a_batch_holds_twenty_requests(directory):
    response = batch(directory, *(part(str(number)) for number in range(20)))

    assert [200] * 20 == [each["status"] for each in response.json()["responses"]]
