"""
Who issues tokens, and with which keys: OpenID Connect metadata over https.

Nothing here comes from a token: addresses are built from the expected issuer.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from miwire.azure.concurrency import with_deadline
from miwire.azure.http import hint_for, new_client, way_to
from miwire.errors import BadRequest, NotFound, Unreachable
from miwire.model.cloud import Issuers
from miwire.redaction import redacted
from miwire.remedy import Fix, Remedy
from miwire.text import is_https_or_local
from miwire.tokens.signature import KeySet

if TYPE_CHECKING:
    from miwire.model.cloud import Cloud
    from miwire.tokens.signature import Jwk

_WELL_KNOWN = "/.well-known/openid-configuration"
_LARGEST = 1 << 20
"""Bytes; the documents of Entra ID have some thirty thousand at most."""
_SECONDS = 10.0
"""For one document, from the first question to the last byte."""


@dataclass(frozen=True, slots=True)
class IssuerMetadata:
    """What a discovery document says that matters here."""

    issuer: str
    jwks_uri: str


class Authority:
    """The issuers of one cloud's tenants, and any issuer's keys; each document is read once."""

    def __init__(self, cloud: Cloud, seconds: float = _SECONDS) -> None:
        self._cloud = cloud
        self._seconds = seconds
        self._metadata: dict[str, IssuerMetadata] = {}

    def issuers(self, tenant_id: str) -> Issuers:
        """
        Return the two issuers of a tenant: constants in Microsoft's own clouds.

        Elsewhere the two discovery documents of the cloud's authority tell (FACTS 3.4). Raises
        Unreachable where they cannot be had, or speak of another tenant.
        """
        known = self._cloud.issuers(tenant_id)
        if known is not None:
            return known
        at_authority = f"{self._cloud.active_directory}/{tenant_id}"
        with ThreadPoolExecutor(2) as both:
            v1, v2 = both.map(
                lambda base: self._discovered(base, tenant_id),
                (at_authority, f"{at_authority}/v2.0"),
            )
        return Issuers(v1.issuer, v2.issuer)

    def keys(self, issuer: str) -> KeySet:
        """
        Return the keys that an issuer publishes, where OpenID Connect Discovery has them found.

        Entra ID serves the documents under both of its issuers (FACTS 3.4). Nothing is asked for
        before a signature needs it; Unreachable is raised then, where the keys cannot be had.
        """
        return KeySet(issuer, lambda: self._keys_at(self._of(issuer).jwks_uri))

    def keys_of(self, source: str) -> KeySet:
        """
        Return the keys of a JWKS file or URL in --jwks.

        Raises NotFound or BadRequest for a file that is not there or holds none.
        """
        if "://" in source:
            _demand_https(source, "The address of the keys,")
            return KeySet(source, lambda: self._keys_at(source))
        keys = _keys_in_file(source)
        return KeySet(source, lambda: keys)

    def _of(self, issuer: str) -> IssuerMetadata:
        metadata = self._metadata.get(issuer) or self._discovered(issuer.rstrip("/"))
        if metadata.issuer != issuer:
            raise Unreachable(
                f"The metadata at {issuer} belongs to another issuer, {metadata.issuer!r}.",
                fix=Fix(Remedy.COMPARE_ISSUER),
            )
        return metadata

    def _discovered(self, base: str, tenant_id: str = "") -> IssuerMetadata:
        url = base + _WELL_KNOWN
        document = self._fetched(url)
        issuer, jwks_uri = document.get("issuer"), document.get("jwks_uri")
        if not isinstance(issuer, str) or not isinstance(jwks_uri, str):
            raise Unreachable(f"{url} has no issuer or no jwks_uri.")
        if tenant_id not in issuer:
            raise Unreachable(
                f"{url} doesn't belong to tenant {tenant_id}: its issuer is {issuer!r}."
            )
        if not jwks_uri.startswith("https://"):
            raise Unreachable(f"The jwks_uri in {url} isn't https: {jwks_uri!r}.")
        self._metadata[issuer] = IssuerMetadata(issuer, jwks_uri)
        return self._metadata[issuer]

    def _keys_at(self, url: str) -> list[Jwk]:
        keys = _keys_in(self._fetched(url))
        if keys is None:
            raise Unreachable(f"{url} doesn't contain a key set.")
        return keys

    def _fetched(self, url: str) -> dict[str, Any]:
        try:
            status, body = with_deadline(self._seconds, lambda: _get(url, self._seconds))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unreachable(
                f"{url} did not answer within {self._seconds:g} s{way_to(url)}."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unreachable(
                f"Couldn't reach {url}{way_to(url)}: {error}.",
                hint=hint_for(
                    url,
                    str(error),
                    "Check the address, the network connection and the certificate.",
                ),
            ) from error
        if status == httpx.codes.BAD_REQUEST and b"AADSTS90002" in body:
            raise NotFound(f"{url}: no such tenant.", fix=Fix(Remedy.CHECK_TENANT_AND_CLOUD))
        if status != httpx.codes.OK:
            redirect = "; redirects are not followed" if httpx.codes.is_redirect(status) else ""
            raise Unreachable(f"{url} answered {status}{redirect}.")
        if len(body) > _LARGEST:
            raise Unreachable(f"{url} sent more than {_LARGEST >> 20} MiB.")
        document = _json(body)
        if not isinstance(document, dict):
            raise Unreachable(f"{url} did not send a JSON object.")
        return document


def _get(url: str, seconds: float) -> tuple[int, bytes]:
    """Return status and body, the latter as sent and not much longer than is allowed."""
    # Unpacked, a small answer could become a large one.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    body = b""
    with (
        new_client(seconds) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _LARGEST:
                break
    return response.status_code, body


def _keys_in_file(name: str) -> list[Jwk]:
    try:
        with Path(name).open("rb") as file:
            document = _json(file.read(_LARGEST + 1))
    except OSError as error:
        raise NotFound(f"Couldn't read {redacted(name)}: {error.strerror}.") from error
    keys = _keys_in(document)
    if keys is None:
        raise BadRequest(
            f"{redacted(name)} doesn't contain a key set.",
            hint='It should look like {"keys": [{"kty": "RSA", …}]}.',
        )
    return keys


def _keys_in(document: object) -> list[Jwk] | None:
    keys = document.get("keys") if isinstance(document, dict) else None
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else None


def _json(raw: bytes) -> object:
    """Return a JSON value; None for what is none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _demand_https(url: str, option: str) -> None:
    try:
        if is_https_or_local(url):
            return
    except ValueError:
        pass  # no address at all
    raise BadRequest(
        f"{option} {redacted(url)} isn't an https address: anyone on the "
        "network path could replace the keys.",
        hint="Use https; http is allowed only on this machine.",
    )
