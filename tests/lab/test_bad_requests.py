"""Requests that once had a failure of the lab's own for an answer, and those like them."""

import json
import socket
import ssl
import time
from urllib.parse import urlsplit

import pytest

CONTENT = b"x" * 10_000_000
FORM = b"a=" + CONTENT


@pytest.fixture
def graph(lab):
    with lab.client("graph") as client:
        yield client


def closed_in(lab, site, **registration):
    """Put *site* behind a gate with an Entra ID *registration*."""
    provider = {"registration": registration, "validation": {}}
    properties = {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {"azureActiveDirectory": provider},
    }
    with lab.client("arm") as arm:
        settings = f"{lab.site(site)['resourceId']}/config/authsettingsV2?api-version=2025-05-01"
        arm.put(settings, json={"properties": properties}).raise_for_status()


def logged(lab):
    log = lab.info.state_dir / "lab.log"
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "BREW"])
def test_a_method_that_nobody_has_is_refused_in_each_services_words(lab, http, method):
    def refused(url):
        answer = http.request(method, url)
        return answer.status_code, answer.json()

    assert (405, "HttpMethodNotSupported") == (
        (arm := refused(f"{lab.arm}/subscriptions"))[0],
        arm[1]["error"]["code"],
    )
    assert (400, "BadRequest") == (
        (graph := refused(f"{lab.graph}/v1.0/applications"))[0],
        graph[1]["error"]["code"],
    )
    assert (400, [900561]) == (
        (entra := refused(f"{lab.entra}/{lab.tenant_id}/oauth2/v2.0/token"))[0],
        entra[1]["error_codes"],
    )
    assert (405, 405) == (
        (identity := refused(lab.environment["IDENTITY_ENDPOINT"]))[0],
        identity[1]["statusCode"],
    )


@pytest.mark.parametrize("service", ["arm", "graph", "entra"])
def test_a_path_is_never_redirected_to_a_host_that_the_caller_named(lab, http, service):
    answer = http.get(f"{getattr(lab, service)}/v1.0", headers={"Host": "evil.example"})

    assert answer.status_code in {400, 401, 404}
    assert "location" not in answer.headers


def test_ten_megabytes_are_refused_by_arm_and_graph_and_read_by_the_others(lab, http, arm, graph):
    settings = f"{lab.site('core')['resourceId']}/config/appsettings"
    in_json = json.dumps({"properties": {"A": "x" * len(CONTENT)}})
    header = {"Content-Type": "application/json"}
    to_arm = [arm.put(settings, content=each) for each in (in_json, "{" + in_json, CONTENT)]
    to_graph = graph.post("/v1.0/$batch", content=in_json, headers=header)

    assert [(413, "RequestContentTooLarge")] * 3 == [
        (answer.status_code, answer.json()["error"]["code"]) for answer in to_arm
    ]
    assert (413, "RequestEntityTooLarge") == (
        to_graph.status_code,
        to_graph.json()["error"]["code"],
    )
    assert 413 == http.post(f"{lab.entra}/common/oauth2/v2.0/token", content=FORM).status_code
    assert 413 == lab.control("POST", "reset", content=CONTENT).status_code
    endpoint = lab.environment["IDENTITY_ENDPOINT"]
    assert 401 == http.request("GET", endpoint, content=CONTENT).status_code
    assert 200 == http.post(lab.url("stranger"), content=CONTENT).status_code


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000, '{"a": 1e999}'])
def test_what_only_python_takes_for_json_is_none(lab, arm, graph, text):
    header = {"Content-Type": "application/json"}
    settings = f"{lab.site('core')['resourceId']}/config/authsettingsV2"
    to_arm = arm.put(settings, content=text)
    to_graph = graph.post("/v1.0/applications", content=text, headers=header)

    assert "InvalidRequestContent" == to_arm.json()["error"]["code"]
    assert "Unable to read JSON" in to_graph.json()["error"]["message"]


@pytest.mark.parametrize("words", ["not " * 3000 + "appId eq 'a'", "(" * 3000, "not (" * 15])
def test_a_filter_that_is_nested_too_deep_is_invalid(graph, words):
    answer = graph.get("/v1.0/applications", params={"$filter": words})

    assert (400, "Invalid filter clause") == (
        answer.status_code,
        answer.json()["error"]["message"],
    )


