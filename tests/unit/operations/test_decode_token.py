"""Where keys can't be had, and where only Microsoft Graph can verify a token."""

import base64
import json
from types import SimpleNamespace

import pytest

from miwire.easyauth.model import Gate
from miwire.errors import Unreachable
from miwire.finding import Verdict
from miwire.model.auth_settings import AuthSettings
from miwire.model.cloud import Issuers
from miwire.observe import signature
from miwire.operations import decode_token as operation
from miwire.tokens.access_token import AccessToken
from miwire.tokens.expectation import ONLY_GRAPH

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"
B2C = f"https://contoso.b2clogin.com/{TENANT}/v2.0/"
V1, V2 = f"https://sts.windows.net/{TENANT}/", f"https://login.microsoftonline.com/{TENANT}/v2.0"


def segment(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def token(claims):
    return f"{segment({'alg': 'RS256', 'kid': 'a'})}.{segment(claims)}.c2ln"


def azure(keys):
    """An Azure whose issuers publish *keys*."""
    return SimpleNamespace(authority=SimpleNamespace(keys=lambda _issuer: keys))


class Unavailable:
    """Keys at an address where nothing is."""

    def flaw(self, _jws):
        raise Unreachable("The address answered 404.", hint="Check the address.")


class OfGraph:
    """Keys that made the signature of a token for Microsoft Graph."""

    def flaw(self, _jws):
        return ONLY_GRAPH


@pytest.mark.parametrize(
    ("claims", "hint"),
    [
        pytest.param(
            {"iss": B2C, "tfp": "B2C_1_signin", "azp": "c"},
            f"--jwks https://contoso.b2clogin.com/{TENANT}/B2C_1_signin/discovery/v2.0/keys",
            id="a policy of the expected issuer",
        ),
        pytest.param({"iss": B2C, "tfp": "../evil", "azp": "c"}, "Check the", id="no policy"),
        pytest.param({"tfp": "B2C_1_signin", "azp": "c"}, "Check the", id="no issuer"),
    ],
)
def test_keys_that_b2c_publishes_elsewhere_are_named(claims, hint):
    demand = operation.Demand(audiences=("a",), issuers=(B2C,))
    with pytest.raises(Unreachable) as caught:
        operation.verify(azure(Unavailable()), token(claims), demand, 0.0)

    assert hint in caught.value.hint


def test_a_token_for_microsoft_graph_is_unknown_to_miwire_and_rejected_by_app_service():
    read = AccessToken.parse(token({"iss": V1, "appid": "c"}))
    gate = Gate(AuthSettings(), TENANT, Issuers(V1, V2))

    assert Verdict.UNKNOWN is signature.checked(azure(OfGraph()), read, (V1, V2)).verdict
    assert Verdict.FAIL is signature.at_gate(azure(OfGraph()), read, gate).verdict
