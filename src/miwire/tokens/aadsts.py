"""Why a token was not issued, by what the credential chain reports or by Entra ID's own code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from miwire.errors import NotSignedIn

if TYPE_CHECKING:
    from miwire.remedy import Fix

_AADSTS = re.compile(r"AADSTS(\d{4,7})")
_ENDPOINT = re.compile(r"Token request error: \(\w+\) (\d{3}), ([^\n]*)")
_OF_CLOUD_SHELL = "AudienceNotSupported"
"""The code of Cloud Shell's token endpoint (Azure/CloudShell#351, #477)."""
_NETWORK = re.compile(
    r"Connection refused|Failed to establish a new connection|Name or service not known"
    r"|nodename nor servname|getaddrinfo failed|timed out|CERTIFICATE_VERIFY_FAILED"
    r"|Connection reset|Connection aborted|Remote end closed",
)


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """
    What stood between a credential and a token.

    azure-identity says that the managed identity configuration was "not found in environment"
    whenever the identity endpoint answers with an error, so its sentence is not to be trusted: what
    counts is the AADSTS code or the endpoint's own status and text inside it.
    """

    aadsts: int | None = None
    """Entra ID's error code."""
    endpoint_status: int | None = None
    """What the App Service identity endpoint answered."""
    endpoint_message: str = ""
    audience_unsupported: bool = False
    """Whether Azure Cloud Shell has no tokens for that audience: it has a fixed list of them."""
    network: str | None = None
    """What the network said, where nobody answered at all."""

    @classmethod
    def of(cls, report: str) -> Self:
        """Read the report of a credential, or of a chain of them."""
        answer = _ENDPOINT.search(report)
        fault = _NETWORK.search(report)
        return cls(
            aadsts=code_in(report),
            endpoint_status=int(answer[1]) if answer else None,
            endpoint_message=answer[2].strip() if answer else "",
            audience_unsupported=_OF_CLOUD_SHELL in report,
            network=fault[0] if fault else None,
        )

    @property
    def told(self) -> str:
        """What was said, in half a sentence."""
        if self.aadsts is not None:
            known = explained(self.aadsts)
            meaning = f", {known.meaning}" if known else ""
            return f"Entra ID answered AADSTS{self.aadsts}{meaning}"
        if self.audience_unsupported:
            return "Azure Cloud Shell issues no tokens for this audience (AudienceNotSupported)"
        if self.endpoint_status is not None:
            said = self.endpoint_message.rstrip(".")
            return f"the identity endpoint answered {self.endpoint_status}: {said}"
        return "none of the credentials in DefaultAzureCredential is configured or working"

    @property
    def shows_nothing(self) -> bool:
        """Whether it says nothing of the target, and signing in helps nobody."""
        return self.aadsts is None and self.audience_unsupported

    def told_of_a_target(self) -> str | None:
        """
        Say what it means if a token for a target was requested.

        None: it says nothing about the target, somebody has to sign in first.
        """
        if self.shows_nothing:
            told = self.told
            return f"{told[0].upper()}{told[1:]}, so nothing is known of this target."
        if self.aadsts is not None:
            meaning = _MEANINGS.get(self.aadsts)
            return (
                f"Entra ID doesn't issue a token for this target ({meaning})." if meaning else None
            )
        if self.endpoint_status == _OPAQUE:
            return (
                "Entra ID doesn't issue a token for this target: it requires "
                "assignment and this identity holds no app role (AADSTS501051), or no "
                "service principal in this tenant has the requested audience "
                "(AADSTS500011). App Service "
                f'reports only HTTP 500 "{self.endpoint_message}", but the same '
                "identity can get a token for Azure Resource Manager, so the problem "
                "is this target."
            )
        return None


_OPAQUE = 500
_MEANINGS = {
    501051: ("AADSTS501051: the target requires assignment, and this client holds no app role"),
    50105: "AADSTS50105: the target requires assignment, and this user isn't assigned",
    500011: (
        "AADSTS500011: the target has no service principal in this tenant, or no identifier URI of "
        "that name"
    ),
    50001: "AADSTS50001: the target is disabled or doesn't exist in this tenant",
    65001: "AADSTS65001: no consent for this client to request tokens for the target",
    500014: "AADSTS500014: the target's service principal is disabled",
    7000112: "AADSTS7000112: this client's own registration is disabled",
    650057: "AADSTS650057: this client isn't allowed to request tokens for the target",
}


PAGE = "https://login.microsoftonline.com/error"
"""Where Microsoft explains a code that is typed there."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, in half a sentence, and what to do about it."""

    meaning: str
    fix: str


def code_in(text: str) -> int | None:
    """Return the first AADSTS code in a text; None: it has none."""
    found = _AADSTS.search(text)
    return int(found[1]) if found else None


def explained(code: int) -> Explanation | None:
    """Return the explanation of a code (FACTS 3.5); None where miwire has none."""
    return _EXPLANATIONS.get(code)


