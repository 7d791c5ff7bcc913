"""
Bad requests get Azure's own refusals, never a 500 of the lab's and never a traceback.

MIWIRE_FUZZ_SECONDS says how long all services together are tried (4 by default), and
MIWIRE_FUZZ_SEED where to begin: the same seed tries the same requests in the same order.
"""

import http.client
import itertools
import json
import os
import socket
import ssl
import sys
import time
from base64 import urlsafe_b64encode
from collections import Counter
from contextlib import nullcontext, suppress
from copy import deepcopy
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SECONDS = float(os.environ.get("MIWIRE_FUZZ_SECONDS", "4")) / 8
"""For each of the eight kinds of request."""
SEED = int(os.environ.get("MIWIRE_FUZZ_SEED", "0"))
ROUND = 50
"""Stories between two resets of the lab; a story is one request or a few."""
LONG = 50_000
"""Bytes above which a request may be refused before all of it was read."""
GUID = "00000000-0000-0000-0000-000000000001"
AUDIENCE = "api://fuzzed"
VERSION = "api-version=2025-05-01"

# What can be wrong with a request

PARTS = ("method", "path", "query", "host", "headers", "body", "end")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["", "0" * 400, "\0", "\ud800", "\r\nX: y", "https://[", GUID, 10**400])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
NO_JSON = [b"{", b"[" * 100_000, b"\xff\xfe", b"NaN", b'{"a":1e999}', b'{"a":"\\ud800"}', b"[]"]
TRICKS = [b"//", b"/../", b"/%2e%2e/", b"%2F", b"%00", b"%ff", b"%", b"%zz", b";a=b", b"\\", b"'"]
TRICKS += [b"/%E6%97%A5", b"/%ED%A0%80", b"\xc3\xa9", b"/" + b"a" * 5000, b"/a/b/c/d", b"('", b"*"]
TRICKS += [
    b"%E6%97%A5",
    b"%0d%0aX:%20y",
    b"/providers/",
    b"(a='b')",
    b"/$",
    b"%20",
    b"/config",
    b"/.",
]
ODD_HEADERS = [
    [("Origin", b"null")],
    [("Host", b"evil.example")],
    [("X-Forwarded-For", b"\xff"), ("Client-Request-Id", b"\xe9")],
    [("User-Agent", b"Mozilla/5.0"), ("Cookie", b"a=\xff;;=")],
    [("Prefer", b"create-if-missing"), ("ConsistencyLevel", b"eventual")],
    [("Transfer-Encoding", b"gzip")],
    [("Expect", b"100-continue"), ("Upgrade", b"websocket"), ("Connection", b"Upgrade")],
    [("Connection", b"authorization, host"), ("Content-Type", b"text/plain; charset=\xff")],
    [(f"X-Flood-{number}", b"a" * 90) for number in range(500)],
    [("X-Long", b"a" * 100_000)],
    [("Accept", b"application/xml"), ("Content-Encoding", b"gzip"), ("Content-Length", b"-1")],
]


@dataclass(frozen=True, repr=False)
class Sent:
    """A request as it goes over the wire; one that is *cut* promises more than it has."""

    url: str
    method: str
    target: bytes
    headers: tuple
    body: bytes
    cut: bool

    def __repr__(self):
        return f"{self.url}: {self.wire[:2000]!r}{' cut' if self.cut else ''}"

    @property
    def wire(self):
        lines = [f"{self.method} ".encode() + self.target + b" HTTP/1.1"]
        lines += [name.encode() + b": " + value for name, value in self.headers]
        lines += [b"Content-Length: %d" % (len(self.body) + self.cut), b"", self.body]
        return b"\r\n".join(lines)


def places(document, at=()):
    """Where there are values in *document*, as the names and numbers that lead there."""
    yield at
    inner = ()
    if isinstance(document, dict):
        inner = document.items()
    elif isinstance(document, list):
        inner = enumerate(document)
    for name, value in inner:
        yield from places(value, (*at, name))


@st.composite
def altered(draw, document):
    """*document* with one or two of its values exchanged for others."""
    document = deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        *outer, last = draw(st.sampled_from([(None, *at) for at in places(document)]))
        holder = {None: document}
        for name in outer:
            holder = holder[name]
        holder[last] = draw(JSON)
        if last is None:
            document = holder[last]
    return document


