"""What came back over HTTP: the answer and its challenges, as they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miwire import timestamps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ITEM = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"|")+')
"""What stands between two commas, none of which is quoted."""
_SCHEME = re.compile(r"\s*([\w!#$%&'*+.^`|~-]+)(?:\s+(?!=)(.*)|\s*)$", re.ASCII | re.DOTALL)
_PARAMETER = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', re.ASCII)
REFUSALS = (401, 403)


@dataclass(frozen=True, slots=True)
class Challenge:
    """
    One challenge of a WWW-Authenticate header.

    App Service separates the parameters by spaces, others by commas (FACTS 5.3); both are read.
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    quoted: frozenset[str] = frozenset()
    """The parameters whose values stand in quotes."""

    @property
    def realm(self) -> str | None:
        """The protection space; App Service names the host here."""
        return self.parameters.get("realm")

    @property
    def authorization_uri(self) -> str | None:
        """Where a user would sign in."""
        return self.parameters.get("authorization_uri")

    @property
    def resource_id(self) -> str | None:
        """What a token is needed for; App Service names a client id here."""
        return self.parameters.get("resource_id")

    @property
    def error_description(self) -> str | None:
        """What is wrong with the token, in the words of who validated it (RFC 6750, 3)."""
        return self.parameters.get("error_description")


def challenges(header: str) -> tuple[Challenge, ...]:
    """Return the challenges of a WWW-Authenticate header, or of several joined by commas."""
    found: list[tuple[str, list[re.Match[str]]]] = []
    for item in _ITEM.findall(header):
        begins = _SCHEME.match(item)
        if begins is not None:
            found.append((begins[1], []))
        if found:
            text = begins[2] or "" if begins is not None else item
            found[-1][1].extend(_PARAMETER.finditer(text))
    return tuple(_challenge(scheme, parameters) for scheme, parameters in found)


def _challenge(scheme: str, parameters: list[re.Match[str]]) -> Challenge:
    values = {each[1].lower(): each[3] if each[2] is None else each[2] for each in parameters}
    quoted = frozenset(each[1].lower() for each in parameters if each[2] is not None)
    return Challenge(scheme, values, quoted)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; redirects are never followed."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: str
    """The body, as far as it was read."""
    elapsed_ms: int
    reason: str = ""
    """The reason phrase behind the status; HTTP/2 has none."""
    ended: bool = True
    """Whether the body is known as it was sent: read to its end and not packed."""

    @property
    def at(self) -> float | None:
        """Epoch seconds by the clock of who answered, which is the one that judges a token."""
        return timestamps.http_date(self.headers.get("date", ""))

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """Every challenge, in the order sent."""
        return challenges(self.headers.get("www-authenticate", ""))

    @property
    def challenge(self) -> Challenge | None:
        """The Bearer challenge that says most, if there is one."""
        return max(self._bearers(), key=lambda each: len(each.parameters), default=None)

    def _bearers(self) -> Iterator[Challenge]:
        return (each for each in self.challenges if each.scheme.lower() == "bearer")

    @property
    def location(self) -> str | None:
        """Where a redirect would lead."""
        return self.headers.get("location")

    @property
    def is_redirect(self) -> bool:
        """Whether it sends the client elsewhere."""
        return 300 <= self.status < 400  # noqa: PLR2004

    @property
    def is_page(self) -> bool:
        """Whether it is a page of HTML."""
        kind = self.headers.get("content-type", "").lower()
        begins = self.body.lstrip("\ufeff \r\n\t")[:15].lower()
        return "text/html" in kind or begins.startswith(("<!doctype html", "<html"))

    @property
    def is_empty(self) -> bool:
        """Whether it is known to have no body."""
        return self.ended and not self.body.strip()
