import base64
import json

import pytest

from miwire.checks import token as checks
from miwire.finding import Verdict
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import Expectation, PresentedToken, Signature

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
OTHER = "7a797836-d1e3-4249-a68d-f2cb8e4f58a5"
CLIENT = "16f36118-217b-4e7c-9250-69321b4c0742"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
API = "84846a08-b110-44f0-92af-a353b2e94d30"
V1 = f"https://sts.windows.net/{TENANT}/"
V2 = f"https://login.microsoftonline.com/{TENANT}/v2.0"

PASS, WARN, FAIL, UNKNOWN = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN
GENUINE = Signature(PASS, "RS256, kid a")
CLAIMS = {
    "aud": API,
    "iss": V2,
    "iat": 1_000,
    "nbf": 1_000,
    "exp": 5_000,
    "azp": CLIENT,
    "oid": IDENTITY,
    "sub": IDENTITY,
    "tid": TENANT,
    "roles": ["Caller"],
    "ver": "2.0",
}


def segment(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def presented(changes=(), signature=GENUINE, **expected):
    claims = {name: value for name, value in {**CLAIMS, **dict(changes)}.items() if value != ...}
    token = AccessToken.parse(f"{segment({'alg': 'RS256', 'kid': 'a'})}.{segment(claims)}.c2ln")
    expectation = {"audiences": (API,), "issuers": (V1, V2), "at": 2_000.0, "tenant": TENANT}
    return PresentedToken(token, Expectation(**{**expectation, **expected}), signature)


def verdicts(subject):
    return {finding.id: finding.verdict for finding in checks.judged(subject)}


def finding(id_, subject):
    return next(each for each in checks.judged(subject) if each.id == id_)


def test_a_token_that_is_as_expected_holds_in_everything():
    ids = ["MIW300", "MIW301", "MIW302", "MIW303", "MIW304", "MIW305"]

    assert dict.fromkeys(ids, PASS) == verdicts(presented())


def test_every_check_explains_itself_and_has_an_id_of_its_own():
    explained = {check.id: bool(check.judge.__doc__) for check in checks.ALL}

    assert {f"MIW30{n}": True for n in range(8)} == explained


@pytest.mark.parametrize("verdict", [FAIL, UNKNOWN])
def test_without_a_good_signature_nothing_that_it_says_is_called_fine(verdict):
    found = verdicts(presented(signature=Signature(verdict, "no key")))

    assert verdict == found.pop("MIW300")
    assert {UNKNOWN} == set(found.values())


def test_what_would_fail_with_a_good_signature_fails_without_it_too():
    found = verdicts(presented({"aud": "b", "roles": ...}, Signature(FAIL, "no key")))

    assert (FAIL, UNKNOWN) == (found["MIW302"], found["MIW304"])


@pytest.mark.parametrize(
    ("changes", "at", "verdict", "seen"),
    [
        pytest.param({}, 5_000 + 299, PASS, "within the leeway of 5 min", id="within the leeway"),
        pytest.param({}, 5_000 + 300, FAIL, "expired", id="expired"),
        pytest.param({}, 1_000 - 300, PASS, "in", id="before nbf, within the leeway"),
        pytest.param({}, 1_000 - 301, FAIL, "not valid yet: nbf", id="not valid yet"),
        pytest.param({"nbf": ...}, 600, FAIL, "not valid yet: iat", id="issued in the future"),
        pytest.param({"nbf": ..., "iat": ...}, 0, PASS, "exp", id="nothing but exp"),
        pytest.param({"exp": ...}, 2_000, FAIL, "exp is missing", id="no exp"),
        pytest.param({"exp": "5000"}, 2_000, FAIL, "5000, which isn't a time", id="a text"),
        pytest.param({"exp": True}, 2_000, FAIL, "true, which isn't a time", id="a truth value"),
        pytest.param({"exp": 1e30}, 2_000, FAIL, "which isn't a time", id="beyond all time"),
        pytest.param({"nbf": "1000"}, 2_000, FAIL, "nbf is 1000", id="nbf is a text"),
        pytest.param({"iat": None}, 2_000, FAIL, "iat is null", id="iat is null"),
    ],
)
def test_it_counts_between_nbf_and_exp(changes, at, verdict, seen):
    found = finding("MIW301", presented(changes, at=float(at)))

    assert verdict == found.verdict
    assert seen in found.seen


def test_the_leeway_is_what_was_asked_for():
    assert finding("MIW301", presented(at=5_000.0, leeway=0.0)).verdict is FAIL


@pytest.mark.parametrize(
    ("audience", "expected", "verdict", "seen"),
    [
        pytest.param(API, (API,), PASS, API, id="the one"),
        pytest.param(API, ("x", API), PASS, API, id="one of the accepted"),
        pytest.param(["y", API], (API,), PASS, API, id="one of several"),
        pytest.param(f"api://{API}", (API,), FAIL, "v1 token", id="a URI for a bare id"),
        pytest.param(API, (f"api://{API}",), FAIL, "v2 tokens carry", id="a bare id for a URI"),
        pytest.param(f"{API}/", (API,), FAIL, "slash", id="a slash behind it"),
        pytest.param(API.upper(), (API,), FAIL, "case", id="other case"),
        pytest.param("b", (API, "c"), FAIL, f"aud is b, expected {API} or c", id="another"),
        pytest.param(..., (API,), FAIL, "aud is missing", id="none"),
        pytest.param(["b", 1], (API,), FAIL, "isn't text", id="not only texts"),
    ],
)
def test_the_audience_is_compared_exactly(audience, expected, verdict, seen):
    found = finding("MIW302", presented({"aud": audience}, audiences=expected))

    assert verdict == found.verdict
    assert seen in found.seen


@pytest.mark.parametrize(
    ("changes", "expected", "verdict", "seen"),
    [
        pytest.param({}, {}, PASS, V2, id="v2"),
        pytest.param({"iss": V1}, {}, PASS, V1, id="v1"),
        pytest.param({"tid": TENANT.upper()}, {}, PASS, V2, id="tid in other case"),
        pytest.param({"iss": V1[:-1]}, {}, FAIL, "slash", id="v1 without its slash"),
        pytest.param({"iss": V2.replace(TENANT, OTHER)}, {}, FAIL, "expected", id="another's"),
        pytest.param({"iss": ...}, {}, FAIL, "iss is missing", id="none"),
        pytest.param({"iss": [V2]}, {}, FAIL, "isn't text", id="a list"),
        pytest.param({"tid": OTHER}, {}, FAIL, f"tid is {OTHER}", id="tid disagrees"),
        pytest.param({"tid": ...}, {}, FAIL, "tid is null", id="no tid"),
        pytest.param({"tid": OTHER}, {"tenant": None}, FAIL, "tid is", id="no tenant expected"),
        pytest.param(
            {"tid": OTHER}, {"tenant": OTHER}, FAIL, TENANT, id="the tenant, by another's issuer"
        ),
        pytest.param(
            {"iss": "https://a.example", "tid": ...},
            {"tenant": None, "issuers": ("https://a.example",)},
            PASS,
            "a.example",
            id="an issuer without tenants",
        ),
    ],
)
def test_the_expected_tenant_issued_it(changes, expected, verdict, seen):
    found = finding("MIW303", presented(changes, **expected))

    assert verdict == found.verdict
    assert seen in found.seen


def test_an_app_without_a_role_is_no_failure():
    assert finding("MIW304", presented({"roles": ...})).verdict is WARN


def test_a_person_needs_no_app_role():
    assert "MIW304" not in verdicts(presented({"scp": "read", "roles": ...}))


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        pytest.param({"scp": "read"}, "a user", id="a user"),
        pytest.param({"oid": ..., "azp": ...}, "neither oid nor scp", id="nobody"),
    ],
)
def test_what_is_not_app_only_is_no_failure(changes, seen):
    found = finding("MIW305", presented(changes))

    assert found.verdict is WARN
    assert seen in found.seen


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [
        pytest.param(IDENTITY, PASS, id="this one"),
        pytest.param(IDENTITY.upper(), PASS, id="this one in other case"),
        pytest.param(CLIENT, FAIL, id="its client id instead"),
    ],
)
def test_it_speaks_for_the_identity_that_was_expected(expected, verdict):
    assert verdict == finding("MIW306", presented(principal=expected)).verdict


def test_what_a_finding_shows_of_a_claim_can_be_seen():
    found = finding("MIW302", presented({"aud": "a\u202e\x1b[31m"}))

    assert "a\\u202e\\u001b[31m" in found.seen


def test_a_finding_names_a_fix_only_where_something_is_to_be_fixed():
    fixes = {bool(each.fix) for each in checks.judged(presented())}
    wrong = finding("MIW302", presented({"aud": "b"}))

    assert {False} == fixes
    assert wrong.fix
    assert wrong.docs.endswith("#miw302")