@st.composite
def odd_path(draw, path):
    slashes = [at for at, byte in enumerate(path) if byte == ord("/")] + [len(path)]
    at = draw(st.sampled_from(slashes))
    case = draw(st.sampled_from([bytes, bytes, bytes.upper, bytes.lower]))
    return case(path[:at] + draw(st.sampled_from(TRICKS)) + path[at:])


@st.composite
def odd_query(draw, query):
    names = [each.partition("=")[0] for each in query.split("&")] + ["$filter", "$top", "$select"]
    value = st.text(max_size=6).map(quote) | st.sampled_from(["%ff", "%", "0", "-1", "9" * 5000])
    pairs = st.lists(st.tuples(st.sampled_from(names), value).map("=".join), max_size=3)
    others = draw(pairs.map("&".join))
    return draw(st.sampled_from([others, f"{query}&{others}", f"{others}&{query}", "&&=", "%"]))


@st.composite
def odd_headers(draw, headers):
    """*headers* with a secret or token that is broken, doubled, or left out."""
    if not headers or draw(st.booleans()):
        return (*headers, *draw(st.sampled_from(ODD_HEADERS)))
    (name, value), *others = headers
    at = draw(st.integers(0, len(value) - 1))
    head, _, rest = value.partition(b".")
    claims = urlsafe_b64encode(json.dumps(draw(JSON)).encode()).rstrip(b"=")
    broken = [value[:at], value[:at] + b"\xe9" + value[at + 1 :], b"", b"Basic !", b"Bearer"]
    broken += [
        b".".join([head, claims, rest.rpartition(b".")[2]]),
        b"Bearer " + claims + b"." + rest,
    ]
    first = [(name, each) for each in broken]
    return draw(st.sampled_from([*([each, *others] for each in first), others, headers * 2]))


@st.composite
def requests(
    draw, url, known, *, headers=(), encode=lambda document: json.dumps(document).encode()
):
    """
    One of the *known* requests (method, path, query, document) to *url*, with something wrong.

    *headers* are good ones to choose from; the document is always altered, or no document.
    """
    wrong = draw(st.sets(st.sampled_from(PARTS), max_size=2))
    method, path, query, document = draw(st.sampled_from(known))
    path, host = path.encode(), urlsplit(url).netloc.encode()
    chosen = draw(st.sampled_from(headers)) if headers else ()
    body = b"" if document is None else encode(draw(altered(document) | st.just(document)))
    if "method" in wrong:
        method = draw(st.sampled_from(METHODS))
    if "path" in wrong:
        path = draw(odd_path(path))
    if "query" in wrong:
        query = draw(odd_query(query))
    if "host" in wrong:
        host = draw(st.sampled_from([b"evil.example", b"[::", b"", b"a@b:99999", host + b":1"]))
    if "headers" in wrong:
        chosen = draw(odd_headers(chosen))
    if "body" in wrong:
        body = draw(st.sampled_from(NO_JSON) | st.binary(max_size=30))
    target = path + (b"?" + query.encode() if query else b"")
    return Sent(url, method, target, (("Host", host), *chosen), body, "end" in wrong)


def bearers(*tokens):
    """Headers for JSON with each of *tokens*."""
    kind = ("Content-Type", b"application/json")
    return [(("Authorization", b"Bearer " + token.encode()), kind) for token in tokens]


# Which requests there are

SITE = {
    "location": "westeurope",
    "tags": {"a": "b"},
    "identity": {"type": "SystemAssigned"},
    "properties": {"httpsOnly": True, "siteConfig": {"appSettings": [{"name": "A", "value": "b"}]}},
}
ROLE = {
    "id": GUID,
    "allowedMemberTypes": ["Application"],
    "displayName": "Caller",
    "description": "May call",
    "value": "Caller",
    "isEnabled": True,
}
APPLICATION = {
    "displayName": "orders",
    "identifierUris": [],
    "signInAudience": "AzureADMyOrg",
    "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": []},
    "appRoles": [ROLE],
    "optionalClaims": {"accessToken": [{"name": "idtyp"}]},
    "web": {"redirectUris": ["https://localhost"]},
    "tags": ["a"],
}