def test_credentials_of_foreign_letters_are_none(lab, http):
    url = f"{lab.entra}/{lab.tenant_id}/oauth2/v2.0/token"
    answer = http.post(url, headers={"Authorization": b"Basic \xe9\xff="})

    assert [900144] == answer.json()["error_codes"]


@pytest.mark.parametrize("oid", ["\ud800", "日本", "a\0b", "\r\nX-Forged: 1"])
def test_a_caller_of_odd_letters_gets_through_the_gate(lab, http, oid):
    issuer = f"{lab.entra}/{lab.tenant_id}/v2.0"
    claims = {"aud": "api://odd", "azp": "api://odd", "appid": "api://odd", "oid": oid}
    asked = json.dumps({"claims": claims, "site": "stranger"})
    token = lab.control("POST", "tokens", content=asked).json()["access_token"]
    closed_in(lab, "integration", clientId="api://odd", openIdIssuer=issuer)
    answer = http.get(lab.url("integration"), headers={"Authorization": f"Bearer {token}"})

    assert 200 == answer.status_code


def test_an_issuer_that_is_no_url_has_no_metadata(lab, http):
    issuer = f"https://[/{lab.tenant_id}/v2.0"
    closed_in(lab, "integration", clientId="api://odd", openIdIssuer=issuer)
    token = lab.token({"aud": "api://odd"}, site="stranger")
    answer = http.get(lab.url("integration"), headers={"Authorization": f"Bearer {token}"})

    assert 500 == answer.status_code


def test_an_identity_of_foreign_letters_is_where_its_location_says(lab, arm):
    group = lab.site("core")["resourceId"].partition("/providers/")[0]
    name = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/日本"
    made = arm.put(f"{group}/{name}", json={"location": "westeurope"})

    assert 201 == made.status_code
    assert made.json() == arm.get(made.headers["Location"]).json()


@pytest.mark.parametrize("name", ["a%3Ab", "a%00b", "a%3Cb", "a%25b", "a%0Db"])
def test_a_name_of_characters_that_arm_allows_in_none_is_refused(lab, arm, name):
    core = lab.site("core")["resourceId"]
    answer = arm.get(f"{core.removesuffix('core')}{name}")

    assert (400, "InvalidResourceName") == (answer.status_code, answer.json()["error"]["code"])


def test_settings_that_no_process_can_hold_leave_the_app_without_a_program(lab, arm, http):
    settings = f"{lab.site('core')['resourceId']}/config/appsettings"
    arm.put(settings, json={"properties": {"A": "x" * 200_000}}).raise_for_status()

    assert 503 == http.get(lab.url("core")).status_code


@pytest.mark.parametrize("service", ["arm", "graph", "entra", "gate"])
def test_a_caller_that_hangs_up_in_the_middle_leaves_no_trace(lab, service):
    before = logged(lab)
    url = lab.url("integration") if service == "gate" else getattr(lab, service)
    paths = {"arm": "/subscriptions", "graph": "/v1.0/applications", "gate": "/items"}
    path = paths.get(service, f"/{lab.tenant_id}/oauth2/v2.0/token")
    token = lab.operator_token(lab.graph if service == "graph" else lab.arm)
    head = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", "Content-Length: 99"]
    head += [f"Authorization: Bearer {token}", "Content-Type: application/json", "", '{"a"']
    context = ssl.create_default_context(cafile=lab.ca)
    address = (urlsplit(url).hostname, urlsplit(url).port)
    with (
        socket.create_connection(address, 30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall("\r\n".join(head).encode())
    ends = time.monotonic() + 5
    while len(lab.requests(service)) < 1 and time.monotonic() < ends:
        time.sleep(0.02)

    assert 1 == len(lab.requests(service))
    assert "" == logged(lab).removeprefix(before)


def test_a_flood_of_headers_is_refused_and_hinders_nobody(lab, http):
    headers = [(f"X-Flood-{number}", "a" * 90) for number in range(1000)]
    answer = http.get(f"{lab.arm}/subscriptions", headers=headers)

    assert answer.status_code in {400, 401}
    assert 401 == http.get(f"{lab.arm}/subscriptions?api-version=2022-12-01").status_code
