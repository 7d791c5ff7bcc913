"""
Codes in a text that somebody pasted: an error of az or an SDK, JSON, a log, a page, headers.

Ids, times and secrets are no codes, and nothing of the text is kept but the codes found in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.explain import answers, catalog, entra, http_status, lookup
from miwire.explain.entry import Group
from miwire.explain.lookup import Explained, Unknown
from miwire.probe.response import Answer
from miwire.probe.signatures import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.explain.entry import Entry

_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*|(?<![\w-])[01]\.A[\w-]{20,}", re.ASCII)
_COLOR = re.compile(r"\x1b\[[\d;]{0,20}[A-Za-z]")
"""What az and PowerShell put around a word to color it."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBERS_ALONE = re.compile(r'"error_codes"\s*:\s*\[([\d,\s]{5,80})\]')
_WORD = re.compile(r"(?<![\w./-])[A-Za-z][A-Za-z_]{5,60}(?![\w/-])")
_AS_A_CODE = re.compile(
    r"(?:\b(?:error_?)?code[\"'\\]*\s*[:=]\s*[\"'\\]*|(?<!\d )\(|\berror\[)$", re.IGNORECASE
)
"""What stands before a word that is a code, and not a word of a sentence."""
_OWN = re.compile(r'\berror\[\w+\]|"schemaVersion"')
"""What an error of miwire's looks like: its codes are plain words, which others use as well."""
_NEW_CODE = re.compile(
    r"[\"']?\b(?:error_?)?code[\"'\\]*\s*[:=]\s*[\"'\\]*(?-i:((?:[A-Z][a-z]+){2,6}))\b",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?:\bHTTP(?:/[\d.]+)?(?:[ _-]?(?:error|status))?[\s:=]+"
    r"|\b(?:sc[-_]?)?status(?:[ _]?code)?[\"']*(?:\s+does not indicate success)?\s*[:=]?\s*[\"']?"
    r"|\bstatus(?:\s+code)?\s+(?:of|is|was)\s+|\berrors?\s+|(?<!exit )\bcode\s+)"
    r"([345]\d\d)(\.\d{1,3})?(?![\d.]\d|\d)"
    r"|(?<![\d.:/-])([345]\d\d)(\.\d{1,3})?(?=\s*[-:(]?\s*"
    r"\(?(?:Unauthorized|Forbidden|Not Found|Found\b|Bad Request|Bad Gateway|Internal Server Error"
    r"|Service Unavailable|Gateway Time-?out|Too Many Requests|Ip Forbidden|Site Disabled"
    r"|Proxy Authentication Required|Request Header Fields Too Large"
    r"|errors?\b|responses?\b|page\b|status\b))"
    r"|\b(?:gets?|got|getting|returns?|returned|returning|answers?|answered|with)\s+(?:an?\s+)?"
    r"([345]\d\d)(\.\d{1,3})?s?(?=\s*(?:$|[.,;:!?()'\"]|(?:and|but|for|from|if|in|on|when|with)\b))",
    re.IGNORECASE,
)
"""A status with what shows that it is one: a number alone may be anything."""
_NAMES_A_SERVICE = {Group.ENTRA, Group.IDENTITY_ENDPOINT, Group.ARM, Group.GRAPH}
"""Whose codes come with a status of their own, which is none of an app."""
_PAGES = (*answers.PAGES, *answers.SPEAKERS)
"""They say more than the status that they come with."""
_ALSO_NAMES = {"BadRequest", "NotFound", "TooManyRequests", "InternalServerError"}
"""Codes of several words that other software uses as names, too."""
_SPACE = re.compile(r"\s+")
_HEADER = re.compile(r"^(?:[<*]\s*)?([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]*(.*)$")
_STATUS_LINE = re.compile(r"^(?:[<*]\s*)?HTTP/[\d.]+\s+(\d{3})\s*(.*)$")

_LONGEST_CODE = 60
_MOST_UNKNOWN = 20


def _by_word() -> dict[str, tuple[Entry, ...]]:
    words: dict[str, tuple[Entry, ...]] = {}
    for each in catalog.WITHOUT_CHECKS:
        if _WORD.fullmatch(each.code):
            words[each.code] = (*words.get(each.code, ()), each)
    return words


_BY_WORD = _by_word()


