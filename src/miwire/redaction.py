"""
Text that may hold a secret, made fit for a message: what is not known to be harmless is hidden.

A secret has no form of its own, so the places are known instead where one may stand: the query of a
URL, the user before its host, pairs of a connection string, headers. Of those only the names stay.
"""

from __future__ import annotations

import base64
import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from miwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


HIDDEN = "…"

_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*", re.ASCII)
"""A JSON object in base64url begins so, and with it every token, whole or cut off."""

_CHALLENGE = re.compile(
    r"-{2}claims-challenge[ =](?P<quote>['\"]?)(?P<value>[\w+/-]{8,2000}={0,2})(?P=quote)(?!\S)",
    re.ASCII,
)
"""The option of az login; what follows it is pasted, and is no secret if it is a claims request."""
_ASKED = frozenset({"acrs", "amr", "capolids", "nbf", "xms_cc", "xms_rp_ipaddr"})
_LONGEST_CLAIM = 200
_REFRESH_TOKEN = re.compile(r"(?<!\w)[01]\.A[\w-]{20,}(?:\.[\w-]*)*", re.ASCII)
"""Refresh tokens of Entra ID begin so."""

_USER = re.compile(
    r"(?<=//)[^\s/?#]*@"  # as a URL has it, with a scheme or without
    r"|(?<=://)[^\s/?#:\[@]*:(?!\d{1,5}(?:[^\w@]|$))\S*@"  # a password that holds one of / ? #
    r"|(?<![\w/.+-])[\w.+-]++:[^\s@/:]++@(?=[\w\[])"  # without a scheme
)
"""Somebody's name and password before the host of an address."""

