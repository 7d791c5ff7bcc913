"""Scenes: the wire as miwire leaves it, and what shows over HTTP where one thing is broken."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import NAMESPACE_URL, uuid5

import jwt
import pytest

from miwire.lab import launcher
from miwire.lab.scenes import names

BROWSER = {"User-Agent": "Mozilla/5.0"}
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Wire:
    """Core calls integration, as its program would with azure-identity."""

    def __init__(self, lab, program=None):
        self.lab = lab
        if program:
            launcher.gate(lab.info, "integration", program)
        self.target = lab.site("integration")
        with lab.client("graph") as graph:
            name = f"miwire-{uuid5(NAMESPACE_URL, self.target['resourceId'].lower())}"
            response = graph.get(f"/v1.0/applications(uniqueName='{name}')").raise_for_status()
        self.application = response.json()
        self.app_id = self.application["appId"]

    def answer(self, resource=None, site="core"):
        """What the identity endpoint answers the program."""
        inside = self.lab.inside(site)
        query = {"api-version": "2019-08-01", "resource": resource or f"api://{self.app_id}"}
        if "AZURE_CLIENT_ID" in inside:
            query["client_id"] = inside["AZURE_CLIENT_ID"]
        headers = {"X-IDENTITY-HEADER": inside["IDENTITY_HEADER"]}
        return self.lab.http.get(inside["IDENTITY_ENDPOINT"], params=query, headers=headers)

    def refusal(self, resource=None):
        """Status and message of the identity endpoint."""
        response = self.answer(resource)
        return response.status_code, response.json()["message"]

    def claims(self, resource=None):
        token = self.answer(resource).json()["access_token"]
        return jwt.decode(token, options={"verify_signature": False})

    def call(self, resource=None, site="core"):
        """The status that the gate or the program gives the caller's token."""
        token = self.answer(resource, site).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return self.lab.http.get(self.target["url"], headers=headers).status_code

    def without_token(self, path="", headers=None):
        response = self.lab.http.get(self.target["url"] + path, headers=headers)
        return response.status_code

    def arm(self, path="", method="GET", site="integration"):
        with self.lab.client("arm") as arm:
            url = f"{self.lab.site(site)['resourceId']}{path}"
            return arm.request(method, url, params={"api-version": "2025-05-01"})

    def settings(self):
        return self.arm("/config/authsettingsV2").json()["properties"]


class _Yes(BaseHTTPRequestHandler):
    """A program that answers 200: it starts faster than the sample."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture(scope="module")
def program():
    """The URL of what stands behind integration's gate."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Yes) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)


@pytest.fixture
def wire(lab, program):
    """Makes a scene and returns the wire in it."""

    def make(scene):
        lab.reset(scene)
        return Wire(lab, program)

    return make


OPAQUE = (500, "An unexpected error occured while fetching the AAD Token.")
NOT_LOADED = (400, "Unable to load the proper Managed Identity.")


def test_the_wire_lets_core_in_and_nobody_else(wire):
    made = wire("wired")

    assert (200, 200) == (made.call(), made.call(made.app_id))
    assert 401 == made.without_token()
    assert ["Caller"] == made.claims()["roles"]
    assert OPAQUE[0] == made.answer(site="stranger").status_code


