"""
A pasted text, and the one token in it.

People paste what they have: a header, a line of JSON, a curl command, an answer with a refresh
token in it. The token is found by its form and by the name in front of it; of everything else only
the kind is ever told, because it may be a secret.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from miwire.errors import NotAToken
from miwire.text import listed
from miwire.tokens import no_token
from miwire.tokens.access_token import AccessToken
from miwire.tokens.jws import LONGEST, encrypted, header_of, is_encrypted, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator


class Role(StrEnum):
    """What the name in front of a token says that it is."""

    ACCESS = "access token"
    ID = "ID token"
    REFRESH = "refresh token"
    ASSERTION = "client assertion"
    UNNAMED = "token"


@dataclass(frozen=True, slots=True)
class PastedToken:
    """One token, and what it was pasted with."""

    token: str = field(repr=False)
    role: Role = Role.UNNAMED
    found_in: str = ""
    """"JSON", "base64" or "text"; empty: it stood alone."""
    beside: tuple[str, ...] = ()
    """The kinds of other secrets in the same text, which are ignored."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What should be said of the paste: which token was read, and what was ignored."""
        told = []
        if self.found_in:
            told.append(f"Read the {self.role} in the {self.found_in} that was pasted.")
        if self.role is Role.ID:
            told.append("There is no access token in it.")
        if self.role is Role.ASSERTION:
            told.append("A client assertion proves who the client is; it isn't an access token.")
        if self.beside:
            told.append(f"Ignored beside it: {listed(self.beside)}.")
        return tuple(told)


_TEXT = "text"
_TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9_.-]+")
_RUN = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*)+")
_SCHEME = re.compile(
    r"\A(?:authorization[\"']?\s*[:=]\s*[\"']?)?(?:bearer(?:[\s,:]+|\Z))?", re.IGNORECASE
)
_AROUND = " \t\n\"'`<>()[]\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
"""White space, quotes and brackets: what people and editors write around a word."""

_LABEL = re.compile(
    rf"(?P<name>[A-Za-z][\w-]*)[{re.escape(_AROUND)}]*[:=][{re.escape(_AROUND)}]*"
    rf"(?:bearer[\s,:]+)?[{re.escape(_AROUND)}]*\Z",
    re.IGNORECASE,
)
_LABEL_BEFORE = 120
"""Characters in front of a token among which its name is looked for."""
_ROLES = {
    "clientassertion": Role.ASSERTION,
    "accesstoken": Role.ACCESS,
    "idtoken": Role.ID,
    "refreshtoken": Role.REFRESH,
}

_STEERING = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_ESCAPED = re.compile(r"\\[nrt\"]")
_PERCENT = re.compile(r"%([0-7][0-9A-Fa-f])")

_BEFORE_A_LINE = " \t>|\u2502\u2503"
_BEHIND_A_LINE = " \t\\|\u2502\u2503"
"""Indents, marks of a quotation, borders of a table, and a shell's continuation."""
_BEGUN = re.compile(r"(?<![A-Za-z0-9_.+-])eyJ[A-Za-z0-9_.-]*$")
_CONTINUED = re.compile(r"(?P<piece>[A-Za-z0-9_.-]+)(?P<closing>[\"'`,;)\]}\u201c\u201d\u00bb]*)")
_NARROWEST = 20
"""Characters; no program wraps lines shorter than that."""
_SIGNATURES = {
    "RS": {342, 512, 683},
    "PS": {342, 512, 683},
    "HS": {43, 64, 86},
    "ES": {86, 128, 176},
    "no": {0},
}
"""Characters of a whole signature, by the first two letters of `alg`; RSA from 2048 bits."""

_BASE64 = re.compile(r"(?:ZXlK|QmVhcmVyIGV5)[A-Za-z0-9+/_-]*={0,2}")
"""What `eyJ` and `Bearer ey` look like in base64, as Kubernetes keeps its secrets."""


def text_of(raw: bytes) -> str:
    """
    Return the text of a file or a pipe: UTF-8, or UTF-16 as PowerShell 5 writes it.

    Bytes that are neither are read as Latin-1, where each is a character. Raises NotAToken for
    more than 64 KiB, and for half a character of UTF-16.
    """
    if len(raw) > LONGEST:
        raise too_long()
    encoding = _encoding(raw)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-16"):
            raise NotAToken("This isn't a JWT: it contains invalid characters.") from error
        return raw.decode("latin-1")


