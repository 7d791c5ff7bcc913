"""How one audience misses another: what people mix up, in words."""

from __future__ import annotations

_SCHEME = "api://"
_SCOPE = "/.default"


def miss(seen: str, expected: str) -> str | None:
    """
    Say what separates two identifiers that mean the same to people; None: more than that.

    Audiences and issuers are compared exactly, so each of these differences refuses a token
    (FACTS 5.7 and 6: the commonest reasons of a 401).
    """
    if _plain(seen) != _plain(expected):
        return None
    differences = []
    if seen.startswith(_SCHEME) != expected.startswith(_SCHEME):
        differences.append(_of_scheme(seen))
    if seen.endswith(_SCOPE) != expected.endswith(_SCOPE):
        differences.append(f"{_SCOPE} makes a scope of it, which is no audience")
    elif seen.endswith("/") != expected.endswith("/"):
        differences.append("one ends in a slash, the other does not")
    if _without_ends(seen) != _without_ends(expected):
        differences.append("upper and lower case differ")
    return "; ".join(differences)


def _of_scheme(seen: str) -> str:
    if seen.startswith(_SCHEME):
        return f"with {_SCHEME} it is a v1 token's, which carries what was asked for"
    return f"without {_SCHEME} it is the bare client id, as every v2 token carries it"


def _plain(identifier: str) -> str:
    return _without_ends(identifier).casefold()


def _without_ends(identifier: str) -> str:
    return identifier.removeprefix(_SCHEME).removesuffix(_SCOPE).rstrip("/")
