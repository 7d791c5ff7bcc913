"""What answers in place of an app: App Service's front end, and gateways in front of it."""

import pytest

from miwire.lab.faults.answers import BY_FRONT, BY_STATE, FRONTS, STATES
from miwire.lab.faults.config import FaultConfig

UNAVAILABLE = "<title>Web App - Unavailable</title>"
SEEN = {
    "stopped": (403, "Site Disabled", UNAVAILABLE, 1148),
    "quota-exceeded": (403, "Site Disabled", "Error 403 - This web app is stopped.", 1148),
    "private": (403, "Ip Forbidden", UNAVAILABLE, 1892),
    "restricted": (403, "Ip Forbidden", '<h1 id="unavailable">Error 403 - Forbidden</h1>', 1892),
    "client-certificate": (403, "Forbidden", "Client certificate required", 128),
    "not-found": (
        404,
        "Site Not Found",
        "<title>Microsoft Azure Web App - Error 404</title>",
        None,
    ),
    "starting": (503, "Service Unavailable", ":( Application Error", None),
    "unavailable": (503, "Service Unavailable", "The service is unavailable.", 27),
    "bad-gateway": (502, "Bad Gateway", "<title>502 - Web server received an invalid", None),
    "request-too-long": (400, "Bad Request", "<h2>Bad Request - Request Too Long</h2>", None),
    "headers-too-large": (431, "Request Header Fields Too Large", "", 0),
}
"""Status, reason phrase, a part of the body and its length, where that was captured."""


@pytest.mark.parametrize("state", [each.name for each in STATES])
def test_the_front_end_answers_for_an_app_in_each_state_as_it_was_seen(lab, http, state):
    status, reason, part, length = SEEN[state]
    lab.faults({"sites": {"stranger": state}})
    response = http.get(lab.url("stranger"))

    assert (status, reason) == (response.status_code, response.reason_phrase)
    assert part in response.text
    assert length in {None, len(response.content)}
    assert "$" not in response.text
    assert "x-ms-middleware-request-id" not in response.headers
    assert "sites" == lab.requests("gate")[0]["fault"]
    lab.faults({})
    assert 200 == http.get(lab.url("stranger")).status_code


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("stopped", ("Stopped", None, False)),
        ("quota-exceeded", ("QuotaExceeded", None, False)),
        ("private", ("Running", "Disabled", False)),
        ("client-certificate", ("Running", None, True)),
        ("starting", ("Running", None, False)),
    ],
)
def test_arm_shows_why_the_front_end_answers_where_it_knows(lab, arm, state, shown):
    stranger = lab.site("stranger")["resourceId"]
    lab.faults({"sites": {stranger: state}})
    found = arm.get(stranger).json()["properties"]
    before = [each for each in (found["publicNetworkAccess"],) if each is not None]

    assert shown == (found["state"], (before or [None])[0], found["clientCertEnabled"])


def test_arm_shows_the_restriction_that_refuses_the_caller(lab, arm):
    lab.faults({"sites": {"RG-Story/stranger": "restricted"}})
    web = arm.get(f"{lab.site('stranger')['resourceId']}/config/web").json()["properties"]

    assert ["Allow", "Deny"] == [each["action"] for each in web["ipSecurityRestrictions"]]
    assert "Deny" == web["ipSecurityRestrictionsDefaultAction"]


@pytest.mark.parametrize("state", ["private", "restricted"])
def test_the_page_of_a_refused_address_has_the_address_in_a_header(lab, http, state):
    lab.faults({"sites": {"stranger": state}})

    assert "127.0.0.1" == http.get(lab.url("stranger")).headers["x-ms-forbidden-ip"]


def test_an_app_that_arm_stops_answers_again_when_arm_starts_it(lab, http, arm):
    stranger = lab.site("stranger")
    arm.post(f"{stranger['resourceId']}/stop").raise_for_status()
    stopped = http.get(stranger["url"])

    assert (403, "Site Disabled") == (stopped.status_code, stopped.reason_phrase)
    assert "Stopped" == arm.get(stranger["resourceId"]).json()["properties"]["state"]
    arm.post(f"{stranger['resourceId']}/start").raise_for_status()
    assert 200 == http.get(stranger["url"]).status_code


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"publicNetworkAccess": "Disabled"}, "private"),
        ({"clientCertEnabled": True}, "client-certificate"),
    ],
)
def test_a_property_that_arm_changes_makes_the_front_end_answer(lab, http, arm, changed, state):
    stranger = lab.site("stranger")
    arm.patch(stranger["resourceId"], json={"properties": changed}).raise_for_status()

    assert SEEN[state][2] in http.get(stranger["url"]).text


def rule(address, action="Allow", priority=100):
    return {"ipAddress": address, "action": action, "priority": priority, "name": "a rule"}


