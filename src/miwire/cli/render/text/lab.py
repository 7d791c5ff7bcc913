"""The lab and the demo for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from miwire.cli.render.page import Page, mark, name, quiet
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from miwire.cli.render.page import Screen
    from miwire.cli.results import (
        DemoResult,
        DemoStep,
        DemoTold,
        LabAttachResult,
        LabFaultsResult,
        LabRequestsResult,
        LabScenesResult,
        LabStatusResult,
        LabUpResult,
    )


def line(text: object, screen: Screen) -> str:
    """Return one line of text."""
    page = Page(screen)
    page.line(str(text))
    return str(page)


def up(result: LabUpResult, screen: Screen) -> str:
    """Return how to use the lab, and where it is if that is to be shown."""
    page = Page(screen)
    if result.addresses:
        page.rows((quiet(service), url) for service, url in result.info.services.items())
    named = f" --state-dir {sh(str(result.named))}" if result.named else ""
    page.verbatim(f'next: eval "$(miwire lab env{named})"')
    return str(page)


def attach(result: LabAttachResult, screen: Screen) -> str:
    """Return the app's URL."""
    return line(result.url, screen)


def status(result: LabStatusResult, screen: Screen) -> str:
    """Return the lab's services and apps."""
    if result.about is None:
        return line(f"No lab is running in {result.folder}. Start one: miwire lab up", screen)
    page = Page(screen)
    about: Mapping[str, Any] = result.about
    services = [(quiet(service), url, "") for service, url in about["services"].items()]
    sites = [(name(each["name"]), each["url"], each["upstream"] or "") for each in about["sites"]]
    page.rows([*services, *sites])
    return str(page)


def requests(result: LabRequestsResult, screen: Screen) -> str:
    """Return a line for each request."""
    page = Page(screen)
    page.rows(
        (
            str(each["status"]),
            str(each["service"]),
            f"{each['elapsedMs']} ms",
            str(each.get("fault") or ""),
            f"{each['method']} {each['url']}",
        )
        for each in result.requests
    )
    return str(page)


def faults(result: LabFaultsResult, screen: Screen) -> str:
    """Return the faults as JSON: that is how they are written."""
    page = Page(screen)
    # In ASCII, so that no text in it can steer the terminal.
    for each in json.dumps(result.faults, indent=2).split("\n"):
        page.verbatim(each)
    return str(page)


def scenes(result: LabScenesResult, screen: Screen) -> str:
    """Return a line for each scene."""
    page = Page(screen)
    page.rows((name(each["name"]), each["kind"], each["summary"]) for each in result.scenes)
    return str(page)


def demo_step(result: DemoStep, screen: Screen) -> str:
    """Return a step before it is run."""
    page = Page(screen)
    page.line(name(result.step.title))
    page.line(quiet(f"$ {result.step.shown}"), indent=2)
    return str(page)


def demo_told(result: DemoTold, screen: Screen) -> str:
    """Return what a step printed, and whether it held."""
    page, told = Page(screen), result.told
    page.paragraphs(told.printed.rstrip(), indent=4)
    if told.held:
        page.line(mark("pass"), f" as expected (exit {told.exit_code})", indent=2)
    else:
        expected = f" exit {told.exit_code}, expected {int(told.step.holds)}"
        page.line(mark("fail"), expected, indent=2)
    page.blank()
    return str(page)


def demo(result: DemoResult, screen: Screen) -> str:
    """Return the sum of the demo."""
    page, steps = Page(screen), len(result.told)
    verdict = mark("pass" if result.held == steps else "fail")
    page.line(verdict, f" {result.held} of {steps} steps as expected.")
    if result.kept is not None:
        lab = sh(str(result.kept))
        page.verbatim(f'The lab is running: eval "$(miwire lab env --state-dir {lab})"')
        page.verbatim(f"Stop it with: miwire lab down --state-dir {lab}")
    return str(page)
