"""A token for a target: which audience to ask for, and what it means when none is issued."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miwire.domain.first_party import is_first_party
from miwire.domain.guid import is_guid
from miwire.domain.probing import TokenOwner
from miwire.domain.token import AccessToken
from miwire.errors import BadRequest, MiwireError, NotAToken

if TYPE_CHECKING:
    from miwire.azure import Azure
    from miwire.domain.answer import Answer
    from miwire.domain.probing import ProbeTarget
    from miwire.domain.token_refusal import TokenRefused

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HTTPS_PORTS = {None, 443}


def may_carry_a_token(url: str) -> bool:
    """Say whether a bearer may go there: https, or http to this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


def audience_of_settings(target: ProbeTarget) -> str | None:
    """Return the client id that the target's own settings accept as an audience."""
    return target.settings.client_id if target.settings else None


def learned_audience(target: ProbeTarget, answer: Answer) -> str:
    """
    Return the client id that the target's own 401 names.

    A target that names somebody else's id could have a token for that somebody sent to itself, so
    the id is used only over https, from a challenge for this very host, and never if it is one of
    Microsoft's own applications. Raises BadRequest otherwise.
    """
    challenge = answer.challenge
    if challenge is None or not challenge.resource_id:
        raise _unnamed(f"{target.url} answered {answer.status} and names no audience for a token.")
    if not may_carry_a_token(target.url):
        raise _unnamed(f"{target.url} names an audience, but not over https.")
    if not is_guid(challenge.resource_id):
        raise _unnamed(f"{target.url} names an audience that is no client id.")
    if not _is_host(challenge.realm or "", target.url):
        raise _unnamed(f"{target.url} names an audience for another host, {challenge.realm!r}.")
    if is_first_party(challenge.resource_id):
        raise _unnamed(
            f"{target.url} names {challenge.resource_id}, an application of Microsoft's own."
        )
    return challenge.resource_id


def scope_of(audience: str) -> str:
    """Return the scope of a token for an audience; a scope is taken as it is."""
    return audience if audience.endswith("/.default") else f"{audience}/.default"


def issued(azure: Azure, scope: str) -> tuple[str, TokenOwner | None]:
    """Return a token from the credential of where miwire runs, and whose it is."""
    token = azure.tokens.token(scope, azure.tenant_id)
    return token, owner(token, "credential")


def owner(token: str, source: str) -> TokenOwner | None:
    """Return whose token this is; None for what is no token at all."""
    try:
        read = AccessToken.parse(token)
    except NotAToken:
        return None
    return TokenOwner(
        principal_id=read.principal,
        client_id=read.client,
        tenant_id=read.tenant,
        audience=read.audience or "",
        name=os.environ.get("WEBSITE_SITE_NAME") if source == "credential" else None,
        source=source,
    )


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
    if refusal.aadsts is not None:
        return told
    try:
        azure.tokens.token(azure.cloud.resource_manager_scope, azure.tenant_id)
    except MiwireError:
        return (
            f"{refused.message} A token for Azure Resource Manager is not to be had either: the "
            "platform may not reach Entra ID from here (egress)."
        )
    return told


def _is_host(realm: str, url: str) -> bool:
    parts = urlsplit(url)
    hosts = {parts.netloc.lower()}
    if parts.port in _HTTPS_PORTS:
        hosts.add(parts.hostname or "")
    return realm.lower() in hosts


def _unnamed(sentence: str) -> BadRequest:
    return BadRequest(sentence, hint="Name the audience of the token with --audience.")
