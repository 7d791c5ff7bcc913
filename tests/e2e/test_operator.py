"""probe and connect as the one who runs them, who is allowed only if the settings say so."""

import http.server
import re
import threading

import pytest


def case(ended, name="operator"):
    found = ended.document["cases"] if "cases" in ended.document else ended.document["proof"]
    return next(each for each in found if each["name"] == name)


def finding(ended, id_):
    return [each for each in ended.document["findings"] if each["id"] == id_]


@pytest.fixture
def scene(lab):
    def entered(name):
        lab.reset(name)

    return entered


def api(lab, **properties):
    """Change the API's service principal."""
    with lab.client("graph") as graph:
        answer = graph.patch(f"/v1.0/servicePrincipals(appId='{lab.audience()}')", json=properties)
    answer.raise_for_status()


def test_a_good_connection_probed_by_its_operator_holds(scene, quick):
    scene("wired")
    ended = quick("probe", "integration", "-o", "json")
    you = case(ended)

    assert (0, True) == (ended.code, ended.document["ok"])
    assert (None, True, "refused") == (you["status"], you["ok"], you["expected"])
    assert "no app role" in you["why"]
    assert ["without-token", "operator"] == [each["name"] for each in ended.document["cases"]]
    assert [] == [each["fix"] for each in ended.document["findings"] if each["fix"]]


def test_people_are_told_that_it_is_as_it_should_be(scene, quick):
    scene("wired")
    ended = quick("probe", "integration", COLUMNS="80")

    assert 0 == ended.code
    assert re.search(r"✓ without a token +401 +App Service authentication", ended.out)
    assert "✓ you" in ended.out
    assert "As it should be" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_a_stranger_with_a_token_is_refused_by_the_platform_as_it_should_be(scene, quick, lab):
    scene("wired")
    api(lab, appRoleAssignmentRequired=False)
    ended = quick("probe", "integration", "-o", "json")
    you = case(ended)

    assert (0, 403, True, "platform") == (ended.code, you["status"], you["ok"], you["from"])
    assert "403 without a body" in you["evidence"]


@pytest.mark.usefixtures("lab")
def test_an_unrelated_identity_that_is_allowed_is_a_failure(scene, quick):
    scene("any-in-tenant")
    ended = quick("probe", "integration", "-o", "json")

    assert (1, 200, False) == (ended.code, case(ended)["status"], case(ended)["ok"])
    assert "unrelated identity" in case(ended)["why"]
    assert [("fail", "miwire protect rg-story/integration")] == [
        (each["verdict"], each["fix"]) for each in finding(ended, "MIW406")
    ]


def test_an_operator_in_the_list_is_allowed_as_the_settings_want(scene, quick, lab):
    scene("wired")
    api(lab, appRoleAssignmentRequired=False)
    settings = lab.settings()
    provider = settings["identityProviders"]["azureActiveDirectory"]
    policy = provider["validation"]["defaultAuthorizationPolicy"]
    me = lab.environment["MIWIRE_LAB_CLIENT_ID"]
    policy["allowedApplications"] = [*policy["allowedApplications"], me]
    policy["allowedPrincipals"] = {}
    lab.put_settings(settings)
    ended = quick("probe", "integration", "-o", "json")
    you = case(ended)

    assert (0, 200, True) == (ended.code, you["status"], you["ok"])
    assert "allowed caller" in you["why"]


def test_a_disabled_api_proves_nothing_and_never_decides(scene, quick, lab):
    scene("wired")
    api(lab, accountEnabled=False)
    ended = quick("probe", "integration", "-o", "json")

    assert (0, None) == (ended.code, case(ended)["ok"])
    assert "AADSTS500014" in case(ended)["why"]


def test_connect_names_a_disabled_api_and_is_not_connected(scene, quick, lab):
    scene("wired")
    api(lab, accountEnabled=False)
    ended = quick("connect", "core", "integration", "-o", "json")

    assert 1 == ended.code
    assert None is case(ended)["ok"]
    assert "AADSTS500014" in case(ended, "source")["why"]


def test_a_500_to_bearers_is_no_proof_and_names_the_issuer(scene, quick, lab):
    scene("wired")
    api(lab, appRoleAssignmentRequired=False)
    body = "Unable to download OpenID Connect Configuration."
    rule = {"service": "gate", "skip": 1, "effect": {"status": 500, "body": body}}
    lab.faults({"rules": [rule]})
    ended = quick("probe", "integration", "-o", "json")
    you = case(ended)

    assert (0, 500, None, "unknown") == (ended.code, you["status"], you["ok"], you["from"])
    assert "openIdIssuer" in you["why"]
    assert ["fail"] == [each["verdict"] for each in finding(ended, "MIW407")]


