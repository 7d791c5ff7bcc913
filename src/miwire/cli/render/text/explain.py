"""Explained codes for people: what each means, how to see it and how to fix it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from miwire.cli.remedies import spelled
from miwire.cli.render.page import Page, bad, name, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from miwire.cli.render.page import Line, Screen
    from miwire.cli.results import ExplainResult
    from miwire.explain.entry import Entry
    from miwire.explain.lookup import Unknown

_LABEL = 5
_WIDEST_CODE = 40


def explain(result: ExplainResult, screen: Screen) -> str:
    """Return what codes mean, one after the other; or the list of all."""
    page = Page(screen)
    if result.listed:
        _write_list(page, result.explained.entries)
        return str(page)
    for each in result.explained.unknown:
        _write_unknown(page, each)
    again = Counter(each.code for each in result.explained.entries)
    for number, entry in enumerate(result.explained.entries):
        if number or result.explained.unknown:
            page.blank()
        _write(page, entry, several=again[entry.code] > 1)
    return str(page)


def _write(page: Page, entry: Entry, *, several: bool) -> None:
    whose = (quiet(f"  ({entry.group.title})"),) if several else ()
    page.line(name(entry.code), f": {entry.title}", *whose, hanging=2)
    page.rows(_rows("means", entry.meaning.split("\n")), indent=2)
    page.rows(_rows("see", entry.see), indent=2)
    page.rows(_rows("fix", [spelled(each) for each in entry.fixes]), indent=2)
    if not page.screen.quiet:
        # Whole, so that it can be opened: a query in it is the code and no secret.
        page.verbatim(f"  {'docs':<{_LABEL}}  {entry.page}")


def _rows(label: str, paragraphs: Sequence[str]) -> Iterator[Sequence[Line]]:
    for each in paragraphs:
        yield quiet(f"{label:<{_LABEL}}"), each
        label = ""


def _write_unknown(page: Page, unknown: Unknown) -> None:
    if unknown.why:
        page.line(name(unknown.code), f": {unknown.why}")
        return
    if unknown.code:
        page.line(bad(unknown.code), " isn't known.")
    else:
        page.line(bad("There is no known code in the input."))
    if unknown.nearest:
        page.line("Nearest:")
        page.rows(((name(each.code), each.title) for each in unknown.nearest), indent=2)
    if unknown.docs:
        page.verbatim(f"Look it up: {unknown.docs}")
    if not unknown.nearest and not unknown.docs:
        page.line("All that are known: miwire explain")


def _write_list(page: Page, entries: Sequence[Entry]) -> None:
    for number, (group, members) in enumerate(groupby(entries, key=lambda each: each.group)):
        if number:
            page.blank()
        page.line(name(group.title))
        # A sentence that stands for a code would push all titles of its group to the right.
        for _, alike in groupby(members, key=lambda each: len(each.code) > _WIDEST_CODE):
            page.rows([(each.code, quiet(each.title)) for each in alike], indent=2)
    if not page.screen.quiet:
        page.blank()
        page.line("What one means, and how to fix it: miwire explain CODE")