def settings_of(lab, client):
    """A gate that lets *client* in with a token for AUDIENCE, with all that can be set."""
    return {
        "platform": {"enabled": True, "runtimeVersion": "~1"},
        "globalValidation": {
            "requireAuthentication": True,
            "unauthenticatedClientAction": "Return401",
            "redirectToProvider": "azureActiveDirectory",
            "excludedPaths": ["/open/*"],
        },
        "identityProviders": {
            "azureActiveDirectory": {
                "registration": {
                    "clientId": AUDIENCE,
                    "openIdIssuer": f"{lab.entra}/{lab.tenant_id}/v2.0",
                },
                "validation": {
                    "allowedAudiences": [AUDIENCE],
                    "jwtClaimChecks": {"allowedGroups": [], "allowedClientApplications": []},
                    "defaultAuthorizationPolicy": {
                        "allowedPrincipals": {"identities": []},
                        "allowedApplications": [client],
                    },
                },
            }
        },
        "httpSettings": {"requireHttps": True, "routes": {"apiPrefix": "/.auth"}},
    }


def arm(lab):
    site = lab.site("core")["resourceId"]
    group, _, _ = site.partition("/providers/")
    identities = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    attached = {"type": "UserAssigned", "userAssignedIdentities": {f"{identities}/orders": {}}}
    auth = {"properties": settings_of(lab, GUID)}
    classic = {"properties": {"enabled": True, "clientId": GUID, "allowedAudiences": ["a"]}}
    known = [
        ("GET", "/subscriptions", VERSION, None),
        ("GET", "/metadata/endpoints", VERSION, None),
        ("GET", f"{group}/providers/Microsoft.Web/sites", VERSION, None),
        ("GET", f"{site}/providers/Microsoft.Authorization/permissions", VERSION, None),
        ("GET", identities, VERSION, None),
        ("GET", site, VERSION, None),
        ("PATCH", site, VERSION, SITE),
        ("PATCH", site, VERSION, {"identity": attached}),
        ("PUT", site, VERSION, SITE),
        ("PUT", f"{site}/slots/staging", VERSION, SITE),
        ("PUT", f"{identities}/orders", VERSION, {"location": "westeurope", "tags": {"a": "b"}}),
        ("GET", f"{site}/config/authsettingsV2", VERSION, None),
        ("PUT", f"{site}/config/authsettingsV2", VERSION, auth),
        ("PUT", f"{site}/config/authsettings", VERSION, classic),
        ("POST", f"{site}/config/authsettings/list", VERSION, None),
        ("PUT", f"{site}/config/appsettings", VERSION, {"properties": {"A": "b", "C": "1"}}),
        ("PUT", f"{site}/config/slotConfigNames", VERSION, {"properties": {"a": ["b"]}}),
        ("POST", f"{site}/config/appsettings/list", VERSION, None),
        ("PUT", f"{site}/config/web", VERSION, {"properties": {"alwaysOn": True}}),
        ("POST", f"{site}/publishxml", VERSION, {"format": "WebDeploy"}),
        ("PUT", group, VERSION, {"location": "westeurope"}),
    ]
    odd = lab.token({"aud": lab.arm, "oid": [1], "appid": {}, "exp": 2**70})
    own = lab.operator_token(lab.arm)
    return requests(lab.arm, known, headers=bearers(own, own, own, odd)).map(one)


def graph(lab):
    with lab.client("graph") as client:
        principals = client.get("/v1.0/servicePrincipals").json()["value"]
        application = client.get("/v1.0/applications").json()["value"][0]
    one_id, other_id = principals[0]["id"], principals[1]["id"]
    assignment = {
        "principalId": one_id,
        "resourceId": other_id,
        "appRoleId": "0" * 8 + GUID[8:-1] + "0",
    }
    apps, sps = "/v1.0/applications", "/v1.0/servicePrincipals"
    select = "$select=id,appId&$top=5"
    known = [
        ("GET", apps, f"{select}&$filter=appId%20eq%20'{GUID}'", None),
        ("GET", f"{apps}/{application['id']}", select, None),
        ("POST", apps, "", APPLICATION),
        ("PATCH", f"{apps}/{application['id']}", "", APPLICATION),
        ("PATCH", f"{apps}(uniqueName='orders')", "", APPLICATION | {"uniqueName": "orders"}),
        ("POST", f"{apps}/{application['id']}/addPassword", "", {"passwordCredential": {}}),
        ("DELETE", f"{apps}(appId='{GUID}')", "", None),
        ("GET", sps, "$filter=startswith(displayName,'a')&$count=true&$orderby=displayName", None),
        ("POST", sps, "", {"appId": application["appId"], "tags": ["a"]}),
        (
            "PATCH",
            f"{sps}(appId='{application['appId']}')",
            "",
            {"appRoleAssignmentRequired": True},
        ),
        ("POST", f"{sps}/{other_id}/appRoleAssignedTo", "", assignment),
        ("POST", f"{sps}/{one_id}/appRoleAssignments", "", assignment),
        ("GET", f"{sps}/{one_id}/appRoleAssignments", "$filter=principalId%20eq%201", None),
        ("GET", "/v1.0/directory/deletedItems/microsoft.graph.application", select, None),
        ("POST", f"/v1.0/directory/deletedItems/{GUID}/restore", "", {}),
    ]
    own, odd = lab.operator_token(lab.graph), lab.token({"aud": lab.graph, "roles": [[], {}, None]})
    return requests(lab.graph, known, headers=bearers(own, own, own, odd)).map(one)