_QUERY = re.compile(r"\?(?=[\w$%.&;=-])\S+")
_SEPARATORS = re.compile(r"([&;])")
_NAME = re.compile(r"[\w$%.\[\]-]{1,40}", re.ASCII)
_HARMLESS = {
    "api-version": re.compile(r"\d{4}-\d\d-\d\d(?:-[a-z]{1,10})?|\d\.\d", re.ASCII),
    "appid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
"""Names of a query whose values are shown, and the form that those must have."""

_WITH_FRAGMENT = re.compile(r"(?<!\S)[^\s#]++#\S+")
_ANCHOR = re.compile(r"[a-z0-9]{1,16}(?:-[a-z0-9]{1,16})*", re.ASCII)
"""A heading of a page; anything else after # may be an answer with a token in it."""
_PAIR = re.compile(r"\w=")
_CLOSING = "'\"`.,:!)]}>"
"""What a sentence may write behind an address."""

_FIRST_PAIR = re.compile(r"(?<![?&\w.-])(?P<name>[\w.-]{1,40}=)[^;\s]++(?=;\s*[\w .-]{1,40}=)")
_NEXT_PAIR = re.compile(r"(?P<name>;\s*[\w .-]{1,40}=)[^;\s'\"]+")
"""Pairs of a connection string or a cookie."""

_LONE_PAIR = re.compile(r"(?<![?&\w.-])(?P<name>[\w.-]{1,80}+)(?P<between>=)[^\s&;]+(?<!['\"])")
_MEMBER = re.compile(
    r"(?P<quote>['\"])(?P<name>[\w.-]{1,80}+)(?P<between>(?P=quote)\s*+:\s*+(?P<open>['\"]))"
    r"(?:(?!(?P=open)).)+"
)
"""A member of JSON, or of a Python dictionary."""
_SECRET = re.compile(
    r"(?:key|secret|token|passw(?:or)?d|pwd|sig|signature|sas|(?<!^)code|credentials?|assertion"
    r"|identity_header)$",
    re.IGNORECASE,
)
"""How the names of secrets end."""

_HEADER = re.compile(
    r"(?P<name>(?<![?&\w-])"
    r"(?:x-(?=[\w-]*?(?:key|token|secret|auth|header))[\w-]*+|ocp-apim-subscription-key"
    r"|(?:proxy-)?authorization|(?:set-)?cookie)['\"]?\s*+[:=]\s*+['\"]?)"
    r"(?:(?:bearer|basic|digest|negotiate)\s+)?[^\s'\"]+"
    r"|(?P<bare>(?<![?&\w-])x-(?=[\w-]*?(?:key|token|secret))[\w-]*+\s++)"
    r"(?!(?-i:[a-z]{1,8}\b))[^\s'\"]+"
    r"|(?P<scheme>\b(?:bearer|basic)\s++)(?!auth)[\w.~+/=-]{12,}",
    re.IGNORECASE,
)
"""A header with its value, one that was typed without its colon, and a scheme with credentials."""

_QUOTED_CREDENTIALS = re.compile(
    r"(?P<open>b?(?P<quote>['\"]))(?P<scheme>(?:bearer|basic)\s)(?:(?!(?P=quote)).)*", re.IGNORECASE
)
"""A header's value as a library quotes it: all of it may be a token, whatever its form."""

_NAMED_SECRET = re.compile(
    r"(?P<name>(?<![\w-])(?:passw(?:or)?d|pwd"
    r"|[\w-]{0,40}?(?:api|access|account|shared|functions|master|host|subscription)[_-]?key"
    r"|(?:client|shared|app)[_-]?secret)\s*+:\s*+)[^\s'\"]+",
    re.IGNORECASE,
)
"""A secret typed as a header or a form has it."""

_ENDLESS = re.compile(r"\S{2000,}")
"""No name is as long; what looks into words would take long, too."""
_PADDED = re.compile(r"(?<![\w+/=])[\w+/]{24,}={1,2}(?![\w=])", re.ASCII)
_WORD = re.compile(r"(?<![\w+=-])[\w+=-]{32,}", re.ASCII)
_CHANGES = 0.28
"""
Where classes of characters change so often within a word, nobody made it up.

In base64 45 of 100 neighbors are of different classes, in names of resources some 15.
"""
_PLAIN_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*|[0-9]{1,6}", re.ASCII)
_LONGEST_WORD = 16


def redacted(text: str) -> str:
    """
    Return the text without whatever may be a secret in it.

    Of a query only `api-version` and the id in `appid` keep their values; redacting a text again
    changes nothing.
    """
    return _around_challenges(text, _hidden)


def _hidden(text: str) -> str:
    text = _ENDLESS.sub(lambda word: "(a token)" if "eyJ" in word[0] else HIDDEN, text)
    text = _USER.sub(f"{HIDDEN}@", text)
    text = _WITH_FRAGMENT.sub(_without_fragment, text)
    text = _QUERY.sub(_without_values, text)
    for pair in (_FIRST_PAIR, _NEXT_PAIR):
        text = pair.sub(rf"\g<name>{HIDDEN}", text)
    for pair in (_LONE_PAIR, _MEMBER):
        text = pair.sub(_without_secret, text)
    text = _QUOTED_CREDENTIALS.sub(rf"\g<open>\g<scheme>{HIDDEN}", text)
    text = _NAMED_SECRET.sub(rf"\g<name>{HIDDEN}", text)
    text = _HEADER.sub(_name_alone, text)
    text = _REFRESH_TOKEN.sub("(a token)", _TOKEN.sub("(a token)", text))
    text = _PADDED.sub(HIDDEN, text)
    return _WORD.sub(lambda found: HIDDEN if _is_random(found[0]) else found[0], text)


def without_tokens(text: str) -> str:
    """Return the text with nothing taken out but tokens, which are known by their form."""
    return _around_challenges(text, _tokens_hidden)


def _tokens_hidden(text: str) -> str:
    return _REFRESH_TOKEN.sub("(a token)", _TOKEN.sub("(a token)", text))


def _around_challenges(text: str, hide: Callable[[str], str]) -> str:
    """Hide what is to be hidden, but leave the claims challenges, which only say what is asked."""
    shown, end = "", 0
    for found in _CHALLENGE.finditer(text):
        if _is_challenge(found["value"]):
            shown += hide(text[end : found.start()]) + found[0]
            end = found.end()
    return shown + hide(text[end:])


def _is_challenge(encoded: str) -> bool:
    """Whether this is a claims request for an access token and nothing else, in base64."""
    try:
        document = json.loads(base64.b64decode(f"{encoded}==", altchars=b"-_"))
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or document.keys() != {"access_token"}:
        return False
    claims = document["access_token"]
    return isinstance(claims, dict) and all(
        name in _ASKED and isinstance(asked, dict) and len(json.dumps(asked)) <= _LONGEST_CLAIM
        for name, asked in claims.items()
    )


def _without_fragment(found: re.Match[str]) -> str:
    before, _, fragment = found[0].partition("#")
    told = fragment.rstrip(_CLOSING)
    address = "://" in before or _PAIR.search(told)
    if not address or not told or _ANCHOR.fullmatch(told):
        return found[0]
    return f"{before}#{HIDDEN}{fragment[len(told) :]}"


def _without_values(found: re.Match[str]) -> str:
    query = found[0][1:].rstrip(_CLOSING)
    pairs, hash_, fragment = query.partition("#")
    if hash_ and not _ANCHOR.fullmatch(fragment):
        fragment = HIDDEN
    told = "".join(_without_value(each) for each in _SEPARATORS.split(pairs))
    return f"?{told}{hash_}{fragment}{found[0][1 + len(query) :]}"


def _without_secret(found: re.Match[str]) -> str:
    if not _SECRET.search(found["name"]):
        return found[0]
    quote = found.groupdict().get("quote") or ""
    return f"{quote}{found['name']}{found['between']}{HIDDEN}"


def _without_value(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if pair in {"", "&", ";"}:
        return pair
    harmless = _HARMLESS.get(name.lower())
    if equals and harmless is not None and harmless.fullmatch(value):
        return pair
    named = equals and _NAME.fullmatch(name) and not _is_random(name)
    return f"{name}={HIDDEN}" if named else HIDDEN


def _name_alone(found: re.Match[str]) -> str:
    return f"{found['name'] or found['bare'] or found['scheme']}{HIDDEN}"


def _is_random(word: str) -> bool:
    """Say whether a long word looks like a key in base64, not like a name that people gave."""
    kinds = [_kind(each) for each in word]
    if len(word) < 32 or not {"lower", "upper", "digit"} <= set(kinds):  # noqa: PLR2004
        return False
    changes = sum(a != b and (a, b) != ("upper", "lower") for a, b in pairwise(kinds))
    return changes >= _CHANGES * len(word)


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "sign"


def without_words(message: str, arguments: Sequence[str]) -> str:
    """Return a message in which no typed word stands but options, short plain words and numbers."""
    for word in sorted(_words(arguments), key=len, reverse=True):
        for told in {word, repr(word)[1:-1]}:
            message = re.sub(rf"(?<!\w){re.escape(told)}(?!\w)", HIDDEN, message)
    return message


def header_name(typed: str) -> str | None:
    """Return the name of a header typed with a value; None where nothing tells the two apart."""
    found = re.match(r"\s*([A-Za-z][A-Za-z-]{0,39})\s*(?::|\s|=)", typed)
    name = found[1] if found else ""
    return name if "-" in name or name.lower() in {"accept", "cookie", "origin"} else None


def _words(arguments: Iterable[str]) -> Iterator[str]:
    for each in arguments:
        word = each
        if each.startswith("--"):
            word = each.partition("=")[2]
        elif each.startswith("-"):
            word = each[2:].removeprefix("=")  # a value may follow a short option at once
        plain = _PLAIN_WORD.fullmatch(word) is not None and len(word) <= _LONGEST_WORD
        if word and not plain:
            yield word


def safe_line(text: str) -> str:
    """Return text of unknown origin as one line whose every character shows, without secrets."""
    return printable(redacted(text))
