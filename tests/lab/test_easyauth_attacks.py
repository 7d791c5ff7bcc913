"""App Service authentication of the lab, attacked: header spellings, paths and settings."""

import re
import socket
import string

import httpx
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from miwire.easyauth.model import Gate, GateRequest
from miwire.easyauth.predict import predicted
from miwire.model.auth_settings import AuthSettings

CLIENT_ID = "11111111-aaaa-4aaa-8aaa-111111111111"
CALLER = "33333333-cccc-4ccc-8ccc-333333333333"
SIGNS = "!#$%&'*+-.^_`|~"
"""What RFC 9110 allows in the name of a header beside letters and digits."""
FOLDS = {
    "WSGI and ASP.NET": lambda name: name.upper().replace("-", "_"),
    "CGI": lambda name: re.sub("[^A-Z0-9]", "_", name.upper()),
    "letters and digits only": lambda name: re.sub("[^A-Z0-9]", "", name.upper()),
}
"""How servers turn the name of a header into that of a variable."""
OWNED = (
    "X-MS-CLIENT-PRINCIPAL",
    "X-MS-CLIENT-PRINCIPAL-ID",
    "X-MS-CLIENT-PRINCIPAL-NAME",
    "X-MS-CLIENT-PRINCIPAL-IDP",
    "X-MS-TOKEN-AAD-ACCESS-TOKEN",
    "X-MS-TOKEN-AAD-ID-TOKEN",
    "X-MS-TOKEN-AAD-EXPIRES-ON",
    "X-MS-TOKEN-AAD-REFRESH-TOKEN",
)
OF_THE_FRONT_END = (
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-WAWS-Unencoded-URL",
)
FORGED = "forged-by-the-caller"
EXCLUDED = ["/health", "/public/*"]
HOSTILE_PATHS = [
    "/public/..#",
    "/public/..#/items",
    "/public/x#/../../items",
    "/health#",
    "/health#/../items",
    "/public/..%20",
    "/public/..%20/items",
    "/public/%20../items",
    "/public/..%09/items",
    "/public/..%0a/items",
    "/public/..%0d%0a/items",
    "/public/..%00/items",
    "/public/..%a0/items",
    "/public/..%c2%a0/items",
    "/public/..%e2%80%8b/items",
    "/public/.../items",
    "/public/..../items",
    "/public/.%20./items",
    "/public/. ./items",
    "/public/%2e%2e/items",
    "/public/.%2e/items",
    "/public/%2e./items",
    "/public/%2E%2e%2fitems",
    "/public/%c0%ae%c0%ae/items",
    "/public/%c0%2e%c0%2e/items",
    "/public/%e0%80%ae%e0%80%ae/items",
    "/public/%f0%80%80%ae%f0%80%80%ae/items",
    "/public/..%c0%afitems",
    "/public/..%c1%9citems",
    "/public/..%e0%80%afitems",
    "/public/%uff0e%uff0e/items",
    "/public/%u002e%u002e/items",
    "/public/%ef%bc%8e%ef%bc%8e/items",
    "/public/..%ef%bc%8fitems",
    "/public/..%e2%88%95items",
    "/public/%e2%80%a5/items",
    "/public/%e2%80%a4%e2%80%a4/items",
    "/public/%c4%ae%c4%ae%c4%afitems",
    "/public/%ff%ff/items",
    "/public/%zz/items",
    "/public/%",
    "/public/%2",
    "/public/..;/items",
    "/public/..;x=1/items",
    "/public/..%3b/items",
    "/public/..%3bx/items",
    "/public;/../items",
    "/public/..\\items",
    "/public\\..\\items",
    "/public/..%5citems",
    "/public/..%255citems",
    "/public/%252e%252e/items",
    "/public/%25252e%25252e/items",
    "/public/..%252fitems",
    "/public//items",
    "/public///../items",
    "/public/x%3f/../../items",
    "/public/..%3f/items",
    "/public/items.",
    "/public/items%2e",
    "/public/x./items",
    "/public/items%20",
    "/public/x%20/items",
    "/public/./items",
    "/public/..",
    "/public/../",
    "/public/../items",
    "/public/x/../../items",
    "/%70ublic/../items",
    "//public/x",
    "/./public/x",
    "/x/../public/x",
    "/x/%2e%2e/health",
    "/Public/x",
    "/health/",
    "/health.",
    "/health%20",
    "/health%00",
    "/health;x",
    "/health%3bx",
    "/health%23",
    "/health%2f..%2fitems",
    "/health\\..\\items",
    "http://x/health",
    "http://x/public/x",
    "*/health",
    "health",
    "public/x",
]
"""Targets that some server reads as a path outside /public/ and other than /health."""
PLAIN_PATHS = [
    "/health",
    "/public/",
    "/public/a",
    "/public/a/b.html",
    "/public/a%20b",
    "/public/~x",
]


