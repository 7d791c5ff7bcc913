"""One request to Graph and its answer as values, so that `$batch` can carry them too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from miwire.lab.graph import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.lab.documents import Document

READ = frozenset(
    {
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    }
)
WRITE = frozenset({"Application.ReadWrite.All", "Directory.ReadWrite.All"})
ASSIGN = frozenset({"AppRoleAssignment.ReadWrite.All"})
_READ = "Application.Read.All"
_WRITE = "Application.ReadWrite.All"
_ASSIGN = "AppRoleAssignment.ReadWrite.All"
_OF_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": {_WRITE, _ASSIGN},  # Global Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": {
        _WRITE,
        _ASSIGN,
    },  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7": {
        _WRITE,
        _ASSIGN,
    },  # Cloud Application Administrator
    "e8611ab8-c189-46e8-94e1-60213ab1f814": {_ASSIGN},  # Privileged Role Administrator
}
"""By template id, as `wids` holds it; in words of application permissions."""

_KEYED = re.compile(r"(?P<name>\w+)\((?:(?P<property>\w+)=)?'(?P<value>(?:[^']|'')*)'\)")


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """What a caller wants of the directory."""

    method: str
    path: str
    """Below /v1.0/, percent-encoded as it came, without the query."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: Any = None
    """The JSON document, None where there is none."""
    roles: frozenset[str] = frozenset()
    """What the caller may do, as application permissions."""

    @property
    def creates_if_missing(self) -> bool:
        """Whether a PATCH may create what it names."""
        return "create-if-missing" in self.headers.get("prefer", "").lower()

    @property
    def is_eventual(self) -> bool:
        """Whether the caller puts up with an index that lags, as advanced queries need it."""
        return self.headers.get("consistencylevel", "").lower() == "eventual"

    def demand(self, *permissions: frozenset[str]) -> None:
        """Raise GraphError unless the token has one permission out of each set."""
        if not all(self.roles & each for each in permissions):
            raise errors.denied()

    def document(self) -> Document:
        """Return the body without OData's own annotations; raises GraphError for another type."""
        if not isinstance(self.body, dict):
            raise errors.malformed("Unable to read JSON request payload.")
        document: Document = _plain(self.body)
        return document


@dataclass(frozen=True, slots=True)
class GraphResponse:
    """What the directory answers."""

    status: int
    body: Document | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """Which object of a collection is meant: its `id`, `appId` or `uniqueName`, and the value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a path leads to: a collection, an object, or what hangs on one."""

    collection: str
    key: Key | None = None
    navigation: str = ""
    navigation_key: str = ""


def target_of(path: str) -> Target:
    """
    Return what *path* (below /v1.0/) names; collection and navigation in lower case.

    Both `…/{id}` and `…(appId='…')` select an object. Raises GraphError for other paths.
    """
    first, *rest = [unquote(segment) for segment in path.strip("/").split("/")]
    key = None
    keyed = _KEYED.fullmatch(first)
    if keyed:
        first = keyed["name"]
        key = Key(keyed["property"] or "id", keyed["value"].replace("''", "'"))
    elif rest:
        key, rest = Key("id", rest[0]), rest[1:]
    match rest:
        case []:
            return Target(first.lower(), key)
        case [navigation]:
            return Target(first.lower(), key, navigation.lower())
        case [navigation, navigation_key]:
            return Target(first.lower(), key, navigation.lower(), navigation_key)
        case _:
            raise errors.no_segment(rest[2])


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON is any value
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items() if "@" not in name}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value


def permissions_of(claims: dict[str, Any]) -> frozenset[str]:
    """
    Return what *claims* allow, in words of application permissions.

    A token with `scp` and without `roles` is a person's. What `scp` lists is up to the client, and
    is taken for enough; the rest is the person's: every member reads, and administrators write.
    """
    roles = claims.get("roles")
    if isinstance(roles, list):
        return frozenset(map(str, roles))
    if not isinstance(claims.get("scp"), str):
        return frozenset()
    wids = claims.get("wids")
    held = wids if isinstance(wids, list) else []
    return frozenset({_READ}).union(*(_OF_ROLES.get(str(each).lower(), set()) for each in held))
