"""
Where sources disagree about Easy Auth: with each switch turned, miwire's prediction and the lab.

The big grid is in tests/contract; ARM writes an empty list for an absent one there, so what an
absent list does is compared here.
"""

from itertools import product

import httpx
import pytest

from miwire.easyauth.model import Gate, GateRequest
from miwire.easyauth.predict import predicted
from miwire.finding import Verdict
from miwire.lab.faults.config import GateSwitches
from miwire.model.auth_settings import AuthSettings
from miwire.model.cloud import Issuers
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import Signature

API = "11111111-aaaa-4aaa-8aaa-111111111111"
CORE = "22222222-bbbb-4bbb-8bbb-222222222222"
IDENTITY = "33333333-cccc-4ccc-8ccc-333333333333"
GROUP = "55555555-eeee-4eee-8eee-555555555555"
GENUINE = Signature(Verdict.PASS, "the lab's own")
POLICIES = {
    "absent": None,
    "empty": {"allowedApplications": []},
    "right": {"allowedApplications": [CORE]},
    "wrong": {"allowedApplications": [IDENTITY]},
    "identity": {"allowedPrincipals": {"identities": [IDENTITY]}},
    "group": {"allowedPrincipals": {"groups": [GROUP]}},
    "identity and group": {"allowedPrincipals": {"identities": [IDENTITY], "groups": [GROUP]}},
}
CLIENTS = {"core": CORE, "the target itself": API}


def settings(azure, issuer, policy):
    base = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}"
    configured = {"v1": f"{base}/", "v2": f"{base}/v2.0", "none": None}[issuer]
    validation = {"allowedAudiences": [f"api://{API}"]}
    if policy is not None:
        validation["defaultAuthorizationPolicy"] = policy
    registration = {"clientId": API} | ({"openIdIssuer": configured} if configured else {})
    return {
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {
            "azureActiveDirectory": {"registration": registration, "validation": validation}
        },
        "httpSettings": {"requireHttps": False},
    }


def tokens(azure):
    base = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}"
    now = int(azure.tenant.clock.now())
    usual = {"nbf": now, "exp": now + 3600, "oid": IDENTITY, "sub": IDENTITY}
    usual |= {"tid": azure.tenant.tenant_id}
    for client in CLIENTS.values():
        yield {**usual, "aud": f"api://{API}", "iss": f"{base}/", "appid": client, "ver": "1.0"}
        yield {**usual, "aud": API, "iss": f"{base}/v2.0", "azp": client, "ver": "2.0"}


@pytest.mark.parametrize(
    ("switches", "turned"),
    [
        pytest.param(GateSwitches(), None, id="as expected"),
        pytest.param(
            GateSwitches(empty_allowed_applications="deny"), "empty_allowed_applications", id="deny"
        ),
        pytest.param(
            GateSwitches(empty_allowed_applications="allow"),
            "empty_allowed_applications",
            id="allow",
        ),
        pytest.param(
            GateSwitches(groups_break_identities_for_app_only=False),
            "groups_break_identities_for_app_only",
            id="groups",
        ),
        pytest.param(GateSwitches(strict_issuer=True), "strict_issuer", id="strict"),
    ],
)
def test_the_lab_differs_from_what_is_likely_only_by_the_switch_that_was_turned(
    azure, switches, turned
):
    azure.tenant.gate = switches
    base = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}"
    issuers = Issuers(f"{base}/", f"{base}/v2.0")
    unexplained, explained = [], 0
    for issuer, policy, claims in product(("v1", "v2", "none"), POLICIES, list(tokens(azure))):
        azure.site.auth_settings = settings(azure, issuer, POLICIES[policy])
        gate = Gate(
            AuthSettings(azure.site.auth_settings), azure.tenant.tenant_id, issuers, app_settings={}
        )
        text = azure.signed(**claims)
        request = GateRequest(
            azure.tenant.clock.now(), "/", AccessToken.parse(text), GENUINE, over_https=False
        )
        verdict = predicted(gate, request)
        headers = {"Authorization": f"Bearer {text}"}
        status = azure.client.send(httpx.Request("GET", azure.gate, headers=headers)).status_code
        if verdict.status not in {None, status} or (
            verdict.likely != status and turned not in verdict.doubts
        ):
            unexplained.append((issuer, policy, claims, verdict, status))
        explained += verdict.likely != status

    assert [] == unexplained
    assert (turned is not None) == (explained > 0)


SPELLINGS = (True, "true", "False", "yes", 1, None)
FLAGS = (
    ("platform", "enabled"),
    ("globalValidation", "requireAuthentication"),
    ("identityProviders", "azureActiveDirectory", "enabled"),
)


def with_flags(azure, values):
    """Settings in which every boolean is spelled somehow; None: it is absent."""
    written = settings(azure, "v2", None)
    for path, value in zip(FLAGS, values, strict=True):
        *parents, name = path
        inner = written
        for each in parents:
            inner = inner[each]
        inner.pop(name, None)
        if value is not None:
            inner[name] = value
    return written


@pytest.mark.parametrize("action", ["Return401", "Return404", "AllowAnonymous"])
def test_text_where_booleans_belong_is_predicted_as_the_lab_reads_it(azure, action):
    base = f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}"
    claims = next(each for each in tokens(azure) if each["ver"] == "2.0")
    text = azure.signed(**claims)
    token = AccessToken.parse(text)
    disagreements, unread, ran = [], 0, 0
    for values in product(SPELLINGS, repeat=len(FLAGS)):
        azure.site.auth_settings = with_flags(azure, values)
        azure.site.auth_settings["globalValidation"]["unauthenticatedClientAction"] = action
        gate = Gate(
            AuthSettings(azure.site.auth_settings),
            azure.tenant.tenant_id,
            Issuers(f"{base}/", f"{base}/v2.0"),
            app_settings={},
        )
        for sent in (None, token):
            request = GateRequest(
                azure.tenant.clock.now(), token=sent, signature=GENUINE, over_https=False
            )
            headers = {"Authorization": f"Bearer {text}"} if sent else {}
            status = azure.client.get(azure.gate, headers=headers).status_code
            verdict = predicted(gate, request)
            odd = any("neither true nor false" in each for each in verdict.doubts)
            ran += 1
            unread += odd
            if verdict.status not in {None, status} or (verdict.likely != status and not odd):
                disagreements.append((values, bool(sent), verdict, status))

    assert [] == disagreements
    assert 0 < unread < ran == 2 * len(SPELLINGS) ** len(FLAGS)
