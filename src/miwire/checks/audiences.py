"""MIW21x: what a token is requested for, compared with what the directory knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, fails, holds
from miwire.finding import Severity
from miwire.remedy import Fix, Remedy
from miwire.text import listed, printable

if TYPE_CHECKING:
    from miwire.checks.registry import Judgement
    from miwire.model.directory import AppRegistration, ServicePrincipal


@dataclass(frozen=True, slots=True)
class NamedAudience:
    """What a command line requests a token for, and the API that it is to open."""

    requested: str
    """As it was typed: an identifier URI or a client id, without /.default."""
    registration: AppRegistration
    """Of the app that is called."""
    target: str
    """The app that is called, as a command line can name it."""
    other: ServicePrincipal | None = None
    """Whose client id it names instead; None: not asked, or nobody's."""


def audience_is_of_the_api(named: NamedAudience) -> Judgement:
    """
    Require that a token is requested for the client id or an identifier URI of the API.

    Entra ID answers AADSTS500011 to any other name, and the App Service identity endpoint a bare
    HTTP 500. It compares without case, and a slash at the end makes no difference there
    (a version 1 token repeats it in `aud`, so that App Service rejects it).
    """
    api, requested = named.registration, named.requested
    if api.answers_to(requested):
        return holds(f"{api.display_name} is {printable(requested)}")
    other = named.other
    if other is not None:
        whose = f"{printable(requested)} is {other.display_name}, and not {api.display_name}"
    else:
        whose = f"{api.display_name} has no identifier URI of that name: {printable(requested)}"
    uris = api.identifier_uris
    its = (
        f"Its identifier {'URI is' if len(uris) == 1 else 'URIs are'} {listed(uris)}"
        if uris
        else f"It has no identifier URI, only its client ID {api.app_id}"
    )
    return fails(
        f"{whose}. {its}.",
        Fix(
            Remedy.REQUEST_ITS_AUDIENCE, target=named.target, value=uris[0] if uris else api.app_id
        ),
    )


OF_THE_API: Check[NamedAudience] = Check(
    "MIW210",
    "the requested audience is one of the API",
    audience_is_of_the_api,
    fix=Remedy.REQUEST_ITS_AUDIENCE,
    severity=Severity.HIGH,
)