def batch(lab):
    parts = [
        {
            "id": "1",
            "method": "POST",
            "url": "/applications?$top=1",
            "headers": {"Content-Type": "application/json"},
            "body": APPLICATION,
            "dependsOn": ["2"],
        },
        {"id": "2", "method": "GET", "url": "servicePrincipals?$filter=appId eq 'x'"},
        {"id": "3", "method": "BREW", "url": "/%ff//"},
        {"id": "4", "method": "PATCH", "url": "/$batch", "headers": {"a": 1}, "body": []},
    ]
    some = {"requests": parts[:3]}
    known = [("POST", "/v1.0/$batch", "", each) for each in (some, some, {"requests": parts})]
    return requests(lab.graph, known, headers=bearers(lab.operator_token(lab.graph))).map(one)


def filters(lab):
    words = ["appId", "displayName", "identifierUris/any(x:x", "id", "eq", "ne", "in", "and", "or"]
    words += ["not", "(", ")", ",", "''", "'a'", "'", "null", "true", "startswith(", "endswith("]
    words += ["servicePrincipalNames/any(", "1", "-", "@odata", "(" * 30, "not " * 30, "ge"]
    words += ["not " * 3000, "tags/any(c:c eq 'a')", "createdDateTime", "2026-01-01T00:00:00Z"]
    noise = st.lists(st.sampled_from(words) | st.text(max_size=3), max_size=8).map(" ".join)
    clauses = ["appId eq 'a'", "displayName in ('a','b')", "accountEnabled ne true", "id eq null"]
    clauses += ["tags/any(c:c eq 'a')", "startswith(displayName,'a')", "not endswith(appId,'')"]
    text = st.recursive(
        st.sampled_from(clauses),
        lambda inner: st.builds("({}) {} {}".format, inner, st.sampled_from(["and", "or"]), inner),
    )
    headers = (("Host", urlsplit(lab.graph).netloc.encode()), ("ConsistencyLevel", b"eventual"))
    headers += bearers(lab.operator_token(lab.graph))[0]

    def asked(collection, each):
        query = f"$count=true&$filter={quote(each, errors='replace')}"
        return (Sent(lab.graph, "GET", f"{collection}?{query}".encode(), headers, b"", cut=False),)

    paths = st.sampled_from(["/v1.0/applications", "/v1.0/servicePrincipals"])
    return st.builds(asked, paths, noise | text)


def entra(lab):
    form = {
        "grant_type": "client_credentials",
        "client_id": lab.environment["MIWIRE_LAB_CLIENT_ID"],
        "client_secret": lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
    }
    v1, v2 = form | {"resource": lab.graph}, form | {"scope": f"{lab.graph}/.default"}
    own, where = f"/{lab.tenant_id}", ".well-known/openid-configuration"
    known = [
        ("POST", f"{own}/oauth2/v2.0/token", "", v2),
        ("POST", f"{own}/oauth2/v2.0/token", "", v2 | {"claims": "{}", "client_info": "1"}),
        ("POST", f"{own}/oauth2/token", "", v1),
        ("POST", "/common/oauth2/v2.0/token", "", v2),
        *(("GET", f"{each}/v2.0/{where}", "appid=a", None) for each in (own, "/common", "/no")),
        *(("GET", f"{each}/{where}", "", None) for each in (own, "/organizations")),
        ("GET", f"{own}/discovery/v2.0/keys", "", None),
        ("GET", "/common/discovery/instance", VERSION, None),
        ("GET", f"{own}/oauth2/v2.0/authorize", "client_id=a", None),
    ]
    basic = ("Authorization", b"Basic " + urlsafe_b64encode(b"a:%ff"))
    kind = ("Content-Type", b"application/x-www-form-urlencoded")

    def encoded(document):
        pairs = document if isinstance(document, dict) else {"a": document}
        return urlencode({str(name): str(each) for name, each in pairs.items()}, errors="replace")

    return requests(
        lab.entra,
        known,
        headers=[(kind,), (kind,), (kind,), (basic, kind)],
        encode=lambda document: encoded(document).encode("utf-8", "replace"),
    ).map(one)


