import base64
import json

import pytest

from miwire.easyauth.model import POLICY, VALIDATION, Gate, GateRequest, Rule
from miwire.easyauth.predict import predicted
from miwire.finding import Verdict
from miwire.model.auth_settings import AuthSettings
from miwire.model.cloud import Issuers
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import Signature

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
OTHER = "7a797836-d1e3-4249-a68d-f2cb8e4f58a5"
API = "84846a08-b110-44f0-92af-a353b2e94d30"
CORE = "16f36118-217b-4e7c-9250-69321b4c0742"
IDENTITY = "644d9b8a-b07e-46e8-b81e-bd3a4c997ce9"
STRANGER = "3f0a9c52-6a1c-4f4e-9a55-0c7b1c8f1f0e"
GROUP = "b1f6b1c5-5f0f-4c0c-8b1b-2c8f0f6f7a11"
V1 = f"https://sts.windows.net/{TENANT}/"
V2 = f"https://login.microsoftonline.com/{TENANT}/v2.0"
NOW = 2_000.0
GENUINE = Signature(Verdict.PASS, "RS256, kid a")
CLAIMS = {
    "aud": API,
    "iss": V2,
    "nbf": 1_000,
    "exp": 5_000,
    "azp": CORE,
    "oid": IDENTITY,
    "sub": IDENTITY,
    "tid": TENANT,
    "ver": "2.0",
}
OF_V1 = {"iss": V1, "ver": "1.0", "azp": ..., "appid": CORE, "aud": f"api://{API}"}
AAD = "identityProviders.azureActiveDirectory"
VALIDATING = f"{AAD}.validation"
POLICY_PATH = f"{VALIDATING}.defaultAuthorizationPolicy"
APPLICATIONS = f"{POLICY_PATH}.allowedApplications"
IDENTITIES = f"{POLICY_PATH}.allowedPrincipals.identities"
GROUPS = f"{POLICY_PATH}.allowedPrincipals.groups"
ISSUER = "identityProviders.azureActiveDirectory.registration.openIdIssuer"
ACTION = "globalValidation.unauthenticatedClientAction"
REQUIRE = "globalValidation.requireAuthentication"
EXCLUDED = "globalValidation.excludedPaths"


def settings(changes=()):
    """Settings as `protect` writes them, but for the allow-lists."""
    written = AuthSettings(
        {
            "platform": {"enabled": True},
            "globalValidation": {
                "requireAuthentication": True,
                "unauthenticatedClientAction": "Return401",
            },
            "identityProviders": {
                "azureActiveDirectory": {
                    "registration": {"openIdIssuer": V2, "clientId": API},
                    "validation": {"allowedAudiences": [f"api://{API}"]},
                }
            },
        }
    )
    for path, value in dict(changes).items():
        written = written.with_value(path, None if value is ... else value)
    return written


def gate(changes=(), app_settings=(), **read):
    of_app = {"app_settings": dict(app_settings), "issuers": Issuers(V1, V2)}
    return Gate(settings(changes), TENANT, **{**of_app, **read})


def token(changes=()):
    claims = {name: value for name, value in {**CLAIMS, **dict(changes)}.items() if value != ...}
    segments = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
        for each in ({"alg": "RS256", "kid": "a"}, claims)
    ]
    return AccessToken.parse(".".join([*segments, "c2ln"]))


def asked(changes=(), at=NOW, signature=GENUINE, **request):
    return GateRequest(at=at, token=token(changes), signature=signature, **request)


def bare(**request):
    return GateRequest(at=NOW, **request)


def decision(verdict):
    return verdict.status, verdict.rule


# Nobody is asked for a token.


@pytest.mark.parametrize("request_", [bare(), asked({"aud": "x"}), bare(path="/.auth/me")])
def test_a_gate_that_is_off_lets_everything_through(request_):
    off = gate({"platform.enabled": False})

    assert (200, Rule.PLATFORM_OFF) == decision(predicted(off, request_))