def configured(azure, **validation):
    """A gate that requires a token, with *validation* changed in its globalValidation."""
    issuer = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/v2.0"
    return {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"} | validation,
        "identityProviders": {
            "azureActiveDirectory": {
                "registration": {"clientId": CLIENT_ID, "openIdIssuer": issuer}
            }
        },
        "httpSettings": {"requireHttps": False},
    }


@pytest.fixture
def closed(azure):
    """The address of a gate that requires a token, two paths excluded."""
    azure.site.auth_settings = configured(azure, excludedPaths=EXCLUDED)
    return azure


@pytest.fixture
def anonymous(azure):
    """A gate that passes anonymous requests and names the callers of others."""
    azure.site.auth_settings = configured(azure, unauthenticatedClientAction="AllowAnonymous")
    return azure


def bearer(azure):
    """A token that the gate takes."""
    now = int(azure.tenant.clock.now())
    issuer = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/v2.0"
    names = {"aud": CLIENT_ID, "iss": issuer, "oid": CALLER, "sub": CALLER, "ver": "2.0"}
    return azure.signed(**names, nbf=now, exp=now + 3600, tid=azure.tenant.tenant_id)


def variables(azure, headers):
    """The names and values that reach the program; None: the request was not taken."""
    response = azure.client.send(httpx.Request("GET", azure.gate, headers=headers))
    if response.status_code == 400:
        return None
    assert 200 == response.status_code
    return [(name, value) for name, value in response.json()["headers"]]


def answered(azure, target):
    """The status for a request line as it stands; None: the connection was closed."""
    host, port = azure.gate.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode("latin-1"))
        line = connection.makefile("rb").readline()
    return int(line.split()[1]) if line else None


def spelled(name, sign, places):
    """*name* with another sign for the hyphens at some places."""
    parts = name.split("-")
    seams = [sign if places in {"all", place} else "-" for place in range(len(parts) - 1)]
    return "".join(part + seam for part, seam in zip(parts, [*seams, ""], strict=True))


@pytest.mark.parametrize("named", [True, False], ids=["with a token", "anonymous"])
@pytest.mark.parametrize("sign", SIGNS)
def test_no_spelling_of_a_header_of_the_platform_reaches_the_program(anonymous, sign, named):
    token = [("Authorization", f"Bearer {bearer(anonymous)}")] if named else []
    leaked = []
    for name in OWNED:
        for places in ("all", 0, 1, 2):
            sent = spelled(name, sign, places)
            seen = variables(anonymous, [*token, (sent, FORGED)])
            leaked += [(sent, each) for each, value in seen or [] if FORGED in value]

    assert [] == leaked


@pytest.mark.parametrize("sign", SIGNS)
def test_no_spelling_of_a_header_of_the_front_end_reaches_the_program(anonymous, sign):
    sent = [(spelled(name, sign, "all"), FORGED) for name in OF_THE_FRONT_END]
    seen = variables(anonymous, sent)

    assert [] == [name for name, value in seen if FORGED in value]


@pytest.mark.parametrize("sign", SIGNS.replace("-", ""))
def test_the_address_of_the_caller_has_one_spelling(anonymous, sign):
    sent = [("X-Forwarded-For", "192.0.2.1"), (spelled("X-Forwarded-For", sign, "all"), FORGED)]
    seen = variables(anonymous, sent)
    read = [(name, value) for name, value in seen if FOLDS["CGI"](name) == "X_FORWARDED_FOR"]

    assert ["x-forwarded-for"] == [name for name, _ in read]
    assert read[0][1].startswith("192.0.2.1, ")