def test_with_the_flag_the_operators_own_token_has_to_be_allowed(scene, quick):
    scene("wired")
    ended = quick("probe", "integration", "--with-token", "-o", "json")

    assert (1, False) == (ended.code, case(ended, "with-token")["ok"])


@pytest.fixture
def empty_401():
    """A program that answers 401 and nothing else, as many APIs do."""

    class Program(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Program) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("wait", "code"), [(("--wait", "2s"), 7), (("--no-wait",), 1)], ids=["waited", "not waited"]
)
def test_a_401_of_the_app_is_no_proof_while_settings_take_effect(quick, lab, empty_401, wait, code):
    assert 0 == quick("lab", "attach", "integration", "--upstream", empty_401).code
    lab.faults({"gateLagSeconds": 600})
    ended = quick("connect", "core", "integration", "--yes", *wait, "-o", "json")
    bare = case(ended, "without-token")

    assert code == ended.code, ended.err
    assert (401, False, "unknown") == (bare["status"], bare["ok"], bare["from"])
    assert all(change["done"] for change in ended.document["changes"])
    if code == 7:
        assert "no proof of authentication came" in ended.document["error"]["message"]


def test_a_stopped_app_is_explained_by_azure_with_the_command_that_starts_it(scene, quick, lab):
    scene("wired")
    lab.faults({"sites": {"integration": "stopped"}})
    ended = quick("probe", "integration", "--without-token", "-o", "json")
    bare = case(ended, "without-token")
    fixes = [each["fix"] for each in ended.document["findings"] if each["fix"]]

    assert (6, 403, None, "network") == (ended.code, bare["status"], bare["ok"], bare["from"])
    assert "App Service front end" == bare["speaker"]
    assert "state in Azure is Stopped" in bare["why"]
    assert [f"az webapp start --ids {lab.site('integration')['resourceId']}"] == fixes
    assert 6 == quick("connect", "core", "integration").code


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("globalValidation.unauthenticatedClientAction", "Return403", 403),
        ("globalValidation.unauthenticatedClientAction", "Return404", 404),
        (
            "identityProviders.azureActiveDirectory.login",
            {"disableWWWAuthenticate": True},
            401,
        ),
    ],
)
@pytest.mark.parametrize("platform_os", ["linux", "windows"])
def test_a_refusal_without_a_challenge_is_the_platforms_where_settings_say_so(
    scene, quick, lab, path, value, status, platform_os
):
    scene("wired")
    lab.faults({"gate": {"platformOs": platform_os}})
    settings = lab.settings()
    *parents, member = path.split(".")
    node = settings
    for each in parents:
        node = node[each]
    node[member] = value
    lab.put_settings(settings)
    named = quick("probe", "integration", "--without-token", "-o", "json")
    unread = quick("probe", lab.url("integration"), "--without-token", "-o", "json")
    bare = case(named, "without-token")

    assert (0, status, "platform") == (named.code, bare["status"], bare["from"])
    assert "as the settings say" in bare["evidence"]
    assert "platform" != case(unread, "without-token")["from"]
    assert 1 == unread.code


def test_inside_an_app_without_an_identity_nobody_is_told_to_sign_in(inside, lab):
    words = ("probe", lab.url("integration"), "--with-token", "--audience", "api://x")
    ended = inside("core")(*words)

    assert 4 == ended.code
    assert "az login" not in ended.out + ended.err
    assert "miwire enable-identity core" in ended.err


def test_a_required_client_certificate_is_the_likeliest_cause_of_a_403(scene, quick, lab, arm):
    scene("wired")
    body = {"properties": {"clientCertEnabled": True, "clientCertMode": "Required"}}
    arm.patch(lab.site("integration")["resourceId"], json=body).raise_for_status()
    page = "<title>403 - Forbidden: Access is denied.</title>"
    lab.faults({"rules": [{"service": "gate", "effect": {"status": 403, "body": page}}]})
    ended = quick("probe", "integration", "--without-token", "-o", "json")

    assert (1, "unknown") == (ended.code, case(ended, "without-token")["from"])
    assert "requires a client certificate" in case(ended, "without-token")["why"]