def miwire(lab, *arguments):
    environment = {**os.environ, **lab.environment, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "miwire", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


def found(lab):
    """All that a wire is made of, its ids replaced by their order."""
    with lab.client("arm") as arm, lab.client("graph") as graph:
        arm.params = {"api-version": "2025-05-01"}
        core, integration = (lab.site(name)["resourceId"] for name in ("core", "integration"))
        api = Wire(lab).app_id
        principal = f"/v1.0/servicePrincipals(appId='{api}')"
        documents = [
            arm.get(core).json().get("identity"),
            arm.get(f"{integration}/config/authsettingsV2").json()["properties"],
            arm.post(f"{integration}/config/authsettings/list").json()["properties"],
            arm.post(f"{integration}/config/appsettings/list").json()["properties"],
            graph.get(f"/v1.0/applications(appId='{api}')").json(),
            graph.get(principal).json(),
            graph.get(f"{principal}/appRoleAssignedTo").json()["value"],
        ]
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", json.dumps(documents))
    text = re.sub(r'"id": "[\w-]{43}"', '"id": "ASSIGNMENT"', text)
    ids = list(dict.fromkeys(GUID.findall(text)))
    return GUID.sub(lambda guid: f"id{ids.index(guid[0])}", text)


def test_the_wire_is_exactly_what_protect_leaves(lab):
    miwire(lab, "enable-identity", "core")
    miwire(lab, "protect", "integration", "--allow", "core", "--yes")
    made = json.loads(found(lab))
    lab.reset("wired")

    assert made == json.loads(found(lab))


def test_protect_has_nothing_to_do_in_the_wire(lab):
    lab.reset("wired")
    miwire(lab, "protect", "integration", "--allow", "core", "--yes")
    writes = [
        (each["method"], each["url"])
        for each in lab.requests()
        if each["method"] in {"PUT", "PATCH"} or "appRoleAssignedTo" in each["url"]
    ]

    assert [] == [each for each in writes if each[0] != "GET"]


@pytest.mark.parametrize("scene", names.NAMES)
def test_every_scene_can_be_had_and_left(lab, scene):
    assert scene == lab.reset(scene)["scene"]
    assert lab.operator_token(lab.arm)


@pytest.mark.parametrize(
    "scene",
    [
        "client-not-allowed",
        "empty-allow-list",
        "identity-not-allowed",
        "groups-checked",
        "ids-swapped",
        "stale-ids",
        "stopped",
        "private",
        "restricted",
        "firewall",
    ],
)
def test_core_has_a_good_token_and_is_refused_with_403(wire, scene):
    made = wire(scene)

    assert ["Caller"] == made.claims()["roles"]
    assert 403 == made.call()


def policy(made):
    provider = made.settings()["identityProviders"]["azureActiveDirectory"]
    return provider["validation"]["defaultAuthorizationPolicy"]


def test_the_list_of_clients_names_the_api_alone(wire):
    made = wire("client-not-allowed")

    assert [made.app_id] == policy(made)["allowedApplications"]


def test_the_list_of_clients_is_empty(wire):
    assert [] == policy(wire("empty-allow-list"))["allowedApplications"]


def test_the_identity_that_is_allowed_is_the_strangers(wire):
    made = wire("identity-not-allowed")
    stranger = made.arm(site="stranger").json()["identity"]["principalId"]

    assert [stranger] == policy(made)["allowedPrincipals"]["identities"]


def test_a_group_is_checked_beside_the_identity(wire):
    principals = policy(wire("groups-checked"))["allowedPrincipals"]

    assert (1, 1) == (len(principals["groups"]), len(principals["identities"]))


def test_the_ids_are_in_each_others_list(wire):
    made = wire("ids-swapped")
    claims, lists = made.claims(), policy(made)

    assert [claims["oid"]] == lists["allowedApplications"]
    assert [claims["azp"]] == lists["allowedPrincipals"]["identities"]


def test_the_lists_name_an_identity_that_is_gone(wire):
    made = wire("stale-ids")
    (listed,) = policy(made)["allowedPrincipals"]["identities"]
    with made.lab.client("graph") as graph:
        assert 404 == graph.get(f"/v1.0/servicePrincipals/{listed}").status_code
    assert made.claims()["oid"] != listed


def test_the_front_end_answers_where_integration_is_stopped(wire):
    made = wire("stopped")

    assert 403 == made.without_token()
    assert "Stopped" == made.arm().json()["properties"]["state"]


def test_the_front_end_answers_where_integration_has_no_public_access(wire):
    made = wire("private")
    response = made.lab.http.get(made.target["url"])

    assert "x-ms-forbidden-ip" in response.headers
    assert "Disabled" == made.arm().json()["properties"]["publicNetworkAccess"]


def test_the_front_end_answers_where_an_access_restriction_rejects_core(wire):
    made = wire("restricted")
    response = made.lab.http.get(made.target["url"])
    web = made.arm("/config/web").json()["properties"]

    assert "x-ms-forbidden-ip" in response.headers
    assert "Deny" == web["ipSecurityRestrictions"][-1]["action"]


def test_a_firewall_answers_with_the_page_of_its_gateway(wire):
    made = wire("firewall")

    assert "Application-Gateway" in made.lab.http.get(made.target["url"]).headers["server"]


def test_a_transposed_issuer_makes_authentication_fail_on_every_token(wire):
    made = wire("issuer-transposed")

    assert (500, 401) == (made.call(), made.without_token())


def test_an_app_setting_takes_the_challenge_away(wire):
    made = wire("no-challenge")
    response = made.lab.http.get(made.target["url"])

    assert 401 == response.status_code
    assert "www-authenticate" not in response.headers


@pytest.mark.parametrize(
    ("scene", "version", "audience"),
    [
        ("audience-not-allowed", "1.0", "api://{}"),
        ("bare-audience-missing", "2.0", "{}"),
        ("wrong-issuer", "2.0", "{}"),
    ],
)
def test_core_has_a_token_that_the_gate_does_not_believe(wire, scene, version, audience):
    made = wire(scene)
    claims = made.claims()

    assert (version, audience.format(made.app_id)) == (claims["ver"], claims["aud"])
    assert 401 == made.call()


def test_a_slash_that_core_asks_for_is_in_the_audience(wire):
    made = wire("trailing-slash")
    resource = made.lab.inside("core")["INTEGRATION_SCOPE"].removesuffix("/.default")

    assert f"api://{made.app_id}/" == resource == made.claims(resource)["aud"]
    assert 401 == made.call(resource)
    assert 200 == made.call()


def test_the_api_has_no_identifier_uri(wire):
    made = wire("no-identifier-uri")

    assert OPAQUE == made.refusal()
    assert [] == made.application["identifierUris"]
    assert 200 == made.call(made.app_id)


@pytest.mark.parametrize("scene", ["no-service-principal", "no-assignment", "may-not-assign"])
def test_core_gets_no_token_for_the_api(wire, scene):
    made = wire(scene)

    assert OPAQUE == made.refusal() == made.refusal(made.app_id)
    assert 200 == made.answer(made.lab.arm).status_code


def test_a_disabled_target_has_no_tokens_and_says_so_in_the_directory(wire):
    made = wire("target-principal-disabled")
    principal = made.lab.graph_get(f"servicePrincipals(appId='{made.app_id}')")

    assert principal["accountEnabled"] is False
    assert OPAQUE == made.refusal()
    assert 200 == made.answer(made.lab.arm).status_code
    made.lab.faults({"identityErrors": "aadsts"})
    assert " AADSTS500014: " in made.refusal()[1]


def test_a_disabled_caller_has_no_token_for_anything(wire):
    made = wire("caller-principal-disabled")
    principal_id = made.arm(site="core").json()["identity"]["principalId"]

    assert made.lab.graph_get(f"servicePrincipals/{principal_id}")["accountEnabled"] is False
    assert OPAQUE == made.refusal() == made.refusal(made.lab.arm)
    made.lab.faults({"identityErrors": "aadsts"})
    assert " AADSTS7000112: " in made.refusal()[1]


def test_graph_enables_a_service_principal_and_core_calls_again(wire):
    made = wire("target-principal-disabled")
    with made.lab.client("graph") as graph:
        path = f"/v1.0/servicePrincipals(appId='{made.app_id}')"
        assert 204 == graph.patch(path, json={"accountEnabled": True}).status_code
        refused = graph.patch(path, json={"accountEnabled": "no"})

    assert 400 == refused.status_code
    assert 200 == made.call()


@pytest.mark.parametrize(
    ("scene", "status"), [("no-service-principal", 404), ("no-assignment", 200)]
)
def test_the_apis_service_principal_is_there_or_not(wire, scene, status):
    made = wire(scene)
    with made.lab.client("graph") as graph:
        response = graph.get(f"/v1.0/servicePrincipals(appId='{made.app_id}')/appRoleAssignedTo")

    assert status == response.status_code
    assert not response.json().get("value")


@pytest.mark.parametrize("scene", ["only-user-assigned", "identity-vanished"])
def test_core_has_no_identity_of_its_own(wire, scene):
    made = wire(scene)

    assert NOT_LOADED == made.refusal()
    assert "UserAssigned" == made.arm(site="core").json()["identity"]["type"]


@pytest.mark.parametrize(("scene", "listed"), [("only-user-assigned", 1), ("identity-vanished", 0)])
def test_the_user_assigned_identity_is_the_wires_or_not(wire, scene, listed):
    made = wire(scene)
    (identity,) = made.arm(site="core").json()["identity"]["userAssignedIdentities"].values()

    assert listed == policy(made)["allowedApplications"].count(identity["clientId"])


def test_an_app_setting_names_the_wrong_identity(wire):
    status, message = wire("client-id-setting").refusal()

    assert 400 == status
    assert message.startswith("No User Assigned or Delegated Managed Identity found")


def test_the_identity_endpoint_is_off_and_arm_does_not_say_so(wire):
    made = wire("msi-disabled")

    assert "IDENTITY_ENDPOINT" not in made.lab.inside("core")
    assert "SystemAssigned" == made.arm(site="core").json()["identity"]["type"]


def test_the_token_is_older_than_the_role(wire):
    made = wire("role-not-in-token")

    assert "roles" not in made.claims()
    made.lab.advance(86401)
    assert ["Caller"] == made.claims()["roles"]


def test_the_token_outlives_the_role(wire):
    made = wire("role-still-in-token")

    assert (["Caller"], 200) == (made.claims()["roles"], made.call())
    made.lab.advance(86401)
    assert OPAQUE == made.refusal()


def test_no_role_is_required_and_none_is_held(wire):
    made = wire("role-not-required")

    assert "roles" not in made.claims()
    assert 200 == made.call()
    assert 403 == made.call(site="stranger")


def test_any_identity_of_the_tenant_gets_in(wire):
    made = wire("any-in-tenant")

    assert (200, 200) == (made.call(), made.call(site="stranger"))
    assert 401 == made.without_token()


@pytest.mark.parametrize("scene", ["anonymous-allowed", "gate-off", "config-file"])
def test_nobody_asks_for_a_token(wire, scene):
    made = wire(scene)

    assert 200 == made.without_token()


def test_the_file_decides_until_arm_no_longer_names_it(wire):
    made = wire("config-file")
    settings = made.settings()

    assert "Return401" == settings["globalValidation"]["unauthenticatedClientAction"]
    listed = made.arm("/config/authsettings/list", "POST").json()["properties"]
    assert "True" == listed["isAuthFromFile"]
    del settings["platform"]["configFilePath"]
    with made.lab.client("arm") as arm:
        path = f"{made.target['resourceId']}/config/authsettingsV2?api-version=2025-05-01"
        arm.put(path, json={"properties": settings}).raise_for_status()
    assert (401, 200) == (made.without_token(), made.call())


def test_one_path_is_open(wire):
    made = wire("excluded-path")

    assert (200, 401) == (made.without_token("/items"), made.without_token())


def test_the_warmup_path_is_open_and_no_other(wire):
    made = wire("warmup-path")
    statuses = [made.without_token(path) for path in ("/", "/?a=1", "/items", "//")]

    assert [200, 200, 401, 401] == statuses
    assert "Return401" == made.settings()["globalValidation"]["unauthenticatedClientAction"]


def test_the_warmup_path_needs_a_token_where_the_switch_says_so(wire):
    made = wire("warmup-path")
    made.lab.faults({"gate": {"warmupPathOpen": False}})

    assert (401, 200) == (made.without_token("/"), made.call())


@pytest.mark.parametrize(
    ("setting", "path"),
    [("items", "/items"), ("/*", "/items"), ("/Items", "/items"), ("/items", "/items/")],
)
def test_a_warmup_path_opens_only_what_it_names(wire, setting, path):
    made = wire("wired")
    made.lab.put_app_settings("integration", WEBSITE_WARMUP_PATH=setting)

    assert 401 == made.without_token(path)


def test_a_caller_that_is_not_allowed_is_refused_at_the_warmup_path(wire):
    made = wire("warmup-path")
    token = made.lab.token({"aud": made.app_id}, site="stranger")

    assert 403 == made.without_token("/", {"Authorization": f"Bearer {token}"})


def test_no_path_is_open_because_of_the_quotes(wire):
    made = wire("quoted-path")

    assert ['"/items"'] == made.settings()["globalValidation"]["excludedPaths"]
    assert 401 == made.without_token("/items")


def test_browsers_are_sent_to_a_sign_in_page(wire):
    made = wire("redirects")

    assert (302, 401) == (made.without_token(headers=BROWSER), made.without_token())
    assert 200 == made.call()


def test_a_slot_of_core_is_a_stranger(wire):
    made = wire("slot-forgotten")

    assert 200 == made.call()
    assert 500 == made.answer(site="core/staging").status_code
    assert "SystemAssigned" == made.arm("/slots/staging", site="core").json()["identity"]["type"]


def test_the_operator_may_not_assign_the_role(wire):
    made = wire("may-not-assign")
    with made.lab.client("graph") as graph:
        path = f"/v1.0/servicePrincipals(appId='{made.app_id}')/appRoleAssignedTo"
        response = graph.post(path, json={})

    assert (403, "Authorization_RequestDenied") == (
        response.status_code,
        response.json()["error"]["code"],
    )


def test_the_operator_reads_and_does_no_more(wire):
    made = wire("operator-reads")

    assert 200 == made.arm("/config/authsettingsV2").status_code
    assert 403 == made.arm("/config/authsettingsV2/list").status_code
    assert 200 == made.call()


def test_the_gate_looks_at_no_issuer(wire):
    made = wire("issuer-unchecked")
    claims = made.claims() | {"iss": "https://elsewhere.example/", "tid": "other"}
    headers = {"Authorization": f"Bearer {made.lab.token(claims)}"}

    assert 200 == made.call()
    assert 200 == made.without_token(headers=headers)