def test_headers_that_only_look_alike_pass(anonymous):
    names = ["x-ms-client-request-id", "x-ms-version", "x-forwarded", "x-original", "x.mine"]
    seen = variables(anonymous, [(name, "kept") for name in names])

    assert names == [name for name, value in seen if value == "kept"]


@pytest.mark.parametrize("separator", [" ", "\t", "\x00", "\x0b", "\x7f", "\x80", "\xad", "\xa0"])
def test_a_name_that_is_no_token_is_refused_or_removed(anonymous, separator):
    host, port = anonymous.gate.removeprefix("http://").split(":")
    line = f"X-MS-CLIENT{separator}PRINCIPAL-ID: {FORGED}"
    head = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{line}\r\n\r\n"
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(head.encode("latin-1"))
        answer = connection.makefile("rb").read().decode("latin-1")

    assert answer.startswith(("HTTP/1.1 400 ", "HTTP/1.1 200 "))
    assert FORGED not in answer


def test_a_trailer_of_a_chunked_body_does_not_become_a_header(anonymous):
    host, port = anonymous.gate.removeprefix("http://").split(":")
    lines = [
        "POST / HTTP/1.1",
        "Host: x",
        "Connection: close",
        "Trailer: X-MS-CLIENT-PRINCIPAL-ID",
        "Transfer-Encoding: chunked",
        "",
        "1",
        "a",
        "0",
        f"X-MS-CLIENT-PRINCIPAL-ID: {FORGED}",
        "",
        "",
    ]
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = connection.makefile("rb").read().decode()

    assert answer.startswith("HTTP/1.1 200 ")
    assert FORGED not in answer


@pytest.mark.parametrize("target", HOSTILE_PATHS)
def test_a_path_that_servers_read_differently_is_not_excluded(closed, target):
    assert answered(closed, target) in {400, 401}


@pytest.mark.parametrize("target", PLAIN_PATHS)
def test_a_plain_path_below_an_excluded_one_needs_no_token(closed, target):
    assert 200 == answered(closed, target)


def test_an_entry_that_is_no_path_excludes_none(azure):
    entries = ["*", "/*/../items", "", "health", "http://x/health", "//", "/a;/b", "/public/../*"]
    azure.site.auth_settings = configured(azure, excludedPaths=entries)
    targets = ["*", "/items", "health", "http://x/health", "//", "//items", "/a;/b"]

    assert {401} == {answered(azure, each) for each in [*targets, "/public/../items"]}


ODD_TEXTS = {
    "Greek": "πύλη",
    "an emoji": "🔑",
    "bidi": "a\u202eb",
    "Latin-1": "café",
    "a line break": "x\r\nX-Injected: yes",
    "a NUL": "a\x00b",
    "a quote": 'x" resource_id="y',
    "blanks around": " x ",
    "half a pair": "a\ud800b",
    "very long": "é" * 3000,
}
ODD_PLACES = {
    "client id": ("identityProviders", "azureActiveDirectory", "registration", "clientId"),
    "issuer": ("identityProviders", "azureActiveDirectory", "registration", "openIdIssuer"),
    "provider": ("globalValidation", "redirectToProvider"),
    "prefix": ("httpSettings", "routes", "apiPrefix"),
    "runtime": ("platform", "runtimeVersion"),
    "action": ("globalValidation", "unauthenticatedClientAction"),
}


def changed(document, path, value):
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = value


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
@pytest.mark.parametrize("path", ODD_PLACES.values(), ids=ODD_PLACES)
@pytest.mark.parametrize("action", ["Return401", "RedirectToLoginPage"])
def test_settings_in_other_letters_are_answered_like_others(azure, path, text, action):
    azure.site.auth_settings = configured(azure, unauthenticatedClientAction=action)
    changed(azure.site.auth_settings, path, text)
    browser = {"User-Agent": "Mozilla/5.0"}
    token = {"Authorization": f"Bearer {bearer(azure)}"}
    targets = [("/", {}), ("/", browser), ("/", token), ("/.auth/login/aad", {})]
    targets += [("/.auth/version", {}), ("/.auth/me", {})]
    for target, headers in targets:
        response = azure.client.get(azure.gate + target, headers=headers)

        # Of a text that is no issuer there are no metadata, so that a token can't be judged.
        failed = {500} if path[-1] == "openIdIssuer" and headers is token else set()
        assert response.status_code in {200, 302, 401, 403, 404} | failed, (target, headers)
        assert "x-injected" not in response.headers
        challenge = response.headers.get("www-authenticate", "")
        assert challenge.count('"') in {0, 2, 6}
        assert challenge.isascii()
        assert response.headers.get(
            "location", f"https://{response.url.netloc.decode()}"
        ).startswith(("https://127.0.0.1:", azure.tenant.addresses.entra))