_ASSIGN = "Assign the caller an app role of the target, by allowing it as a caller."
_NEW_SIGN_IN = "Sign in again: az logout, then az login"
_EXPLANATIONS = {
    50020: Explanation(
        "the user's account is of another tenant and isn't a guest in this one",
        "Sign in with an account of this tenant, or ask an administrator for an invitation.",
    ),
    50034: Explanation(
        "there is no such user in this tenant", "Check the user name and the tenant."
    ),
    50055: Explanation("the user's password expired", "Change it, then sign in again: az login"),
    50057: Explanation(
        "the user's account is disabled", "Ask an administrator to enable the account."
    ),
    50126: Explanation("the user name or password is wrong", "Sign in again: az login"),
    50132: Explanation(
        "the session was revoked, such as after a change of the password", _NEW_SIGN_IN
    ),
    50173: Explanation("the refresh token was revoked", _NEW_SIGN_IN),
    53000: Explanation(
        "a conditional access policy requires a compliant device",
        "Sign in from a device that meets the policy, or ask an administrator.",
    ),
    70008: Explanation("the refresh token expired", _NEW_SIGN_IN),
    70043: Explanation(
        "the refresh token expired: a policy requires to sign in more often", _NEW_SIGN_IN
    ),
    90094: Explanation(
        "an administrator has to consent for this client",
        "Ask an administrator for consent, or use a client that is preauthorized on the target.",
    ),
    700024: Explanation(
        "the assertion of the client isn't valid at this time",
        "Check the system clock, and request a new assertion.",
    ),
    700027: Explanation(
        "the certificate of the client isn't registered, or its signature isn't valid",
        "Compare the certificate with those of the registration.",
    ),
    50001: Explanation(
        "the target is disabled or doesn't exist in this tenant",
        "Check the audience and the tenant of the request.",
    ),
    50076: Explanation("multifactor authentication is required", _NEW_SIGN_IN),
    50079: Explanation(
        "the user must register for multifactor authentication",
        "Sign in once in a browser and register, then run az login.",
    ),
    50105: Explanation(
        "the target requires assignment, and this user isn't assigned to it",
        "Assign the user or one of the user's groups to the enterprise application.",
    ),
    50158: Explanation("a conditional access policy requires another step", _NEW_SIGN_IN),
    53003: Explanation(
        "a conditional access policy blocked the request",
        "Ask an administrator which policy blocked it: the sign-in logs name it.",
    ),
    65001: Explanation(
        "nobody consented that this client requests tokens for the target",
        "Ask an administrator for consent, or use a client that is preauthorized on the target.",
    ),
    70011: Explanation(
        "the scope isn't valid",
        "Request exactly one scope of the form api://<client ID>/.default.",
    ),
    70021: Explanation(
        "no federated identity credential matches the assertion",
        "Compare issuer, subject and audience with those of the federated identity credential.",
    ),
    90002: Explanation("there is no such tenant", "Check the tenant ID and the cloud."),
    500011: Explanation(
        "the target has no service principal in this tenant, or no identifier URI of that name",
        "Check the audience; protecting the target creates its service principal.",
    ),
    500014: Explanation(
        "the service principal of the target is disabled",
        "Enable it: enterprise application, Properties, Enabled for users to sign in.",
    ),
    500133: Explanation(
        "the assertion isn't valid at this time",
        "Get a new token for the on-behalf-of request; check the system clock.",
    ),
    501051: Explanation(
        "the target requires assignment, and this client holds no app role on it", _ASSIGN
    ),
    530003: Explanation(
        "a conditional access policy requires a managed device",
        "Sign in from a device that meets the policy, or ask an administrator.",
    ),
    650057: Explanation(
        "this client isn't allowed to request tokens for the target",
        "Add the permission to the client's registration, or use another client.",
    ),
    700016: Explanation(
        "the client isn't registered in this tenant",
        "Compare the client ID and the tenant ID of the request with the registration.",
    ),
    700082: Explanation("the refresh token expired from inactivity", _NEW_SIGN_IN),
    700084: Explanation("the refresh token of a single-page app expired", _NEW_SIGN_IN),
    700213: Explanation(
        "no federated identity credential matches the assertion",
        "Compare issuer, subject and audience with those of the federated identity credential.",
    ),
    900144: Explanation(
        "a required parameter is missing from the request",
        "Compare the request with the documentation of the token endpoint; scope is often missing.",
    ),
    1002012: Explanation(
        "the scope of a client credentials request doesn't end in /.default",
        "Request exactly one scope of the form api://<client ID>/.default.",
    ),
    7000112: Explanation(
        "the client is disabled: its service principal has accountEnabled set to false",
        "Enable the client's enterprise application.",
    ),
    7000215: Explanation(
        "the client secret is wrong",
        "Use the value of the client secret, not its ID.",
    ),
    7000222: Explanation(
        "the client secret expired",
        "Create a new client secret, or use a managed identity, which needs none.",
    ),
}
"""By code: FACTS 3.5 and Microsoft's reference of authentication error codes."""


class TokenRefused(NotSignedIn):
    """No token was issued; *refusal* says what is known of the reason."""

    code = NotSignedIn.__name__

    def __init__(
        self,
        scope: str,
        refusal: TokenRefusal,
        hint: str | None = None,
        fix: Fix | None = None,
    ) -> None:
        super().__init__(f"Couldn't get a token for {scope}: {refusal.told}.", hint=hint, fix=fix)
        self.refusal = refusal