def test_anonymous_callers_get_in_where_both_settings_say_so():
    verdict = predicted(gate({REQUIRE: False, ACTION: "AllowAnonymous"}), bare())

    assert (200, Rule.ANONYMOUS_ALLOWED) == decision(verdict)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({ACTION: "AllowAnonymous"}, id="required, but anonymous allowed"),
        pytest.param({REQUIRE: False}, id="not required, but refused"),
    ],
)
def test_settings_that_contradict_each_other_are_not_guessed(changes):
    verdict = predicted(gate(changes), bare())

    assert (None, 200, Rule.ANONYMOUS_ALLOWED) == (verdict.status, verdict.likely, verdict.rule)
    assert ("requireAuthentication or unauthenticatedClientAction",) == verdict.doubts


@pytest.mark.parametrize(
    "request_", [bare(path="/health?x=1"), asked({"aud": "x"}, path="/health")]
)
def test_an_excluded_path_is_open_without_a_token(request_):
    verdict = predicted(gate({EXCLUDED: ["/health"]}), request_)

    assert (200, Rule.EXCLUDED_PATH) == decision(verdict)


def test_an_excluded_path_does_not_let_in_a_caller_whom_the_lists_refuse():
    verdict = predicted(
        gate({EXCLUDED: ["/health"], APPLICATIONS: [STRANGER]}), asked(path="/health")
    )

    assert (403, Rule.ALLOWED_APPLICATIONS) == decision(verdict)


@pytest.mark.parametrize(
    ("entry", "path", "likely"),
    [
        pytest.param("/feed/*", "/feed/x", 200, id="a wildcard at the end"),
        pytest.param("/feed/*", "/feed", 401, id="the folder of a wildcard"),
        pytest.param("/feed", "/feed/x", 401, id="below it"),
        pytest.param("/feed", "/Feed", 401, id="in another case"),
        pytest.param("/feed", "/%66eed", 401, id="escaped"),
    ],
)
def test_what_else_an_excluded_path_means_is_not_known(entry, path, likely):
    verdict = predicted(gate({EXCLUDED: [entry]}), bare(path=path))

    assert (None, likely, ("excludedPaths",)) == (verdict.status, verdict.likely, verdict.doubts)


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        pytest.param("/health", "/", id="another path"),
        pytest.param("/health", "/healthz", id="a longer name"),
        pytest.param('"/health"', "/health", id="quotes that a shell left in"),
    ],
)
def test_a_path_that_is_not_excluded_stays_closed(entry, path):
    verdict = predicted(gate({EXCLUDED: [entry]}), bare(path=path))

    assert (401, Rule.NO_TOKEN_RETURN401) == decision(verdict)


# No token, or none that is taken.


@pytest.mark.parametrize(
    ("action", "browser", "status", "rule"),
    [
        ("Return401", True, 401, Rule.NO_TOKEN_RETURN401),
        ("Return403", True, 403, Rule.NO_TOKEN_RETURN403),
        ("Return404", True, 404, Rule.NO_TOKEN_RETURN404),
        ("RedirectToLoginPage", False, 401, Rule.NO_TOKEN_REDIRECT),
        ("RedirectToLoginPage", True, 302, Rule.NO_TOKEN_REDIRECT),
        (..., False, 401, Rule.NO_TOKEN_REDIRECT),
    ],
)
def test_without_a_token_the_action_decides(action, browser, status, rule):
    verdict = predicted(gate({ACTION: action}), bare(browser=browser))

    assert (status, rule) == decision(verdict)


def test_a_bearer_that_is_no_jwt_is_no_token():
    assert (401, Rule.NOT_A_TOKEN) == decision(predicted(gate(), bare(unreadable=True)))


@pytest.mark.parametrize("action", ["Return403", "Return404"])
def test_the_status_of_a_token_that_is_not_taken_is_not_known_beside_return401(action):
    verdict = predicted(gate({ACTION: action}), asked({"aud": "x"}))

    assert (None, Rule.AUDIENCE, int(action[-3:])) == (*decision(verdict), verdict.likely)


