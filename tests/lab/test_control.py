"""The lab's own routes: what was asked, back to the start, the clock, tokens for tests."""

import time

import jwt
import pytest


def test_every_request_to_every_service_is_written_down_in_order(lab):
    lab.reset()
    token = lab.operator_token(lab.arm)
    lab.http.get(f"{lab.entra}/common/v2.0/.well-known/openid-configuration")
    lab.http.get(f"{lab.graph}/v1.0/applications?$top=1")
    lab.http.get(f"{lab.url('stranger')}/some/path?a=b")

    services = [entry["service"] for entry in lab.requests()]
    assert ["identity", "entra", "graph", "gate"] == services
    gate = lab.requests("gate")[0]
    assert ("GET", f"{lab.url('stranger')}/some/path?a=b", 200) == (
        gate["method"],
        gate["url"],
        gate["status"],
    )
    assert token not in lab.control("GET", "requests").text


def test_control_requests_are_written_down_as_such(lab):
    lab.reset()
    lab.status()

    assert ["/_lab/status"] == [
        request["url"].removeprefix(lab.arm) for request in lab.requests("control")
    ]


def test_a_request_tells_when_it_began_and_how_long_it_took(lab):
    lab.reset()
    lab.http.get(f"{lab.arm}/subscriptions")
    (entry,) = lab.requests("arm")

    assert {"method", "url", "service", "status", "startedAt", "elapsedMs"} == set(entry)
    assert entry["startedAt"].startswith(time.strftime("%Y-", time.gmtime()))
    assert 0 <= entry["elapsedMs"] < 5000


def test_the_parts_of_a_batch_are_written_down(lab):
    lab.reset()
    with lab.client("graph") as graph:
        parts = [{"id": "1", "method": "GET", "url": "/applications?$top=1"}]
        graph.post("/v1.0/$batch", json={"requests": parts}).raise_for_status()

    assert [{"method": "GET", "url": "/applications?$top=1"}] == lab.requests("graph")[0]["parts"]


def test_a_reset_keeps_ids_urls_and_secrets(lab):
    before = lab.status()
    environment, inside = lab.environment, lab.inside("stranger")
    lab.reset("empty")
    lab.reset("story")
    after = lab.status()

    assert before["sites"] == after["sites"]
    assert inside == lab.inside("stranger")
    assert lab.operator_token(lab.arm)
    assert environment["AZURE_TENANT_ID"] == after["tenantId"]


def test_a_reset_takes_back_what_was_changed(lab, arm):
    core = lab.site("core")["resourceId"]
    arm.patch(core, json={"identity": {"type": "SystemAssigned"}}).raise_for_status()
    lab.advance(3600)
    lab.reset()

    assert not lab.site("core")["hasIdentity"]
    assert lab.status()["now"][:16] <= time.strftime("%Y-%m-%dT%H:%M", time.gmtime())


def test_a_reset_empties_the_folders_of_programs(lab, http):
    url = lab.url("integration")
    http.delete(f"{url}/items/1").raise_for_status()
    shorter = len(http.get(url).json()["items"])
    lab.reset()

    assert shorter + 1 == len(http.get(url).json()["items"])


@pytest.mark.parametrize(
    "scene",
    [
        "story",
        "empty",
        "user-assigned",
        "reader",
        "contributor",
        "twins",
        "two-tenants",
        "classic",
        "signing-in",
        "signing-in-microsoft",
    ],
)
def test_every_scene_can_be_built_and_left(lab, scene):
    assert {"scene": scene} == lab.reset(scene)
    assert scene == lab.status()["scene"]


def test_there_is_no_scene_of_another_name(lab):
    response = lab.control("POST", "reset", json={"scene": "tragedy"})

    assert 400 == response.status_code
    assert "story" in response.json()["error"]["message"]


def test_the_clock_moves_what_tokens_say(lab):
    lab.advance(86_400)
    claims = jwt.decode(lab.operator_token(lab.arm), options={"verify_signature": False})

    assert 86_400 - 300 == pytest.approx(claims["iat"] - time.time(), abs=5)


