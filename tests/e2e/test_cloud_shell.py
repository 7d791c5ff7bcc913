"""az with a managed identity, which takes no tenant, and Cloud Shell, which has few audiences."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

AZ = """#!{python}
import json, sys, urllib.request
words = sys.argv[1:]
if "--tenant" in words:
    print("ERROR: Tenant shouldn't be specified for {account} account", file=sys.stderr)
    sys.exit(1)
resource = words[words.index("--resource") + 1]
request = urllib.request.Request(
    "{endpoint}?api-version=2019-08-01&resource=" + resource,
    headers={{"X-IDENTITY-HEADER": "{header}"}},
)
answer = json.load(urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request))
print(json.dumps({{"accessToken": answer["access_token"], "expires_on": answer["expires_on"]}}))
"""
"""What azure-cli does in `get-access-token` with such an account (its _profile.py)."""
UNSUPPORTED = "Audience {0} is not a supported MSI token audience."
"""Azure/CloudShell#477."""


@pytest.fixture
def az(lab, quick, tmp_path):
    """Return a function that runs miwire with such an az, for an account and whose tokens."""

    def run(*words, account="managed identity", environment=None):
        whose = environment or lab.environment
        script = tmp_path / "az"
        script.write_text(
            AZ.format(
                python=sys.executable,
                account=account,
                endpoint=whose["IDENTITY_ENDPOINT"],
                header=whose["IDENTITY_HEADER"],
            ),
            encoding="utf-8",
        )
        script.chmod(0o700)
        path = f"{tmp_path}:{quick.environment['PATH']}"
        return quick(*words, PATH=path, AZURE_TOKEN_CREDENTIALS="AzureCliCredential")

    return run


@pytest.fixture
def cloud_shell(lab, quick):
    """Return a function that runs miwire in a Cloud Shell, whose endpoint knows ARM and Graph."""
    known = (lab.arm, lab.graph)

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["content-length"])
            resource = parse_qs(self.rfile.read(length).decode())["resource"][0]
            if resource.rstrip("/") in known:
                token = lab.operator_token(resource)
                self.answer(200, {"access_token": token, "expires_in": 3600, "resource": resource})
                return
            error = {"code": "AudienceNotSupported", "message": UNSUPPORTED.format(resource)}
            self.answer(400, {"error": error})

        def answer(self, status, document):
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        outside = {
            name: value
            for name, value in quick.environment.items()
            if name not in {"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"}
        }
        outside["MSI_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}/oauth2/token"
        shell = type(quick)(outside, quick.warm)
        yield shell
        server.shutdown()


@pytest.mark.parametrize("account", ["managed identity", "MSI", "Cloud Shell"])
def test_az_that_takes_no_tenant_is_asked_without_one(az, lab, account):
    lab.reset("story")
    ended = az("connect", "core", "integration", "-o", "json", account=account)

    assert 0 == ended.code, ended.out


def test_a_token_of_another_tenant_is_still_refused(az, lab):
    lab.reset("two-tenants")
    foreign = next(each for each in lab.status()["sites"] if each["name"] == "foreign")
    ended = az("protect", foreign["resourceId"], "-o", "json")

    assert 5 == ended.code, ended.out
    assert "was issued by tenant" in ended.document["error"]["message"]
    assert [] == lab.writes()


def test_an_audience_that_cloud_shell_lacks_is_unknown_and_no_missing_sign_in(cloud_shell, lab):
    lab.reset("wired")
    ended = cloud_shell("probe", "integration", "--with-token", "-o", "json")
    (case,) = ended.document["cases"]

    assert (6, None, None) == (ended.code, case["ok"], case["status"])
    assert "Azure Cloud Shell issues no tokens for this audience" in case["why"]
    assert "app role" not in case["why"]


def test_what_helps_in_cloud_shell_is_said_to_people(cloud_shell, lab):
    lab.reset("wired")
    ended = cloud_shell("probe", "integration", "--with-token")

    assert "AZURE_TOKEN_CREDENTIALS to AzureCliCredential" in ended.out


def test_connecting_in_cloud_shell_works_and_proves_what_it_can(cloud_shell, lab):
    lab.reset("story")
    ended = cloud_shell("connect", "core", "integration", "-o", "json")
    cases = {each["name"]: each for each in ended.document["proof"]}

    assert 0 == ended.code, ended.out
    assert (True, None) == (cases["without-token"]["ok"], cases["operator"]["ok"])
    assert "AudienceNotSupported" in cases["operator"]["why"]
    assert "this proves nothing" in cases["operator"]["why"]