def test_a_token_that_is_not_taken_is_anonymous_where_that_is_allowed():
    verdict = predicted(
        gate({REQUIRE: False, ACTION: "AllowAnonymous"}), asked({"aud": "x"}, browser=True)
    )

    assert (200, Rule.ANONYMOUS_ALLOWED) == decision(verdict)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        pytest.param(Verdict.PASS, (200, Rule.PASSES, ()), id="proven"),
        pytest.param(Verdict.FAIL, (401, Rule.SIGNATURE, ()), id="forged"),
        pytest.param(Verdict.UNKNOWN, (None, Rule.PASSES, ("signature",)), id="not checked"),
    ],
)
def test_a_signature_counts_as_far_as_it_was_checked(verdict, expected):
    seen = predicted(gate(), asked(signature=Signature(verdict, "the kid is x")))

    assert expected == (*decision(seen), seen.doubts)


def test_an_unchecked_signature_does_not_matter_where_the_gate_is_open_anyway():
    verdict = predicted(
        gate({REQUIRE: False, ACTION: "AllowAnonymous"}),
        asked(signature=Signature(Verdict.UNKNOWN, "not checked")),
    )

    assert (200, ()) == (verdict.status, verdict.doubts)


@pytest.mark.parametrize(
    ("configured", "claims", "expected"),
    [
        pytest.param(V2, {}, (200, Rule.PASSES), id="v2 under v2"),
        pytest.param(V1, OF_V1, (200, Rule.PASSES), id="v1 under v1"),
        pytest.param(
            V2.replace("login.microsoftonline.com", "sts.windows.net"),
            {},
            (200, Rule.PASSES),
            id="v2 under what the portal writes",
        ),
        pytest.param(V2, {"iss": V2.replace(TENANT, OTHER)}, (401, Rule.ISSUER), id="a stranger's"),
        pytest.param(V2.replace(TENANT, OTHER), {}, (401, Rule.ISSUER), id="set to another tenant"),
        pytest.param(
            V2.replace(TENANT, OTHER),
            {"iss": V2.replace(TENANT, OTHER)},
            (200, Rule.PASSES),
            id="set to another tenant, whose token it is",
        ),
        pytest.param(V2, {"iss": ...}, (401, Rule.ISSUER), id="no issuer"),
        pytest.param(
            "https://login.microsoftonline.com/common/v2.0",
            {"iss": V2.replace(TENANT, OTHER)},
            (200, Rule.PASSES),
            id="common: anybody's",
        ),
        pytest.param(..., {"iss": V1}, (200, Rule.PASSES), id="none set: anybody's"),
    ],
)
def test_the_issuer_is_one_of_the_two_of_the_tenant_in_the_settings(configured, claims, expected):
    assert expected == decision(predicted(gate({ISSUER: configured}), asked(claims)))


@pytest.mark.parametrize(
    ("configured", "claims", "doubt"),
    [
        pytest.param(V2, OF_V1, "strict_issuer", id="v1 under v2"),
        pytest.param(V1, {}, "strict_issuer", id="v2 under v1"),
        pytest.param(
            f"https://login.example/{TENANT}/v2.0",
            {},
            "openIdIssuer names this tenant on another host",
            id="a host",
        ),
        pytest.param(
            "https://login.microsoftonline.com/contoso.example/v2.0",
            {},
            "openIdIssuer names a tenant by a domain",
            id="a domain",
        ),
        pytest.param(
            "https://login.microsoftonline.com/consumers/v2.0",
            {},
            "openIdIssuer stands for personal accounts",
            id="personal accounts",
        ),
    ],
)
def test_an_issuer_of_the_other_form_is_taken_by_some_runtimes_only(configured, claims, doubt):
    verdict = predicted(gate({ISSUER: configured}), asked(claims))

    assert (None, 200, (doubt,)) == (verdict.status, verdict.likely, verdict.doubts)