def _encoding(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if raw.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if len(raw) > 1 and len(raw) % 2 == 0:
        # Every other byte is zero in UTF-16 of ASCII, and none is in UTF-8.
        if not any(raw[1::2]) and all(raw[::2]):
            return "utf-16-le"
        if not any(raw[::2]) and all(raw[1::2]):
            return "utf-16-be"
    return "utf-8"


def read(text: str) -> PastedToken:
    """
    Return the one token in a pasted text.

    Where there are several, the one that is named access token is meant. Raises NotAToken, whose
    sentence says what the text is instead and quotes nothing of it.
    """
    if len(text) > LONGEST:
        raise too_long()
    plain = _plain(text)
    bare = _bare(plain)
    if _is_bare_token(bare):
        return PastedToken(bare)
    unpacked = _unpacked(bare)
    if unpacked is not None:
        return PastedToken(unpacked, found_in="base64")
    whole = "\n".join(_unwrapped(plain.split("\n")))
    found = _candidates(whole)
    refresh = [each for each, roles in found.items() if roles == {Role.REFRESH}]
    tokens = {each: roles for each, roles in found.items() if each not in refresh}
    if not tokens:
        raise no_token.explained(whole, bare)
    chosen = _chosen(tokens)
    role = next((each for each in Role if each in tokens[chosen]), Role.UNNAMED)
    others = [_named(each, roles) for each, roles in tokens.items() if each != chosen]
    left = whole
    for each in found:
        left = left.replace(each, "")
    beside = dict.fromkeys((*others, *(Role.REFRESH for _ in refresh), *no_token.secrets_in(left)))
    return PastedToken(chosen, role, _found_in(whole, left, role), tuple(map(str, beside)))


def _plain(text: str) -> str:
    """Return the text without what shows nothing, and with one kind of space and line break."""
    text = _STEERING.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(_plain_character(each) for each in text)
    text = _ESCAPED.sub(lambda found: '"' if found[0].endswith('"') else " ", text)
    return _PERCENT.sub(_unquoted, text)


def _plain_character(character: str) -> str:
    if character == "\n" or (character.isascii() and character.isprintable()):
        return character
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Zl" | "Zp":
            return "\n"
        case "Zs" | "Cc":
            return " "
    return character


def _unquoted(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character.isprintable() else " "


def _bare(plain: str) -> str:
    """Return the text without its scheme and what stands around a word."""
    return _SCHEME.sub("", plain.strip(_AROUND), count=1).strip(_AROUND)


def _is_bare_token(word: str) -> bool:
    """Say whether a text is one word with three segments; what they hold is not looked at."""
    is_word = _TOKEN_CHARACTERS.fullmatch(word) is not None
    return is_word and word.count(".") == 2 and not no_token.is_named(word)  # noqa: PLR2004


def _unpacked(word: str) -> str | None:
    """Return the token that base64 of a header or of a token alone holds."""
    if _BASE64.fullmatch(word) is None:
        return None
    try:
        standard = word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4)
        inner = _bare(base64.b64decode(standard).decode("ascii"))
    except (binascii.Error, ValueError):
        return None
    return inner if _is_bare_token(inner) else None


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Yield the lines, with a token that was broken into several of them in one piece."""
    at = 0
    while at < len(lines):
        line = lines[at].rstrip(_BEHIND_A_LINE)
        begun = _BEGUN.search(line)
        at += 1
        if begun is None:
            yield lines[at - 1]
            continue
        width, is_last, first = len(line), False, at
        while at < len(lines) and not is_last and not _is_whole(line[begun.start() :]):
            piece = lines[at].lstrip(_BEFORE_A_LINE).rstrip(_BEHIND_A_LINE)
            more = _CONTINUED.fullmatch(piece)
            if more is None or len(piece) > width or _begins_another(line[begun.start() :], piece):
                break
            # What a program wraps has lines of one length, except for a prefix and the last one.
            is_shorter = len(piece) < (width if at > first else _NARROWEST)
            is_last = bool(more["closing"]) or is_shorter
            width = len(piece)
            line += piece
            at += 1
        yield line


def _is_whole(token: str) -> bool:
    segments = token.split(".")
    header = header_of(token) if len(segments) == 3 else None  # noqa: PLR2004
    if header is None:
        return False
    return len(segments[2]) in _SIGNATURES.get(str(header.get("alg"))[:2], set())


def _begins_another(token: str, line: str) -> bool:
    """Say whether a line begins a token of its own, behind one that has all three segments."""
    return token.count(".") >= 2 and header_of(line) is not None  # noqa: PLR2004


def _candidates(text: str) -> dict[str, set[Role]]:
    """Return every word in the form of a token, once, and what the names in front of it say."""
    found: dict[str, set[Role]] = {}
    for run in _RUN.finditer(text):
        word = run[0]
        if no_token.is_shortened(text, run.start(), run.end()):
            continue
        if word.count(".") == 3:  # noqa: PLR2004  the full stop of a sentence
            word = word.removesuffix(".")
        is_signed = word.count(".") == 2 and (word.startswith("eyJ") or header_of(word) is not None)  # noqa: PLR2004
        if is_signed or is_encrypted(word):
            label = _LABEL.search(text, max(0, run.start() - _LABEL_BEFORE), run.start())
            found.setdefault(word, set()).add(_role(label["name"] if label else ""))
    return found


def _role(label: str) -> Role:
    name = label.lower().replace("_", "").replace("-", "")
    return next((role for end, role in _ROLES.items() if name.endswith(end)), Role.UNNAMED)


def _chosen(tokens: dict[str, set[Role]]) -> str:
    """Return the token that is meant; raise NotAToken where that isn't clear or it's encrypted."""
    named = [each for each, roles in tokens.items() if Role.ACCESS in roles]
    if len(tokens) == 1 or len(named) == 1:
        token = (named or list(tokens))[0]
        if is_encrypted(token):
            raise encrypted()
        return token
    kinds = [_with_article(_named(each, roles)) for each, roles in tokens.items()]
    raise NotAToken(
        f"The input contains {len(tokens)} tokens: {listed(kinds)}.",
        kind="several-tokens",
        hint="Pass the one to decode, without the others.",
    )


def _named(token: str, roles: set[Role]) -> str:
    """Say what a token is, by the name in front of it or else by its claims."""
    for role in (Role.ACCESS, Role.ID, Role.ASSERTION):
        if role in roles:
            return role
    if is_encrypted(token):
        return "encrypted token"
    read = AccessToken.read(token)
    if read is None:
        return "unreadable token"
    return Role.ID if read.is_id_token else Role.ACCESS


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiouI' else 'a'} {name}"


def _found_in(text: str, left: str, role: Role) -> str:
    """Say in what a token stood: nothing is said where only a header's name was beside it."""
    if text.lstrip().startswith(("{", "[")):
        return "JSON"
    words = re.sub(r"authorization|bearer|token", "", left, flags=re.IGNORECASE)
    return _TEXT if role is not Role.UNNAMED or re.search(r"\w", words) else ""