def identity(lab):
    secrets = (lab.environment["IDENTITY_HEADER"], lab.inside("stranger")["IDENTITY_HEADER"])
    asked = f"api-version=2019-08-01&resource={lab.graph}"
    known = [
        ("GET", "/msi/token", asked, None),
        ("GET", "/msi/token", f"{asked}&client_id={GUID}", None),
        ("GET", "/msi/token", f"{asked}&mi_res_id=/a/b", None),
        ("GET", "/msi/token", f"api-version=2017-09-01&resource={lab.arm}&clientid={GUID}", None),
        ("GET", "/MSI/token/", "api-version=2019-08-01&resource=%00&resource=%ff", None),
    ]
    names = ("X-IDENTITY-HEADER", "Secret")
    headers = [tuple((name, each.encode()) for name in names) for each in secrets]
    url = lab.environment["IDENTITY_ENDPOINT"].removesuffix("/msi/token")
    return requests(url, known, headers=headers).map(one)


def gate(lab):
    """Settings of all kinds, and then callers of all kinds."""
    where = f"{lab.site('core')['resourceId']}/config/authsettingsV2"
    with lab.client("arm") as client:
        site = client.get(f"{lab.site('stranger')['resourceId']}?{VERSION}").json()
    with lab.client("graph") as client:
        principal = f"/v1.0/servicePrincipals/{site['identity']['principalId']}"
        auth = {"properties": settings_of(lab, client.get(principal).json()["appId"])}
    changed = requests(
        lab.arm, [("PUT", where, VERSION, auth)], headers=bearers(lab.operator_token(lab.arm))
    )
    odd = [{"oid": [1], "ver": 2}, {"exp": 2**70, "roles": {}}, {"iss": []}, {"oid": "\r\nX: y"}]
    odd += [{"oid": "\ud800"}, {"groups": [{}], "aud": [AUDIENCE, 1]}, {"azp": 1, "tid": None}]
    tokens = [minted(lab, {"aud": AUDIENCE} | each) for each in ({}, {}, *odd)]
    known = [
        *(("GET", path, "a=b", None) for path in ("/", "/open/a", "/.auth/me", "/.auth/version")),
        ("GET", "/.auth/login/aad", "post_login_redirect_uri=/a", None),
        ("POST", "/items", "", {"name": "Bolt"}),
    ]
    calls = requests(lab.url("core").rstrip("/"), known, headers=bearers(*tokens))
    return st.tuples(changed, calls, calls, calls)


def minted(lab, claims):
    """A token of stranger's, with claims that not every JSON encoder would write."""
    body = json.dumps({"claims": claims, "site": "stranger"})
    return lab.control("POST", "tokens", content=body).json()["access_token"]


def control(lab):
    own = (("X-Miwire-Lab-Key", lab.environment["MIWIRE_LAB_KEY"].encode()),)
    claims = {"aud": "a", "ver": "2.0", "exp": 1}
    known = [
        ("GET", "/_lab/requests", "", None),
        ("GET", "/_lab/status", "", None),
        ("GET", "/_lab/environment", "site=core", None),
        ("POST", "/_lab/reset", "", {"scene": "story"}),
        ("POST", "/_lab/clock", "", {"advance": 1}),
        ("POST", "/_lab/tokens", "", {"site": "stranger", "claims": claims}),
        ("POST", "/_lab/gate", "", {"site": "core", "upstream": "http://127.0.0.1:1"}),
        ("POST", "/_lab/secrets", "", {}),
    ]
    return requests(lab.arm, known, headers=[own]).map(one)


def one(sent):
    return (sent,)


KINDS = (arm, graph, batch, filters, entra, identity, gate, control)

# What must come back