@pytest.mark.parametrize(
    ("configured", "doubt"),
    [
        (f"https://login.microsoftonline.com/v2.0/{TENANT}/", "has the version before the tenant"),
        ("https://login.microsoftonline.com/{tenant-guid}/v2.0", "still has a placeholder"),
        ("https://login.microsoftonline.com/v2.0", "names no tenant"),
        (TENANT, "is a bare tenant ID"),
        (f"{V2} ", "has a blank in it"),
    ],
)
def test_what_a_token_gets_where_the_issuer_is_none_is_not_certain(configured, doubt):
    at_gate = gate({ISSUER: configured})
    verdict = predicted(at_gate, asked())

    assert (None, 500, Rule.NO_METADATA) == (verdict.status, verdict.likely, verdict.rule)
    assert (f"openIdIssuer {doubt}",) == verdict.doubts
    assert (401, Rule.NO_TOKEN_RETURN401) == decision(predicted(at_gate, bare()))
    assert (401, Rule.NOT_A_TOKEN) == decision(predicted(at_gate, bare(unreadable=True)))


def test_a_provider_that_is_off_asks_for_no_metadata():
    changes = {ISSUER: TENANT, f"{AAD}.enabled": False}

    assert (401, Rule.PROVIDER_OFF) == decision(predicted(gate(changes), asked()))


@pytest.mark.parametrize(
    ("configured", "doubt"),
    [
        (f"https://contoso.ciamlogin.com/{OTHER}/v2.0", "is of Microsoft Entra External ID"),
        (f"https://contoso.b2clogin.com/tfp/{OTHER}/b2c_1_in/v2.0", "is of Azure AD B2C"),
        ("https://accounts.google.com", "is another identity provider's"),
    ],
)
def test_a_token_of_the_tenant_is_likely_not_taken_by_another_provider(configured, doubt):
    verdict = predicted(gate({ISSUER: configured}), asked())

    assert (None, 401, (f"openIdIssuer {doubt}",)) == (
        verdict.status,
        verdict.likely,
        verdict.doubts,
    )


def test_a_verified_domain_of_the_tenant_is_an_issuer_like_its_id():
    configured = {ISSUER: "https://login.microsoftonline.com/contoso.example/v2.0"}
    known = gate(configured, domains=("contoso.example",))

    assert (200, Rule.PASSES) == decision(predicted(known, asked()))


def test_issuers_that_could_not_be_read_leave_the_answer_unknown():
    verdict = predicted(gate(issuers=None), asked())

    assert (None, ("the tenant's issuers",)) == (verdict.status, verdict.doubts)


@pytest.mark.parametrize(
    ("changes", "audience", "expected"),
    [
        pytest.param({}, API, (200, Rule.PASSES), id="the client id"),
        pytest.param({}, f"api://{API}", (200, Rule.PASSES), id="one of the list"),
        pytest.param({}, ["x", API], (200, Rule.PASSES), id="one of several"),
        pytest.param({}, f"api://{API}/", (401, Rule.AUDIENCE), id="a slash behind it"),
        pytest.param({}, "https://management.azure.com/", (401, Rule.AUDIENCE), id="another"),
        pytest.param({}, ..., (401, Rule.AUDIENCE), id="none"),
        pytest.param(
            {f"{VALIDATING}.allowedAudiences": ...}, API, (200, Rule.PASSES), id="implicit"
        ),
        pytest.param(
            {f"{VALIDATING}.allowedAudiences": ...},
            f"api://{API}",
            (401, Rule.AUDIENCE),
            id="the URI is never implicit",
        ),
    ],
)
def test_the_audience_is_the_client_id_or_listed(changes, audience, expected):
    assert expected == decision(predicted(gate(changes), asked({"aud": audience})))


def test_a_near_miss_of_the_audience_is_explained():
    verdict = predicted(
        gate({f"{VALIDATING}.allowedAudiences": ...}), asked({"aud": f"api://{API}"})
    )

    assert f"aud is api://{API}; expected {API} (v1 tokens carry" in verdict.sentence


@pytest.mark.parametrize(
    ("claims", "at", "expected"),
    [
        pytest.param({}, 5_299.0, (200, Rule.PASSES), id="expired within five minutes"),
        pytest.param({}, 5_301.0, (401, Rule.LIFETIME), id="expired"),
        pytest.param({}, 700.0, (200, Rule.PASSES), id="begins within five minutes"),
        pytest.param({}, 699.0, (401, Rule.LIFETIME), id="not valid yet"),
        pytest.param({"nbf": ...}, 0.0, (200, Rule.PASSES), id="no beginning"),
        pytest.param({"exp": ...}, NOW, (401, Rule.LIFETIME), id="no end"),
        pytest.param({"exp": "5000"}, NOW, (401, Rule.LIFETIME), id="an end that is no time"),
    ],
)
def test_the_lifetime_has_five_minutes_of_leeway(claims, at, expected):
    assert expected == decision(predicted(gate(), asked(claims, at=at)))


