"""Why a token was not issued, by what the credential chain reports or by Entra ID's own code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from miwire.errors import NotSignedIn
from miwire.tokens.entra_errors import EXPLANATIONS

if TYPE_CHECKING:
    from miwire.remedy import Fix
    from miwire.tokens.entra_errors import Explanation

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
            if self.aadsts not in _ABOUT_THE_TARGET:
                return None
            meaning = EXPLANATIONS[self.aadsts].meaning
            return (
                f"Entra ID doesn't issue a token for this target (AADSTS{self.aadsts}: {meaning})."
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
_ABOUT_THE_TARGET = frozenset(
    {50001, 50105, 65001, 500011, 500014, 501051, 650057, 7000112},
)
"""Codes that answer whether this client gets a token for this target: nobody has to sign in."""


def code_in(text: str) -> int | None:
    """Return the first AADSTS code in a text; None: it has none."""
    found = _AADSTS.search(text)
    return int(found[1]) if found else None


def explained(code: int) -> Explanation | None:
    """Return the explanation of a code (FACTS 3.5); None where miwire has none."""
    return EXPLANATIONS.get(code)


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
