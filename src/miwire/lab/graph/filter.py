"""`$filter`: the part of OData's language that Graph understands for directory objects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miwire.lab.graph import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.lab.documents import Document

    Predicate = Callable[[Document], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<sign>[(),:])
      | (?P<word>[\w$.\-/@+]+)
    )""",
    re.VERBOSE,
)
_CONSTANTS = {"true": True, "false": False, "null": None}
_MAX_DEPTH = 20


@dataclass(slots=True)
class Filter:
    """
    A parsed `$filter` over properties of one type of object.

    *filterable* are the properties that may be asked for. Raises GraphError where the text is no
    expression or asks for another property.
    """

    text: str
    filterable: frozenset[str]
    is_advanced: bool = False
    """Whether Graph serves it only from the lagging index (`ne`, `not`, `endswith`)."""
    matches: Predicate = field(init=False)
    _tokens: list[str] = field(init=False)
    _depth: int = 0

    def __post_init__(self) -> None:
        self._tokens = _tokens(self.text)
        self.matches = self._alternatives()
        if self._tokens:
            raise _invalid()

    def _alternatives(self) -> Predicate:
        terms = [self._conjunction()]
        while self._accept("or"):
            terms.append(self._conjunction())
        return lambda document: any(term(document) for term in terms)

    def _conjunction(self) -> Predicate:
        terms = [self._term()]
        while self._accept("and"):
            terms.append(self._term())
        return lambda document: all(term(document) for term in terms)

    def _term(self) -> Predicate:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _invalid()
        term = self._negation_or_group()
        self._depth -= 1
        return term

    def _negation_or_group(self) -> Predicate:
        if self._accept("not"):
            self.is_advanced = True
            inner = self._term()
            return lambda document: not inner(document)
        if self._accept("("):
            inner = self._alternatives()
            self._expect(")")
            return inner
        name = self._next()
        if name in {"startswith", "endswith"} and self._accept("("):
            return self._function(name)
        if name.endswith("/any") and self._accept("("):
            return self._any(name.removesuffix("/any"))
        return self._comparison(self._property(name))

    def _function(self, name: str) -> Predicate:
        """`startswith(displayName,'x')`."""
        self.is_advanced |= name == "endswith"
        of = self._property(self._next())
        self._expect(",")
        wanted = str(self._value()).lower()
        self._expect(")")
        test = str.startswith if name == "startswith" else str.endswith
        return lambda document: test(str(document.get(of) or "").lower(), wanted)

    def _any(self, name: str) -> Predicate:
        """`identifierUris/any(u:u eq 'x')`."""
        of = self._property(name)
        variable = self._next()
        self._expect(":")
        self._expect(variable)
        self._expect("eq")
        wanted = _comparable(self._value())
        self._expect(")")
        return lambda document: wanted in [_comparable(each) for each in document.get(of) or []]

    def _comparison(self, name: str) -> Predicate:
        """`appId eq 'x'`, `appId ne 'x'`, `appId in ('x','y')`."""
        operator = self._next()
        if operator == "in":
            self._expect("(")
            listed = [_comparable(self._value())]
            while self._accept(","):
                listed.append(_comparable(self._value()))
            self._expect(")")
            return lambda document: _comparable(document.get(name)) in listed
        if operator not in {"eq", "ne"}:
            raise _invalid()
        self.is_advanced |= operator == "ne"
        wanted = _comparable(self._value())
        equal = operator == "eq"
        return lambda document: (_comparable(document.get(name)) == wanted) == equal

    def _property(self, name: str) -> str:
        if name not in self.filterable:
            raise errors.unsupported_clause(name)
        return name

    def _value(self) -> object:
        """Return a literal: quoted text, a constant, or a bare GUID."""
        token = self._next()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        return _CONSTANTS.get(token, token)

    def _next(self) -> str:
        if not self._tokens:
            raise _invalid()
        return self._tokens.pop(0)

    def _accept(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise _invalid()


def _tokens(text: str) -> list[str]:
    tokens, position, text = [], 0, text.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _invalid()
        tokens.append(found[0].strip())
        position = found.end()
    return tokens


def _comparable(value: Any) -> Any:  # noqa: ANN401 - JSON is any value
    """Return *value* as the directory compares it: without regard to case."""
    return value.lower() if isinstance(value, str) else value


def _invalid() -> errors.GraphError:
    return errors.malformed("Invalid filter clause")
