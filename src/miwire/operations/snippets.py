"""What to run inside the source, where miwire is not: one line that asks, calls and tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from miwire.shell_words import python

if TYPE_CHECKING:
    from miwire.model.wiring import Wiring

_API = "2019-08-01"


@dataclass(frozen=True, slots=True)
class InsideLines:
    """How the source's code asks for a token, and how to try it out by hand."""

    scope: str
    python: str
    bash: str
    """Prints the status of the call and nothing of the token, which is on no command line."""
    powershell: str


def lines(wiring: Wiring) -> InsideLines | None:
    """Return the lines for the wired source; None where there is no registration yet."""
    registration = wiring.the_target.registration
    if registration is None:
        return None
    scope = registration.scope(wiring.the_target.settings.audiences)
    url = f"{wiring.the_target.site.url}/"
    user_assigned = _user_assigned(wiring)
    identity = f"&client_id={_quoted(user_assigned)}" if user_assigned else ""
    # Percent-encoded, nothing in it has a meaning within the double quotes of either shell.
    resource = _quoted(scope.removesuffix("/.default"))
    query = f"api-version={_API}&resource={resource}{identity}"
    chosen = f"managed_identity_client_id={python(user_assigned)}" if user_assigned else ""
    return InsideLines(
        scope=scope,
        python=f"token = DefaultAzureCredential({chosen}).get_token({python(scope)}).token",
        bash=(
            'curl -sS -H "X-IDENTITY-HEADER: $IDENTITY_HEADER" '
            f'"$IDENTITY_ENDPOINT?{query}"'
            """ | sed -n 's/.*"access_token": *"\\([^"]*\\)".*/Authorization: Bearer \\1/p'"""
            f" | curl -sS -o /dev/null -w '%{{http_code}}\\n' -H @- {url}"
        ),
        powershell=(
            "$t = (Invoke-RestMethod -Headers @{'X-IDENTITY-HEADER' = $env:IDENTITY_HEADER} "
            f'"$($env:IDENTITY_ENDPOINT)?{query}").access_token; '
            "try { (Invoke-WebRequest -UseBasicParsing -Headers "
            f'@{{Authorization = "Bearer $t"}} {url}).StatusCode }} '
            "catch { [int]$_.Exception.Response.StatusCode }"
        ),
    )


def _quoted(text: str) -> str:
    return quote(text, safe=":/", errors="surrogatepass")


def _user_assigned(wiring: Wiring) -> str | None:
    """Return the client id of the wired identity where the platform has to be told it."""
    caller = next(iter(wiring.callers), None)
    system = wiring.the_source.site.identity.system
    if caller is None or (system is not None and system.principal_id == caller.principal_id):
        return None
    return caller.client_id