@pytest.mark.parametrize("advance", [None, "1", True, 1e300, [1]])
def test_the_clock_moves_by_seconds_only(lab, advance):
    assert 400 == lab.control("POST", "clock", json={"advance": advance}).status_code
    assert lab.operator_token(lab.arm)


def test_a_token_has_the_claims_that_were_asked_for(lab):
    token = lab.token({"aud": "api://anything", "exp": 1, "odd": [1]})
    claims = jwt.decode(token, options={"verify_signature": False})

    assert ("api://anything", 1, [1]) == (claims["aud"], claims["exp"], claims["odd"])
    assert {"aud", "exp", "iat", "iss", "nbf", "odd", "tid", "ver"} == set(claims)


def test_a_token_is_signed_by_a_key_that_entra_id_publishes(lab, http):
    keys = http.get(f"{lab.entra}/{lab.tenant_id}/discovery/v2.0/keys").json()
    token = lab.token({"aud": "api://anything"})
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(jwt.PyJWK(each, "RS256") for each in keys["keys"] if each["kid"] == kid)

    assert lab.tenant_id == jwt.decode(token, key, ["RS256"], audience="api://anything")["tid"]


def test_the_token_of_an_app_is_that_of_its_identity(lab, arm):
    principal = arm.get(lab.site("stranger")["resourceId"]).json()["identity"]["principalId"]
    claims = jwt.decode(
        lab.token({"aud": "api://anything"}, site="stranger"), options={"verify_signature": False}
    )

    assert (principal, principal, "2") == (claims["oid"], claims["sub"], claims["appidacr"])


def test_the_registration_that_the_audience_names_decides_the_version(lab):
    with lab.client("graph") as graph:
        wanted = {"displayName": "orders", "api": {"requestedAccessTokenVersion": 2}}
        app = graph.post("/v1.0/applications", json=wanted).json()
        graph.post("/v1.0/servicePrincipals", json={"appId": app["appId"]}).raise_for_status()
    token = lab.token({"aud": app["appId"]}, site="stranger")
    claims = jwt.decode(token, options={"verify_signature": False})

    assert ("2.0", f"{lab.entra}/{lab.tenant_id}/v2.0") == (claims["ver"], claims["iss"])
    assert "appid" not in claims
    assert claims["azp"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"claims": {}, "site": "core"}, 400, id="an app without an identity"),
        pytest.param({"claims": {}, "site": "nothing"}, 404, id="no such app"),
        pytest.param({"claims": []}, 400, id="claims that are no object"),
        pytest.param([], 400, id="no object"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_in_a_sentence(lab, body, status):
    response = lab.control("POST", "tokens", json=body)

    assert status == response.status_code
    assert response.json()["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
    ],
)
def test_a_web_page_cannot_ask(lab, headers):
    for method, name in (("GET", "status"), ("POST", "tokens"), ("POST", "reset")):
        assert 403 == lab.control(method, name, headers=headers).status_code


def test_two_apps_of_one_name_are_told_apart_by_their_group(lab):
    lab.reset("twins")
    both = lab.control("GET", "environment?site=integration")
    one = lab.control("GET", "environment?site=rg-twin/integration")

    assert (404, 200) == (both.status_code, one.status_code)
    assert "rg-story/integration and rg-twin/integration" in both.json()["error"]["message"]


def test_the_status_holds_no_secrets(lab):
    text = lab.control("GET", "status").text

    assert {"name", "url", "resourceId", "hasIdentity", "program", "upstream"} == set(
        lab.site("core")
    )
    for name in ("IDENTITY_HEADER", "MIWIRE_LAB_CLIENT_SECRET", "MIWIRE_LAB_KEY"):
        assert lab.environment[name] not in text


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(lab, content):
    assert 400 == lab.control("POST", "reset", content=content).status_code


def test_other_control_routes_do_not_exist(lab):
    response = lab.control("GET", "secrets")

    assert (404, "There is no GET /_lab/secrets.") == (
        response.status_code,
        response.json()["error"]["message"],
    )
