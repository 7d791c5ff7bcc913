"""
A token for a target: which audience to ask for, and what it means when none is issued.

A token opens whatever accepts its audience, so it is asked for only where somebody other than the
target named that: the command line, or the target's settings in ARM. Any host can claim to be any
API; what it claims is quoted, never used.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from miwire.checks.audiences import OF_THE_API, NamedAudience
from miwire.checks.registry import troubles
from miwire.errors import MiwireError
from miwire.model.directory import named_in
from miwire.probe.model import WITH_TOKEN, TokenOwner
from miwire.probe.signatures import Origin
from miwire.text import is_guid, printable
from miwire.tokens.access_token import AccessToken
from miwire.tokens.well_known_apps import is_first_party, is_first_party_audience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.azure.session import Azure
    from miwire.finding import Finding
    from miwire.model.directory import AppRegistration
    from miwire.probe.model import ProbeCase, ProbeRequest, ProbeTarget
    from miwire.probe.response import Answer
    from miwire.tokens.aadsts import TokenRefused

_REFUSED = 401
_NAME_IT = "Specify the API that the token is for: --audience api://CLIENT_ID"


def audience(target: ProbeTarget, asked: ProbeRequest) -> str | None:
    """
    Return the audience that was named, else the client id in the target's settings from ARM.

    None where there is neither. Settings can name anything, too: what is no client id, or is one of
    Microsoft's own applications, is nothing that only this target accepts, and is not used.
    """
    client_id = target.settings.client_id if target.settings else None
    if asked.audience is not None or client_id is None:
        return asked.audience
    return client_id if is_guid(client_id) and not is_first_party(client_id) else None


def warnings(target: ProbeTarget, asked: ProbeRequest) -> Iterator[str]:
    """Yield what people should know before a token for the audience that they named is sent."""
    named = asked.audience
    if (
        named is not None
        and asked.token is None
        and WITH_TOKEN in asked.cases
        and is_first_party_audience(named)
    ):
        yield (
            f"Warning: {printable(named)} is an audience of a Microsoft service. "
            f"{target.name} receives a token that it can use there with your "
            "permissions."
        )


def advice(target: ProbeTarget, bare: Answer) -> str:
    """
    Say how to name an audience where none is known, by what the settings or the target claim.

    *bare* is the target's answer to a request without a token. Only a client id is quoted.
    """
    configured = target.settings.client_id if target.settings else None
    if configured is not None and is_first_party(configured):
        return _microsofts(f"the settings of {target.name} contain {configured}")
    if configured is not None:
        return f"The client id in the settings of {target.name} isn't a GUID. {_NAME_IT}"
    claimed = bare.challenge.resource_id if bare.status == _REFUSED and bare.challenge else None
    if claimed is None or not is_guid(claimed):
        return _NAME_IT
    if is_first_party(claimed):
        return _microsofts(f"{target.name} claims to be {claimed}")
    return (
        f"{target.name} claims to be api://{claimed}. If that is the API you "
        f"mean: --audience api://{claimed}"
    )


def _microsofts(claim: str) -> str:
    return (
        f"Warning: {claim}, one of Microsoft's own applications. A host that "
        "receives a token for it can use it there with your permissions."
    )


def scope_of(audience: str) -> str:
    """Return the scope of a token for an audience; a scope is taken as it is."""
    return audience if audience.endswith("/.default") else f"{audience}/.default"


def misnamed(
    azure: Azure, target: ProbeTarget, registration: AppRegistration, asked: str
) -> Iterator[Finding]:
    """Yield the finding that the audience *asked* for isn't the API's, and whose it is instead."""
    requested = scope_of(asked).removesuffix("/.default")
    client_id, other = named_in(requested), None
    if client_id and not registration.answers_to(client_id):
        with suppress(MiwireError):  # then it isn't said whose it is
            other = azure.directory.look(client_ids=(client_id,)).principals[client_id]
    named = NamedAudience(requested, registration, target.name, other)
    yield from troubles(OF_THE_API.findings(named))


def owner(token: str, source: str) -> TokenOwner | None:
    """Return whose token this is; None for what is no token at all."""
    read = AccessToken.read(token)
    if read is None:
        return None
    return TokenOwner(
        principal_id=read.principal,
        client_id=read.client,
        tenant_id=read.tenant,
        audience=read.audience or "",
        name=os.environ.get("WEBSITE_SITE_NAME") if source == "credential" else None,
        source=source,
    )


def with_slash_explained(case: ProbeCase, whose: TokenOwner | None) -> ProbeCase:
    """Add to a token's rejection that its audience ends with a slash, if it does."""
    audience = whose.audience if whose is not None else ""
    rejected = case.status == _REFUSED and case.origin is Origin.PLATFORM
    if not (rejected and audience.endswith("/")):
        return case
    told = (
        f"The token's aud is {printable(audience)}. App Service compares it letter by letter, the "
        "slash at the end included: request it without."
    )
    return replace(case, advice=told)


def refusal_explained(azure: Azure, refused: TokenRefused) -> str:
    """
    Say why no token was issued for the target; raise *refused* where it is a missing sign-in.

    The platform keeps Entra ID's reason to itself (an opaque 500), so it is asked for a token for
    ARM too: if that is issued, the identity works and it is this target that is refused.
    """
    refusal = refused.refusal
    told = refusal.told_of_a_target()
    if told is None:
        raise refused
    if refusal.aadsts is not None or refusal.shows_nothing:
        return told
    try:
        azure.token(azure.cloud.resource_manager_scope)
    except MiwireError:
        return (
            f"{refused.message} A token for Azure Resource Manager can't be "
            "acquired either: the platform may be unable to reach Entra ID from "
            "here (egress)."
        )
    return told