def test_a_provider_that_is_off_takes_no_token():
    off = gate({"identityProviders.azureActiveDirectory.enabled": False})

    assert (401, Rule.PROVIDER_OFF) == decision(predicted(off, asked()))


def test_what_a_provider_without_a_client_id_does_is_not_known():
    nameless = gate({"identityProviders.azureActiveDirectory.registration.clientId": ...})
    verdict = predicted(nameless, asked({"aud": f"api://{API}"}))

    assert (None, 401, Rule.PROVIDER_OFF) == (verdict.status, verdict.likely, verdict.rule)


def test_the_first_rule_that_objects_is_the_one_that_is_named():
    every_flaw = asked({"iss": V2.replace(TENANT, OTHER), "aud": "x", "exp": 1})

    assert Rule.ISSUER is predicted(gate({APPLICATIONS: [STRANGER]}), every_flaw).rule


# The caller is known, and let in or not.


@pytest.mark.parametrize(
    ("changes", "claims", "expected"),
    [
        pytest.param({APPLICATIONS: [CORE]}, {}, (200, Rule.PASSES), id="client listed"),
        pytest.param({APPLICATIONS: [CORE.upper()]}, {}, (200, Rule.PASSES), id="other case"),
        pytest.param(
            {APPLICATIONS: [CORE], ISSUER: V1}, OF_V1, (200, Rule.PASSES), id="client of v1"
        ),
        pytest.param(
            {APPLICATIONS: [API]}, {}, (403, Rule.ALLOWED_APPLICATIONS), id="client not listed"
        ),
        pytest.param({IDENTITIES: [IDENTITY]}, {}, (200, Rule.PASSES), id="identity listed"),
        pytest.param(
            {IDENTITIES: [STRANGER]}, {}, (403, Rule.ALLOWED_IDENTITIES), id="identity not listed"
        ),
        pytest.param(
            {IDENTITIES: [IDENTITY]}, {"oid": ...}, (403, Rule.ALLOWED_IDENTITIES), id="no oid"
        ),
        pytest.param(
            {APPLICATIONS: [CORE], IDENTITIES: [STRANGER]},
            {},
            (403, Rule.ALLOWED_IDENTITIES),
            id="both lists have to agree",
        ),
        pytest.param(
            {APPLICATIONS: [IDENTITY], IDENTITIES: [CORE]},
            {},
            (403, Rule.ALLOWED_APPLICATIONS),
            id="the two ids swapped",
        ),
        pytest.param({IDENTITIES: []}, {}, (200, Rule.PASSES), id="no identities"),
        pytest.param({GROUPS: [GROUP]}, {"groups": [GROUP]}, (200, Rule.PASSES), id="in a group"),
        pytest.param({GROUPS: [GROUP]}, {}, (403, Rule.ALLOWED_GROUPS), id="in no group"),
        pytest.param(
            {GROUPS: [GROUP], IDENTITIES: [IDENTITY]},
            {"scp": "x"},
            (200, Rule.PASSES),
            id="a person whose id is listed, in no group",
        ),
        pytest.param(
            {f"{VALIDATING}.jwtClaimChecks.allowedClientApplications": [API]},
            {},
            (403, Rule.JWT_CLAIM_CHECKS),
            id="the legacy list of clients",
        ),
        pytest.param(
            {f"{VALIDATING}.jwtClaimChecks.allowedGroups": [GROUP]},
            {},
            (403, Rule.JWT_CLAIM_CHECKS),
            id="the legacy list of groups",
        ),
        pytest.param(
            {f"{VALIDATING}.jwtClaimChecks.allowedGroups": [GROUP]},
            {"groups": [GROUP]},
            (200, Rule.PASSES),
            id="in a group of the legacy list",
        ),
        pytest.param({}, {"roles": ...}, (200, Rule.PASSES), id="roles are nothing to it"),
    ],
)
def test_every_list_that_is_not_empty_has_to_hold_the_caller(changes, claims, expected):
    assert expected == decision(predicted(gate(changes), asked(claims)))


