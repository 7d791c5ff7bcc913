"""
What unit tests start from: the story as values, and what people paste for a token.

The story is what core and integration are before, and once they are wired.
"""

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import Mode
from miwire.model.cloud import Issuers
from miwire.model.directory import (
    AppRegistration,
    AppRole,
    AppRoleAssignment,
    ServicePrincipal,
    unique_name,
)
from miwire.model.identity import ManagedIdentity, SystemAssignedIdentity, UserAssignedIdentity
from miwire.model.site import Site, SiteRef
from miwire.model.wiring import Caller, Source, Target, Wiring
from miwire.plan.changes.auth_settings import WriteAuthSettings

SUBSCRIPTION = "00000000-aaaa-bbbb-cccc-000000000000"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CORE_REF = SiteRef(SUBSCRIPTION, "rg", "core")
REF = SiteRef(SUBSCRIPTION, "rg", "integration")
TARGET = Site(REF, "integration.example", (), "app,linux", "Running", ManagedIdentity())
BARE = Site(CORE_REF, "core.example", (), "app,linux", "Running", ManagedIdentity())
ROLE = AppRole("role-id", "Caller", enabled=True, member_types=("Application",), document={})
API = AppRegistration(
    "api-object", "api-client", "integration", ("api://api-client",), 2, (ROLE,), unique_name(REF)
)
PRINCIPAL = ServicePrincipal("api-principal", "api-client", "integration", assignment_required=True)


class Story:
    """What tests of plans start from."""

    issuers = Issuers(
        f"https://sts.windows.net/{TENANT}/", f"https://login.microsoftonline.com/{TENANT}/v2.0"
    )
    caller = Caller("core", "core-client", "core-principal")
    orders = UserAssignedIdentity(
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
        "/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders",
        "orders-principal",
        "orders-client",
    )

    @property
    def fresh(self):
        """Nothing there yet, and core without an identity."""
        return Wiring(
            TENANT,
            target=Target(TARGET, issuers=self.issuers),
            source=Source(BARE),
            callers=(Caller.to_be("core"),),
        )

    @property
    def core(self):
        """core with its own identity."""
        identity = ManagedIdentity(SystemAssignedIdentity("core-principal", TENANT))
        return replace(BARE, identity=identity)

    @property
    def wired(self):
        """Everything there, and core let in."""
        with_caller = replace(self.fresh, source=Source(self.core), callers=(self.caller,))
        made = with_caller.with_target(
            registration=API,
            service_principal=PRINCIPAL,
            assignments=(AppRoleAssignment("core-principal", "role-id", "1"),),
        )
        gate = WriteAuthSettings("integration", Mode.CLOSED)
        return made.with_target(settings=gate.edit(made).applied_to(AuthSettings()))


@pytest.fixture
def story():
    """The story as values."""
    return Story()


class Pasted:
    """Genuine tokens and one secret, in the forms of tokens/pasted_forms.json."""

    secret = "q7Zt9PwX3vLm8RbK2sYc"

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        header, issuer = (
            {"typ": "JWT", "alg": "RS256", "kid": "a"},
            f"https://sts.windows.net/{TENANT}/",
        )
        people = {"iss": issuer, "tid": TENANT, "oid": "o", "sub": "o", "exp": 5_000, "ver": "1.0"}
        self.access = self.signed(header, {**people, "aud": "api://api", "appid": "core-client"})
        self.id_token = self.signed(header, {**people, "aud": "web", "nonce": "n", "name": "Ann"})
        self.graph = self.signed(
            {**header, "nonce": "g"}, {**people, "aud": "https://graph.microsoft.com", "appid": "c"}
        )
        encrypted = json.dumps({"alg": "RSA-OAEP", "enc": "A256GCM"}).encode()
        self.encrypted = f"{_segment(encrypted)}.a2V5.aXY.dGV4dA.dGFn"

    def signed(self, header, claims):
        """Return a token signed with the key of these tests."""
        text = ".".join(_segment(json.dumps(each).encode()) for each in (header, claims))
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_segment(signature)}"

    def text(self, form):
        """Return a form with the tokens and the secret in their places."""
        places = {
            "{JWT}": self.access,
            "{JWT2}": self.id_token,
            "{JWT_GRAPH}": self.graph,
            "{JWE}": self.encrypted,
            "{SECRET}": self.secret,
            "{64KiB of blanks}": " " * 65_536,
            "{Bearer JWT|base64}": _standard(f"Bearer {self.access}"),
            "{:JWT|base64}": _standard(f":{self.access}"),
            **{f"{{JWT|{name}}}": change(self.access) for name, change in _CHANGES.items()},
        }
        for place, value in places.items():
            form = form.replace(place, value)
        return form

    def raw(self, form):
        """Return the bytes of one of the forms."""
        return self.text(form["pasted"]).encode(form.get("encoding", "utf-8"))


def _wrapped(width, between):
    return lambda text: between.join(text[at : at + width] for at in range(0, len(text), width))


def _segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _standard(text):
    return base64.b64encode(text.encode()).decode()


_CHANGES = {
    "wrap76": _wrapped(76, "\n"),
    "wrap76crlf_indent4": _wrapped(76, "\r\n    "),
    "wrap76_indent2": _wrapped(76, "\n  "),
    "wrap76_prefix> ": _wrapped(76, "\n> "),
    "wrap76_backslash": _wrapped(76, "\\\n"),
    "wrap60_box": _wrapped(60, " \u2502\n\u2502 "),
    "zwsp": _wrapped(40, "\u200b"),
    "shy": _wrapped(40, "\u00ad"),
    "base64": _standard,
    "first40": lambda text: text[:40],
    "last20": lambda text: text[-20:],
    "first4095": lambda text: text[:4_095],
    "cut10": lambda text: text[:-10],
    "two_segments": lambda text: text.rpartition(".")[0],
    "payload": lambda text: text.split(".")[1],
}


@pytest.fixture(scope="session")
def pasted_tokens():
    """Tokens to be pasted, with a key made for this run."""
    return Pasted()