@pytest.mark.parametrize(
    ("rules", "default", "status"),
    [
        ([rule("203.0.113.9/32")], None, 403),
        ([rule("127.0.0.0/8")], None, 200),
        ([rule("203.0.113.9/32, 127.0.0.1/32")], None, 200),
        ([rule("127.0.0.1/32", "Deny")], "Allow", 403),
        ([rule("203.0.113.9/32", "Deny")], "Allow", 200),
        ([rule("Any", "Deny", 200), rule("127.0.0.1/32", "Allow", 100)], None, 200),
        ([rule("Any", "Deny", 100), rule("127.0.0.1/32", "Allow", 200)], None, 403),
        ([{**rule("AzureFrontDoor.Backend"), "tag": "ServiceTag"}], None, 403),
        ([], "Deny", 403),
    ],
)
def test_the_first_access_restriction_that_fits_decides(lab, http, arm, rules, default, status):
    stranger = lab.site("stranger")
    written = {"ipSecurityRestrictions": rules, "ipSecurityRestrictionsDefaultAction": default}
    url = f"{stranger['resourceId']}/config/web"
    arm.patch(url, json={"properties": written}).raise_for_status()

    assert status == http.get(stranger["url"]).status_code


@pytest.mark.parametrize(
    "written",
    [
        {"ipSecurityRestrictions": [{"action": "Deny"}]},
        {"ipSecurityRestrictions": [{"ipAddress": "300.0.0.1", "action": "Deny"}]},
        {"ipSecurityRestrictions": [{"ipAddress": "Any", "action": "Maybe"}]},
        {"ipSecurityRestrictions": {"ipAddress": "Any"}},
        {"ipSecurityRestrictionsDefaultAction": "Maybe"},
    ],
)
def test_a_restriction_that_is_none_is_refused(lab, arm, written):
    url = f"{lab.site('stranger')['resourceId']}/config/web"

    assert 400 == arm.patch(url, json={"properties": written}).status_code


ANSWERING = [each.name for each in FRONTS if each.page and not each.user_agents]


@pytest.mark.parametrize("name", ANSWERING)
def test_a_front_that_answers_keeps_every_request_from_the_app(lab, http, name):
    lab.faults({"fronts": {"stranger": name}})
    response = http.get(f"{lab.url('stranger')}/items?x=1")
    page = BY_FRONT[name].page

    assert page.status == response.status_code
    assert {each.lower() for each in (*page.headers, *BY_FRONT[name].headers)} <= {
        *response.headers
    }
    assert "$" not in response.text + "".join(response.headers.values())
    assert "fronts" == lab.requests("gate")[0]["fault"]


def test_the_page_of_application_gateway_has_the_captured_length(lab, http):
    lab.faults({"fronts": {"stranger": "waf-403"}})

    assert 179 == len(http.get(lab.url("stranger")).content)


def test_a_redirect_to_https_leads_back_to_where_it_came_from(lab, http):
    lab.faults({"fronts": {"stranger": "https-redirect"}})
    url = f"{lab.url('stranger')}/items?x=1"

    assert url == http.get(url).headers["location"]


@pytest.mark.parametrize(
    ("agent", "status"),
    [("python-httpx/0.28.1", 403), ("Python-urllib/3.13", 403), ("miwire/0.1.0", 200)],
)
def test_a_firewall_refuses_the_names_of_scripting_libraries(lab, http, agent, status):
    lab.faults({"fronts": {"stranger": "waf"}})

    assert status == http.get(lab.url("stranger"), headers={"User-Agent": agent}).status_code


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("application-gateway", set()),
        ("front-door", {"x-azure-ref", "x-cache"}),
        ("cloudflare", {"cf-ray", "cf-cache-status"}),
    ],
)
def test_a_front_that_passes_requests_on_marks_every_answer(lab, http, name, headers):
    lab.faults({"fronts": {"stranger": name}})
    response = http.get(lab.url("stranger"))

    assert 200 == response.status_code
    assert headers <= {*response.headers}
    assert ("cloudflare" if name == "cloudflare" else None) == response.headers.get("server")


def test_a_challenge_of_authentication_passes_through_a_front(azure_settings, lab, http):
    azure_settings("stranger")
    lab.faults({"fronts": {"stranger": "cloudflare"}})
    response = http.get(lab.url("stranger"))

    assert 401 == response.status_code
    assert response.headers["www-authenticate"].startswith('Bearer realm="')
    assert "cloudflare" == response.headers["server"]


@pytest.fixture
def azure_settings(lab):
    """Turns authentication on in front of an app."""

    def turn_on(name):
        registration = {"clientId": "11111111-aaaa-4aaa-8aaa-111111111111"}
        lab.put_settings(
            {
                "platform": {"enabled": True},
                "globalValidation": {"unauthenticatedClientAction": "Return401"},
                "identityProviders": {"azureActiveDirectory": {"registration": registration}},
            },
            name,
        )

    return turn_on


def test_a_program_sees_what_its_gateway_adds_and_not_what_a_caller_made_up(azure, monkeypatch):
    azure.site.document["properties"]["resourceGroup"] = "rg"
    monkeypatch.setattr(azure.tenant, "faults", FaultConfig(fronts={"core": "front-door"}))
    made_up = {"X-Azure-ClientIP": "198.51.100.7", "X-Own": "kept"}
    seen = dict(azure.client.get(azure.gate, headers=made_up).json()["headers"])

    assert ("127.0.0.1", "kept") == (seen["x-azure-clientip"], seen["x-own"])


def test_every_state_and_front_says_where_it_was_seen():
    assert BY_STATE.keys() == SEEN.keys()
    assert all(each.doc and each.evidence for each in (*STATES, *FRONTS))