def explain(text: str) -> Explained:
    """Return what the codes of a text mean, or the one code that it consists of."""
    text = _COLOR.sub("", text)
    alone = lookup.alone(text)
    if alone is not None:
        return alone
    safe = _GUID.sub(" ", _TOKEN.sub(" ", text)).replace('\\"', '"')
    line = _SPACE.sub(" ", safe)
    found: dict[str, tuple[int, Entry]] = {}
    unknown: dict[str, None] = {}
    for position, each in (*_numbered(line), *_worded(line), *_phrased(line), *_speakers(safe)):
        if isinstance(each, str):
            unknown.setdefault(each)
        elif each.anchor not in found or position < found[each.anchor][0]:
            found[each.anchor] = position, each
    groups = {each.group for _, each in found.values()}
    if Group.ARM in groups:
        # Its 401 has a challenge of the same form as one of an app.
        found.pop(answers.OWN_401.anchor, None)
    if not groups & _NAMES_A_SERVICE:
        is_page = any(each in _PAGES for _, each in found.values())
        for position, each in _statuses(line):
            if not (is_page and each in http_status.STATUSES):
                found.setdefault(each.anchor, (position, each))
    entries = tuple(each for _, each in sorted(found.values(), key=lambda pair: pair[0]))
    told = tuple(lookup.unknown(code) for code in list(unknown)[:_MOST_UNKNOWN])
    return Explained(entries, told or _nothing(entries, line))


def _nothing(entries: tuple[Entry, ...], text: str) -> tuple[Unknown, ...]:
    """Say that a text has no known code; a short one may be a code that was misspelled."""
    if entries:
        return ()
    word = text.strip()
    short = len(word) <= _LONGEST_CODE
    return (Unknown("", catalog.nearest(word) if short else ()),)


def _numbered(text: str) -> Iterator[tuple[int, Entry | str]]:
    """Yield the entries of numbered codes; a code itself where it isn't known."""
    for found in lookup.NUMBERED.finditer(text):
        code = f"{found[1].upper()}{found[2]}"
        known = catalog.named(code)
        yield from ((found.start(), each) for each in known or (code,))
    for found in _NUMBERS_ALONE.finditer(text):
        for number in re.findall(r"\d{4,7}", found[1]):
            yield from ((found.start(), each) for each in catalog.named(entra.PREFIX + number))


def _worded(text: str) -> Iterator[tuple[int, Entry | str]]:
    """Yield the entries of codes that are words; a word that is used as one, but isn't known."""
    own = _OWN.search(text) is not None
    for found in _WORD.finditer(text):
        entries = [
            each for each in _BY_WORD.get(found[0], ()) if own or each.group is not Group.MIWIRE
        ]
        if own and len(entries) > 1:
            entries = [each for each in entries if each.group is Group.MIWIRE]
        if not entries or (_is_plain(found[0]) and not _is_a_code(text, found.start())):
            continue
        yield from ((found.start(), each) for each in entries)
    for found in _NEW_CODE.finditer(text):
        if found[1] not in _BY_WORD and not _is_a_phrase(found[1]):
            yield found.start(), found[1]


def _is_a_phrase(word: str) -> bool:
    return any(word in phrase for each in catalog.WITHOUT_CHECKS for phrase in each.phrases)


def _is_plain(word: str) -> bool:
    """Say whether a code is a word that sentences have as well, or the name of something else."""
    return "_" not in word and (len(re.findall(r"[A-Z]", word)) < 2 or word in _ALSO_NAMES)  # noqa: PLR2004


def _is_a_code(text: str, start: int) -> bool:
    return _AS_A_CODE.search(text, max(0, start - 40), start) is not None


def _phrased(text: str) -> Iterator[tuple[int, Entry]]:
    """Yield the entries whose sentences stand in a text."""
    line = text.lower()
    for each in catalog.WITHOUT_CHECKS:
        places = [line.find(phrase.lower()) for phrase in each.phrases]
        if any(place >= 0 for place in places):
            yield min(place for place in places if place >= 0), each


def _speakers(text: str) -> Iterator[tuple[int, Entry]]:
    """Yield who else answered, by what only that software writes."""
    answer = _answer(text)
    for row in SIGNATURES:
        entry = answers.shown_by(row)
        if entry and all(sign.quote(answer) is not None for sign in row.signs):
            yield len(text), entry
            return


def _answer(text: str) -> Answer:
    """Return a pasted answer: status line and headers, where there are some, and the body."""
    status, reason, headers = 0, "", {}
    lines = text.lstrip("\ufeff \r\n").splitlines()
    rest = 0
    for number, line in enumerate(lines):
        first, header = _STATUS_LINE.match(line), _HEADER.match(line)
        if first:
            status, reason = int(first[1]), first[2].strip()
        elif header:
            headers[header[1].lower()] = header[2].strip()
        else:
            rest += not line.strip(" <*>")
            break
        rest = number + 1
    return Answer(status, headers, "\n".join(lines[rest:]).strip(), elapsed_ms=0, reason=reason)


def _statuses(text: str) -> Iterator[tuple[int, Entry]]:
    for found in _STATUS.finditer(text):
        # A match has one status, and its sub-status if there is one.
        number, *sub = filter(None, found.groups())
        for code in ("".join((number, *sub)), number):
            if entries := catalog.named(code):
                yield from ((found.start(), each) for each in entries)
                break