NAMES = st.builds(
    lambda name, signs, upper: "".join(
        (signs[place % len(signs)] if letter == "-" else letter.upper() if upper else letter)
        for place, letter in enumerate(name.lower())
    ),
    st.sampled_from([*OWNED, "X-MS-CLIENT-PRINCIPAL-SID", "X-MS-TOKEN-GOOGLE-ID-TOKEN"]),
    st.lists(st.sampled_from(SIGNS), min_size=1, max_size=7),
    st.booleans(),
)
ANY_NAME = st.text(string.ascii_letters + string.digits + SIGNS, min_size=1, max_size=40)
SETTLED = limits(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SETTLED
@example(names=["X-MS-CLIENT.PRINCIPAL-ID"], named=True)
@example(names=["X_MS_CLIENT_PRINCIPAL_ID"], named=False)
@given(names=st.lists(NAMES | ANY_NAME, min_size=1, max_size=12), named=st.booleans())
def test_only_the_platform_says_who_calls_under_every_reading_of_the_names(anonymous, names, named):
    token = [("Authorization", f"Bearer {bearer(anonymous)}")] if named else []
    skipped = {"authorization", "connection", "host", "content-length", "transfer-encoding"}
    sent = [(name, FORGED) for name in names if name.lower() not in skipped]
    seen = variables(anonymous, [*sent, *token, *sent]) or []
    told = {name: value for name, value in seen if name.startswith("x-ms-")} if named else {}

    for fold in FOLDS.values():
        reserved = (fold("X-MS-CLIENT-PRINCIPAL"), fold("X-MS-TOKEN-"))
        read = [(fold(name), value) for name, value in seen]
        owned = [each for each in read if each[0].startswith(reserved)]
        assert FORGED not in [value for _, value in owned]
        assert len(owned) == (3 if named else 0)
    assert not named or CALLER == told["x-ms-client-principal-id"]


PIECES = st.sampled_from(
    [
        *("public", "health", "items", "Public", "%70ublic", "a", "..", ".", "", "/", "\\"),
        *("%2e", "%2f", "%5c", "%25", "%20", "%3f", "%23", "%00", "%c0%ae", "%", "%zz"),
        *(";", "#", "?", ":", "~", "*", "@"),
    ]
)
TARGETS = st.lists(PIECES, max_size=8).map(lambda pieces: "/" + "".join(pieces)) | st.lists(
    PIECES, max_size=6
).map(lambda pieces: "/public/" + "/".join(pieces))


@limits(SETTLED, max_examples=150)
@given(target=TARGETS)
def test_only_a_path_that_lies_literally_below_an_excluded_one_needs_no_token(closed, target):
    status = answered(closed, target)
    path = target.partition("?")[0]
    literally = path == "/health" or path.startswith("/public/")

    assert status in {200, 400, 401}
    assert status != 200 or (literally and ".." not in path and "#" not in path)


def prediction(azure, target):
    """What miwire predicts for an anonymous request."""
    gate = Gate(AuthSettings(azure.site.auth_settings), azure.tenant.tenant_id, None, {})
    return predicted(gate, GateRequest(azure.tenant.clock.now(), target, over_https=False))


@pytest.mark.parametrize("target", [*HOSTILE_PATHS, *PLAIN_PATHS])
def test_the_prediction_for_a_path_is_what_the_lab_answers(closed, target):
    verdict, status = prediction(closed, target), answered(closed, target)

    assert status in {400, verdict.likely}
    assert verdict.status in {None, verdict.likely}


@limits(SETTLED, max_examples=150)
@given(target=TARGETS)
def test_the_prediction_is_what_the_lab_answers_for_any_path(closed, target):
    verdict, status = prediction(closed, target), answered(closed, target)

    assert status in {400, verdict.likely}
    assert verdict.status in {None, verdict.likely}