OVERAGE = {"_claim_names": {"groups": "src1"}, "scp": "read"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({GROUPS: [GROUP]}, id="allowed groups"),
        pytest.param({GROUPS: [GROUP], IDENTITIES: [STRANGER]}, id="and other identities"),
        pytest.param({f"{VALIDATING}.jwtClaimChecks.allowedGroups": [GROUP]}, id="claim checks"),
    ],
)
@pytest.mark.parametrize("claims", [OVERAGE, {"hasgroups": True, "scp": "read"}], ids=["_", "has"])
def test_a_check_of_groups_is_not_decided_for_a_caller_with_too_many(changes, claims):
    verdict = predicted(gate(changes), asked(claims))

    assert (None, 403, ("group overage",)) == (verdict.status, verdict.likely, verdict.doubts)
    assert "too many groups" in verdict.sentence


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, (200, Rule.PASSES), id="no check of groups"),
        pytest.param({IDENTITIES: [STRANGER]}, (403, Rule.ALLOWED_IDENTITIES), id="no groups"),
        pytest.param(
            {IDENTITIES: [IDENTITY], GROUPS: [GROUP]}, (200, Rule.PASSES), id="an allowed identity"
        ),
    ],
)
def test_too_many_groups_do_not_matter_where_none_decides(changes, expected):
    assert expected == decision(predicted(gate(changes), asked(OVERAGE)))


def test_a_refused_caller_is_told_with_what_was_seen_and_wanted():
    sentence = predicted(gate({APPLICATIONS: [API]}), asked()).sentence

    assert sentence == f"the caller's client ID is {CORE}; allowedApplications is {API}"


@pytest.mark.parametrize(
    ("client", "likely"),
    [pytest.param(CORE, 403, id="another client"), pytest.param(API, 200, id="the target itself")],
)
def test_what_an_empty_list_of_applications_does_is_not_known(client, likely):
    verdict = predicted(gate({APPLICATIONS: []}), asked({"azp": client}))

    assert (None, likely) == (verdict.status, verdict.likely)
    assert ("empty_allowed_applications",) == verdict.doubts


def test_an_empty_list_does_not_matter_where_another_rule_refuses_anyway():
    verdict = predicted(gate({APPLICATIONS: [], IDENTITIES: [STRANGER]}), asked())

    assert (403, ()) == (verdict.status, verdict.doubts)


def test_whether_groups_shut_out_a_listed_identity_is_not_known():
    verdict = predicted(gate({GROUPS: [GROUP], IDENTITIES: [IDENTITY]}), asked())

    assert (None, 403, Rule.ALLOWED_GROUPS) == (verdict.status, verdict.likely, verdict.rule)
    assert ("groups_break_identities_for_app_only",) == verdict.doubts


@pytest.mark.parametrize(
    ("app_settings", "claims", "expected"),
    [
        pytest.param(
            {"WEBSITE_AUTH_AAD_ALLOWED_TENANTS": f"{OTHER}, {TENANT}"},
            {},
            (200, Rule.PASSES),
            id="one of the tenants",
        ),
        pytest.param(
            {"WEBSITE_AUTH_AAD_ALLOWED_TENANTS": OTHER}, {}, (403, Rule.TENANTS), id="another"
        ),
        pytest.param(
            {"WEBSITE_AUTH_AAD_REQUIRE_CLIENT_SERVICE_PRINCIPAL": "True"},
            {"oid": ...},
            (403, Rule.SERVICE_PRINCIPAL),
            id="no service principal",
        ),
        pytest.param(
            {"WEBSITE_AUTH_AAD_REQUIRE_CLIENT_SERVICE_PRINCIPAL": "false"},
            {"oid": ...},
            (200, Rule.PASSES),
            id="no service principal needed",
        ),
    ],
)
def test_app_settings_narrow_whom_a_gate_lets_in(app_settings, claims, expected):
    assert expected == decision(predicted(gate(app_settings=app_settings), asked(claims)))