class Lines:
    """Connections, one to each address, each kept while the other side keeps it."""

    def __init__(self, ca):
        self.tls = ssl.create_default_context(cafile=ca)
        self.sockets = {}

    def ask(self, sent):
        """The status, the content type and the body that answer *sent*; None if it was cut."""
        is_fresh = sent.url not in self.sockets
        if is_fresh:
            self.sockets[sent.url] = self._connected(urlsplit(sent.url))
        # A server that refuses the head need not read the rest, nor say more than that.
        is_long = len(sent.wire) > LONG
        try:
            with suppress(OSError) if is_long else nullcontext():
                self.sockets[sent.url].sendall(sent.wire)
            return None if sent.cut else self._answer(sent)
        except OSError:
            self._hang_up(sent.url)
            if not is_fresh:
                # It had been idle for longer than the server keeps it.
                return self.ask(sent)
            if not is_long:
                raise
            return None
        finally:
            if sent.cut or is_long:
                self._hang_up(sent.url)

    def _answer(self, sent):
        with http.client.HTTPResponse(self.sockets[sent.url], method=sent.method) as response:
            response.begin()
            body = response.read()
            if response.will_close:
                self._hang_up(sent.url)
            return response.status, response.headers.get("Content-Type", ""), body

    def _connected(self, url):
        plain = socket.create_connection((url.hostname, url.port), 60)
        if url.scheme == "http":
            return plain
        return self.tls.wrap_socket(plain, server_hostname=url.hostname)

    def _hang_up(self, url):
        if url in self.sockets:
            self.sockets.pop(url).close()

    def hang_up(self):
        for each in list(self.sockets):
            self._hang_up(each)


def is_azures(kind, status, content):
    """Whether a refusal has the shape of the service that refuses."""
    match kind.__name__, content:
        case "arm" | "control", {"error": {"code": str(), "message": str()}}:
            return True
        case "arm", {"Code": str(), "Message": str(), "Details": list()}:
            return True
        case "graph" | "batch" | "filters", {"error": {"code": str(), "innerError": dict()}}:
            return True
        case "entra", {"error": str(), "error_codes": [int()], "correlation_id": str()}:
            return True
        case "entra", None:
            return status in {404, 413}
        case "identity", {"statusCode": code, "message": str(), "correlationId": str()}:
            return code == status
        case "control", {"error": {"message": str(sentence)}}:
            return sentence.endswith(".")
        case "gate", _:
            return True
    return False


def parsed(text):
    """The JSON in *text*, None where there is none; raises ValueError for what is not JSON."""

    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse) if text else None


def complaint(kind, sent, status, content_type, body):
    """What is wrong with an answer; "" where it is as it should be."""
    text = body.decode("utf-8", "replace")
    if "Traceback" in text or "Internal Server Error" in text:
        return "the lab's own failure shows"
    if status == 400 and text == "Invalid HTTP request received.":
        return ""
    if kind is gate and status == 502 and len(sent.wire) > LONG:
        # The program behind the gate broke off: it has its own limit for a head.
        return ""
    if status >= 500 and (kind, status) != (identity, 500):
        return "a failure of the lab's own"
    if sent.method == "HEAD" or status in {204, 304}:
        return "a body where there is none" if body else ""
    try:
        content = parsed(text) if "json" in content_type or not text else text
    except ValueError:
        return "what is called JSON is none"
    if status == 500 and "fetching the AAD Token" not in text:
        return "a failure of the lab's own"
    return "" if status < 400 or is_azures(kind, status, content) else "no refusal of Azure's"


@pytest.fixture
def tried(lab, capsys):
    """Counts answers by status; at the end says so, and that nothing was logged meanwhile."""
    log = lab.info.state_dir / "lab.log"
    before = log.stat().st_size if log.exists() else 0
    statuses = Counter()
    yield statuses
    said = log.read_text("utf-8", "replace")[before:] if log.exists() else ""

    assert "Traceback" not in said, said[-3000:]
    with capsys.disabled():
        sys.stdout.write(f" {statuses.total()} requests {dict(sorted(statuses.items()))} ")


def one_round(kind, lab, lines, number, tried):
    """Try ROUND stories of one kind, the same ones for the same *number*."""
    lab.reset("story")
    strategy = kind(lab)

    @seed(number)
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def story(requests):
        for sent in requests:
            answer = lines.ask(sent)
            tried["cut" if answer is None else str(answer[0])] += 1
            wrong = "" if answer is None else complaint(kind, sent, *answer)

            assert wrong == "", (answer, sent)

    story()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_bad_requests_get_azures_own_refusals(lab, tried, kind):
    ends = time.monotonic() + SECONDS
    lines = Lines(lab.ca)
    try:
        for number in itertools.count(SEED):
            one_round(kind, lab, lines, number, tried)
            if time.monotonic() > ends:
                break
    finally:
        lines.hang_up()
