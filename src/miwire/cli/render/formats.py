"""
Which function renders which result, as text and as JSON: mypy fails where one is missing.

A renderer is imported when it is needed: a command pays for what it prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from miwire.cli import results as r
from miwire.text import printable, printable_lines

if TYPE_CHECKING:
    from miwire.cli.render.page import Screen


_PlanResult = (
    r.EnableIdentityResult
    | r.ProtectResult
    | r.AccessResult
    | r.ConnectResult
    | r.UndoResult
    | r.RunsResult
)


def text(result: r.Result, screen: Screen) -> str:
    """Return a result as people read it on a screen."""
    if isinstance(result, _PlanResult):
        return _plan_as_text(result, screen)
    match result:
        case r.ProbeResult():
            from miwire.cli.render.text import probe

            return probe.probe(result, screen)
        case r.DoctorResult():
            from miwire.cli.render.text import doctor

            return doctor.doctor(result, screen)
        case r.TokenResult():
            from miwire.cli.render.text import token

            return token.token(result, screen)
        case r.ExplainResult():
            from miwire.cli.render.text import explain

            return explain.explain(result, screen)
        case r.FailedResult():
            return ""
        case _:
            return _lab_as_text(result, screen)


def junit(result: r.Result) -> str:
    """Return a result as a JUnit document; empty where it has no such form, as an error."""
    if not isinstance(result, r.DoctorResult):
        return ""
    from miwire.cli.render import junit as renderer

    return renderer.doctor(result)


def document(result: r.Result) -> dict[str, object] | None:
    """Return a result as its JSON document; None for a part of one that comes later."""
    if isinstance(result, _PlanResult):
        return _plan_as_document(result)
    match result:
        case r.ProbeResult():
            from miwire.cli.render.json import probe

            return probe.probe(result)
        case r.DoctorResult():
            from miwire.cli.render.json import doctor

            return doctor.doctor(result)
        case r.TokenResult():
            from miwire.cli.render.json import token

            return token.token(result)
        case r.ExplainResult():
            from miwire.cli.render.json import explain

            return explain.explain(result)
        case r.FailedResult():
            from miwire.cli.render.json import messages

            return messages.failed(result)
        case r.VersionResult():
            from miwire.cli.render.json import messages

            return messages.version(result)
        case _:
            return _lab_as_document(result)


_LabResult = (
    r.DemoBegins
    | r.DemoStep
    | r.DemoTold
    | r.DemoResult
    | r.LabUpResult
    | r.LabDownResult
    | r.LabResetResult
    | r.LabAttachResult
    | r.LabStatusResult
    | r.LabEnvResult
    | r.LabTokenResult
    | r.LabRequestsResult
    | r.LabFaultsResult
    | r.LabClockResult
    | r.LabUrlResult
    | r.LabScenesResult
)


def _plan_as_text(result: _PlanResult, screen: Screen) -> str:
    from miwire.cli.render.text import plan

    match result:
        case r.EnableIdentityResult():
            return plan.enable_identity(result, screen)
        case r.ProtectResult():
            return plan.protect(result, screen)
        case r.AccessResult():
            return plan.access(result, screen)
        case r.ConnectResult():
            return plan.connect(result, screen)
        case r.UndoResult():
            return plan.undo(result, screen)
        case r.RunsResult():
            return plan.runs(result, screen)
        case _:
            assert_never(result)


def _plan_as_document(result: _PlanResult) -> dict[str, object]:
    from miwire.cli.render.json import plan

    match result:
        case r.EnableIdentityResult():
            return plan.enable_identity(result)
        case r.ProtectResult():
            return plan.protect(result)
        case r.AccessResult():
            return plan.access(result)
        case r.ConnectResult():
            return plan.connect(result)
        case r.UndoResult():
            return plan.undo(result)
        case r.RunsResult():
            return plan.runs(result)
        case _:
            assert_never(result)


def _lab_as_text(result: _LabResult | r.VersionResult, screen: Screen) -> str:
    from miwire.cli.render.text import lab

    match result:
        case r.DemoBegins() | r.DemoStep() | r.DemoTold() if screen.quiet:
            return ""
        case r.VersionResult():
            return lab.line(f"miwire {result.miwire}", screen)
        case r.DemoBegins():
            return lab.line(result.goal, screen) + "\n"
        case r.DemoStep():
            return lab.demo_step(result, screen)
        case r.DemoTold():
            return lab.demo_told(result, screen)
        case r.DemoResult():
            return lab.demo(result, screen)
        case r.LabUpResult():
            return lab.up(result, screen)
        case r.LabDownResult():
            stopped = "The lab was stopped." if result.stopped else "No lab was running."
            return lab.line(stopped, screen)
        case r.LabResetResult():
            return lab.line(f'Lab reset to scene "{result.scene}".', screen)
        case r.LabAttachResult():
            return lab.line(result.url, screen)
        case r.LabStatusResult():
            return lab.status(result, screen)
        case r.LabEnvResult():
            return printable_lines(result.lines)
        case r.LabTokenResult():
            return f"{printable(result.token)}\n"
        case r.LabRequestsResult():
            return lab.requests(result, screen)
        case r.LabFaultsResult():
            return lab.faults(result, screen)
        case r.LabClockResult():
            return lab.line(result.now, screen)
        case r.LabUrlResult():
            return lab.line(result.site["url"], screen)
        case r.LabScenesResult():
            return lab.scenes(result, screen)
        case _:
            assert_never(result)


def _lab_as_document(result: _LabResult) -> dict[str, object] | None:
    from miwire.cli.render.json import lab

    match result:
        case r.DemoBegins() | r.DemoStep() | r.DemoTold():
            return None
        case r.DemoResult():
            return lab.demo(result)
        case r.LabUpResult():
            return lab.up(result)
        case r.LabDownResult():
            return lab.down(result)
        case r.LabResetResult():
            return lab.reset(result)
        case r.LabAttachResult():
            return lab.attach(result)
        case r.LabStatusResult():
            return lab.status(result)
        case r.LabEnvResult():
            return lab.env(result)
        case r.LabTokenResult():
            return lab.token(result)
        case r.LabRequestsResult():
            return lab.requests(result)
        case r.LabFaultsResult():
            return lab.faults(result)
        case r.LabClockResult():
            return lab.clock(result)
        case r.LabUrlResult():
            return lab.url(result)
        case r.LabScenesResult():
            return lab.scenes(result)
        case _:
            assert_never(result)