def test_app_settings_that_could_not_be_read_leave_who_gets_in_unknown():
    unread = predicted(Gate(settings(), TENANT, Issuers(V1, V2)), asked())

    assert (None, 200, ("app settings",)) == (unread.status, unread.likely, unread.doubts)


# What is not the gate's to decide, or not in these settings.


@pytest.mark.parametrize(
    ("path", "status"), [("/.auth/login/aad", 302), ("/.auth/me", None), ("/.AUTH", None)]
)
def test_the_gates_own_endpoints_are_not_the_apps(path, status):
    assert (status, Rule.GATE_ENDPOINT) == decision(predicted(gate(), bare(path=path)))


@pytest.mark.parametrize(
    ("changes", "method", "status"),
    [
        ({}, "GET", 302),
        ({}, "POST", None),
        ({}, "OPTIONS", None),
        ({f"{AAD}.enabled": False}, "GET", None),
        ({f"{AAD}.registration.clientId": ...}, "GET", None),
    ],
)
def test_the_sign_in_redirects_a_get_where_microsoft_signs_people_in(changes, method, status):
    request = bare(path="/.auth/login/aad", method=method)

    assert status == predicted(gate(changes), request).status


@pytest.mark.parametrize(
    ("changes", "app_settings", "challenges"),
    [
        ({}, {}, True),
        ({}, None, None),
        ({f"{AAD}.login.disableWWWAuthenticate": True}, None, False),
        ({f"{AAD}.login.disableWWWAuthenticate": "true"}, {}, False),
        ({}, {"WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE": "True"}, False),
        ({}, {"WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE": "0"}, True),
    ],
)
def test_two_settings_take_the_challenge_from_a_401(changes, app_settings, challenges):
    assert challenges is Gate(settings(changes), TENANT, None, app_settings).challenges


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("platform.enabled", "true", 401),
        ("platform.enabled", "False", 200),
        (f"{AAD}.enabled", "TRUE", 401),
    ],
)
def test_text_counts_as_the_boolean_that_it_spells(path, value, status):
    verdict = predicted(gate({path: value}), bare())

    assert (status, ()) == (verdict.status, verdict.doubts)


@pytest.mark.parametrize("value", ["yes", "", 1, []])
def test_what_is_neither_true_nor_false_leaves_the_answer_unknown(value):
    verdict = predicted(gate({"platform.enabled": value}), bare())

    assert (None, ("platform.enabled is neither true nor false",)) == (
        verdict.status,
        verdict.doubts,
    )


def test_http_is_redirected_with_a_status_that_is_not_known():
    verdict = predicted(gate(), asked(over_https=False))

    assert (None, 302, Rule.REQUIRE_HTTPS) == (verdict.status, verdict.likely, verdict.rule)


def test_http_is_judged_like_https_where_that_is_not_required():
    verdict = predicted(gate({"httpSettings.requireHttps": False}), asked(over_https=False))

    assert (200, Rule.PASSES) == decision(verdict)


def test_settings_that_do_not_count_predict_nothing():
    verdict = predicted(gate(elsewhere="read from the file auth.json"), bare())

    assert (None, 401, True) == (verdict.status, verdict.likely, verdict.unknown)
    assert "read from the file auth.json" in verdict.sentence


def test_every_rule_is_in_one_family_at_most():
    assert set() == set(VALIDATION) & set(POLICY)


@pytest.mark.parametrize(
    ("setting", "path", "status"),
    [
        ("/", "/", None),
        ("/items", "/items?a=1", None),
        ("items", "/items", None),
        ("/Items", "/items", None),
        ("/items", "/", 401),
        ("/items", "/items/1", 401),
        ("", "/", 401),
    ],
)
def test_what_the_warm_up_path_answers_without_a_token_is_unknown(setting, path, status):
    app_settings = {"WEBSITE_WARMUP_PATH": setting}
    gate = Gate(settings(), TENANT, Issuers(V1, V2), app_settings)
    verdict = predicted(gate, GateRequest(at=NOW, path=path))

    assert (status, 401) == (verdict.status, verdict.likely)
