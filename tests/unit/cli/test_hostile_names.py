"""What others wrote, sent through every text that leaves the process: it is escaped, whole."""

import base64
import contextlib
import io
import json
import logging
import re
import sys
import typing
import unicodedata
import warnings
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from miwire.azure.error_mapping import fault
from miwire.cli import confirm as agreement
from miwire.cli import results, streams
from miwire.cli.demo_steps import Step, Told
from miwire.cli.every_command import Format
from miwire.cli.main import main
from miwire.cli.plain_text import PlainText
from miwire.cli.printer import Printer
from miwire.easyauth.model import GateVerdict, Rule
from miwire.errors import ExitCode, MiwireError, NotPermitted, Unreachable
from miwire.explain import pasted
from miwire.finding import Finding, InPlan, Verdict
from miwire.model.auth_settings import AuthSettings
from miwire.model.cloud import Account
from miwire.model.run_record import Run
from miwire.model.site import SiteRef
from miwire.operations import connect
from miwire.operations import snippets as inside
from miwire.operations.decode_token import AtGate, TokenReport
from miwire.operations.doctor import Diagnosis
from miwire.operations.proof import Proof
from miwire.operations.protect import Protection
from miwire.plan.plan import Outcome, Plan, Question
from miwire.plan.record import Runs
from miwire.probe.model import ProbeCase, ProbeReport, ProbeTarget, TokenOwner
from miwire.probe.response import Challenge
from miwire.probe.signatures import Origin
from miwire.remedy import Fix, Remedy
from miwire.text import printable
from miwire.tokens.access_token import AccessToken

FORGED = "error[Forged]: run curl"
"""What a name would like to be at the beginning of a line."""

NASTY = [
    "\x1b]0;pwned\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[2K\r",
    "\x1b[1A\x1b[31m",
    "\x1b[8m",
    "\x1bc",
    "\x9b2J",
    "\x9d0;x\x9c",
    "\x7f\x08\x00\x0b\x0c",
    f"\r\n{FORGED}",
    f"\n{FORGED}\n",
    f"\x85{FORGED}",
    f"\u2028{FORGED}\u2029{FORGED}",
    "\u202egnp.exe\u202c",
    "\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "\u200b\u200c\u200d\ufeff\u2060\u00ad\u115f",
    "\u05d0\u05d1\u05d2 \u0627\u0644",
    "[bold red]",
    "[/name]",
    "[link=https://evil.example]",
    "[link=https://evil.example",
    "[/]",
    "]",
    "[",
    "\\",
    "\\[",
    ":skull:",
    "`touch x`",
    "$(touch x)",
    ";touch x;",
    "' \" ",
    "%s %(x)s {0} {x}",
    "\U000e0041\ufe0f",
    "\ud800",
    "x" * 3000,
]
hostile = some.lists(some.one_of(some.sampled_from(NASTY), some.text(max_size=8)), min_size=1).map(
    "".join
)


class Terminal(PlainText):
    """A terminal that remembers what was written to it."""

    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace")

    def isatty(self):
        return True

    @property
    def written(self):
        self.flush()
        return self.buffer.getvalue().decode("utf-8")


COLORS = re.compile(r"\x1b\[[0-9;]*m")
SPINNING = re.compile(r"\x1b\[\?25[lh]|\r\x1b\[2K|\r\x1b\[1A\x1b\[2K")
"""What a spinner does."""


def raw(text):
    """The characters that steer or hide, but for line breaks and miwire's own colors."""
    return [
        each
        for each in COLORS.sub("", text)
        if each not in "\n " and unicodedata.category(each)[0] in "CZ"
    ]


def forged_lines(text):
    return [line for line in COLORS.sub("", text).split("\n") if line.lstrip().startswith(FORGED)]


PARSED = {
    "default_host_name",  # must be a host name, or is refused
    "kind",
    "state",
    "source_id",
    "target_id",
    "started_at",
    "action",
    "fingerprint",
}
"""Fields that hold no text of others: their form was checked where they were read."""


def poisoned(value, text):
    """The same value with *text* wherever a text of somebody else's stands."""
    match value:
        case Question():
            return Question(text, value.action)
        case Enum() | AccessToken() | Path():
            return value
        case str():
            return text
        case tuple() | list():
            return type(value)(poisoned(each, text) for each in value)
        case SiteRef():
            ascii_only = text.encode("ascii", "replace").decode()
            return SiteRef(ascii_only, ascii_only, ascii_only)
        case AuthSettings():
            return AuthSettings(poisoned(value.properties, text))
        case dict():
            return {name: poisoned(each, text) for name, each in value.items()}
        case _ if is_dataclass(value):
            changed = {
                each.name: poisoned(getattr(value, each.name), text)
                for each in fields(value)
                if each.init and each.name not in PARSED
            }
            return replace(value, **changed)
    return value


@dataclass(frozen=True)
class Done:
    """A change that was made."""

    summary: str
    action: str = "enable-identity"


SITES = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites"
RUN = Run(
    name="20260101T000000Z-abcdef",
    started_at="2026-01-01T00:00:00.000000Z",
    command="connect",
    source_id=f"{SITES}/core",
    target_id=f"{SITES}/integration",
    undoes="20260101T000000Z-abcdee",
    ended=True,
    before={},
    after={},
    planned=(),
    summaries=("x",),
    actions=("x",),
    done=1,
)
VERDICT = GateVerdict(403, Rule.AUDIENCE, "x", 403, ("x",))
CASE = ProbeCase(
    "with-token",
    "x",
    403,
    ok=False,
    elapsed_ms=1,
    challenge=Challenge("x", {"realm": "x", "authorization_uri": "x", "resource_id": "x"}),
    location="x",
    origin=Origin.PLATFORM,
    speaker="x",
    evidence="x",
    predicted=VERDICT,
    why="x",
    reason="x",
)


def token(text):
    text = text.encode("utf-8", "replace").decode()  # a token with half a character is none
    said = dict.fromkeys(("iss", "aud", "oid", "tid", "name", "uti", "sub", text[:40]), text)
    claims = {**said, "appid": text, "roles": [text], "scp": text, "xms_mirid": text, "ver": "2.0"}
    encoded = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return AccessToken.parse(f"eyJhbGciOiJSUzI1NiJ9.{encoded}.c2ln")


class Places:
    """What renderers are given, with a hostile text wherever somebody else wrote one."""

    def __init__(self, story, text):
        self.story, self.text = story, text
        self.path = Path(text.replace("\0", ""))
        self.site = {"name": text, "site": text, "url": text, "upstream": text}
        self.step = Step(text, ("probe", text, "--with-token"), stdin=text)
        self.run = self.bad(RUN)
        self.finding = self.bad(Finding("MIW404", "x", Verdict.WARN, "x", "x", "x"))

    def bad(self, value):
        return poisoned(value, self.text)

    @property
    def outcome(self):
        plan = connect.plan(
            self.bad(self.story.fresh.with_source(site=self.story.core)), Protection()
        )
        fix = Fix(Remedy.CONNECT, self.text, self.text, self.text, self.text, self.text)
        said = self.bad(Finding("MIW502", "x", Verdict.WARN, "x", docs="x"))
        note, question = replace(said, fix=fix), replace(said, in_plan=InPlan.QUESTION)
        plan = replace(plan, findings=(note, question, *plan.findings))
        return Outcome(plan, self.bad(self.story.wired), len(plan.changes), self.text)

    @property
    def error(self):
        error = Unreachable(self.text, hint=self.text)
        error.changes, error.run = self.outcome.planned, self.text
        return error

    @property
    def proof(self):
        return Proof((self.bad(CASE), self.bad(replace(CASE, status=None, why=""))), self.error)

    @property
    def lines(self):
        return inside.lines(self.bad(self.story.wired))

    @property
    def report(self):
        owner = self.bad(TokenOwner("x", "x", "x", "x", "x"))
        target = self.bad(ProbeTarget("x", "x", "x"))
        return ProbeReport(target, (self.bad(CASE),), (self.finding,), owner)

    @property
    def diagnosis(self):
        found = (self.finding, self.bad(replace(self.finding, verdict=Verdict.PASS)))
        site = self.bad(self.story.core)
        return Diagnosis(
            found,
            site,
            site,
            self.bad(Account("x", "x", "x", "x", "x")),
            refusal=NotPermitted(self.text),
        )

    @property
    def read(self):
        report = TokenReport(token(self.text), 0.0, verified=None, findings=(self.finding,))
        return replace(report, gate=AtGate(self.text, self.bad(VERDICT)))


def waits(show, text):
    with show.step(text):
        show.waiting(text, 1, 2)


def asks(text):
    agreement.agree(
        Plan(None, (), (Finding("x", "x", Verdict.WARN, text, in_plan=InPlan.QUESTION),)), yes=False
    )


def chooses(text):
    asked = mock.Mock(close=False, keep_sign_in=False)
    said = Finding("MIW110", "x", Verdict.FAIL, text)
    with (
        mock.patch("miwire.operations.protect.needs_a_choice", return_value=said),
        mock.patch("miwire.cli.confirm.replace"),
    ):
        agreement.chosen(None, asked)


def types(text):
    """Type command lines that make no sense."""
    for words in ((text,), ("probe", text, text), ("probe", "x", "--expect", text), (f"--{text}",)):
        main(list(words))


def logs(text):
    handlers = logging.getLogger().handlers[:]
    names = ("miwire", "httpx", "azure.core.pipeline.policies.http_logging_policy")
    streams.configure_logging(verbose=True, debug=True, no_color=False)
    try:
        logging.getLogger("miwire.azure.session").info("ARM: %s", text)
        logging.getLogger("httpx").info("HTTP Request: GET %s", text)
        # azure-core writes lines of its own; HTTP lets no value hold a line break.
        logging.getLogger(names[2]).info("Request URL: '%s'\nheaders: x", one_line(text))
    finally:
        logging.getLogger().handlers[:] = handlers
        for name in names:
            logging.getLogger(name).setLevel(logging.NOTSET)


def one_line(text):
    return "".join(text.split("\n"))


WRITERS = {
    "changed": lambda show, at: show.changed(Done(at.text)),
    "error": lambda show, at: show.failed(at.error, "connect"),
    "403": lambda show, at: show.failed(
        fault(403, {"error": {"code": at.text, "message": at.text}}, at.text), "connect"
    ),
    "500": lambda show, at: show.failed(
        fault(500, {"Code": at.text, "Message": at.text}, at.text), "connect"
    ),
    "preview": lambda show, at: show.preview(at.outcome.plan),
    "waiting": lambda show, at: waits(show, at.text),
    "a warning": lambda show, at: show.warning(at.text),
    "a doubt": lambda show, at: show.doubt(at.text),
    "a remark": lambda show, at: show.remark(at.text),
    "an announcement": lambda show, at: show.announce(at.text),
    "question": lambda _, at: asks(at.text),
    "choice": lambda _, at: chooses(at.text),
    "log": lambda _, at: logs(at.text),
    "usage": lambda _, at: types(at.text),
    # Nobody escapes these but the stream itself, which takes a line break for one.
    "print": lambda _, at: sys.stderr.write(f"x{one_line(at.text)}"),
    "warning": lambda _, at: sys.stderr.write(
        warnings.formatwarning(one_line(at.text), UserWarning, "file", 1, line="")
    ),
}


RESULTS = {
    "access": lambda at: results.AccessResult(command="grant", outcome=at.outcome),
    "plan": lambda at: results.AccessResult(command="revoke", outcome=at.outcome, dry_run=True),
    "connect": lambda at: results.ConnectResult(outcome=at.outcome, proof=at.proof, lines=at.lines),
    "prepared": lambda at: results.ConnectResult(
        outcome=at.outcome, proof=at.proof, lines=at.lines, prepared=True
    ),
    "identity": lambda at: results.EnableIdentityResult(outcome=at.outcome),
    "protect": lambda at: results.ProtectResult(outcome=at.outcome),
    "undo": lambda at: results.UndoResult(run=at.run, outcome=at.outcome),
    "runs": lambda at: results.RunsResult(Runs((at.run,), (at.text,))),
    "probe": lambda at: results.ProbeResult(at.report, ExitCode.OK),
    "token": lambda at: results.TokenResult(at.read),
    "doctor": lambda at: results.DoctorResult(
        at.diagnosis, ExitCode.OK, 1.0, whole=True, outcome=at.outcome, again=f"miwire {at.text}"
    ),
    "explain": lambda at: results.ExplainResult(
        pasted.explain(f'AADSTS501051 {at.text} AADSTS90099 "code": "{at.text}')
    ),
    "failed": lambda at: results.FailedResult(at.error, "connect"),
    "version": lambda at: results.VersionResult(at.text, at.text),
    "demo_begins": lambda at: results.DemoBegins(at.text),
    "demo_step": lambda at: results.DemoStep(at.step),
    # What a command of miwire printed has lines of its own.
    "demo_told": lambda at: results.DemoTold(Told(at.step, 0, printable(at.text))),
    "demo": lambda at: results.DemoResult([Told(at.step, 0, at.text)], at.path),
    "lab_up": lambda at: results.LabUpResult(
        SimpleNamespace(services={"arm": at.text}, state_dir=at.text),
        started=True,
        named=at.path,
        addresses=True,
    ),
    "lab_down": lambda _: results.LabDownResult(stopped=True),
    "lab_reset": lambda at: results.LabResetResult(at.text),
    "lab_attached": lambda at: results.LabAttachResult(at.text, at.text, at.text),
    "lab_status": lambda at: results.LabStatusResult(
        {"services": {at.text: at.text}, "sites": [at.site]}, at.path
    ),
    "no_lab": lambda at: results.LabStatusResult(None, at.path),
    # A shell's line breaks are its own.
    "lab_env": lambda at: results.LabEnvResult({"A": at.text}, f"x{one_line(at.text)}"),
    "lab_token": lambda at: results.LabTokenResult(f"x{one_line(at.text)}"),
    "lab_requests": lambda at: results.LabRequestsResult(
        [{"status": 200, "service": at.text, "elapsedMs": 1, "method": at.text, "url": at.text}]
    ),
    "lab_faults": lambda at: results.LabFaultsResult({at.text: [at.text]}),
    "lab_clock": lambda at: results.LabClockResult(at.text),
    "lab_url": lambda at: results.LabUrlResult({**at.site, "resourceId": at.text}),
    "lab_scenes": lambda at: results.LabScenesResult(
        [{"name": at.text, "kind": at.text, "summary": at.text}]
    ),
}
WRITERS |= {
    f"result {name}": lambda show, at, made=made: show.result(made(at))
    for name, made in RESULTS.items()
}


def written(writer, story, form, text):
    """What stands on a terminal once a text was written."""
    out, err = Terminal(), Terminal()
    answer = "keep" if writer == "choice" else "y"
    with (
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "stdin", mock.Mock(isatty=lambda: True)),
        mock.patch("typer._click.termui.visible_prompt_func", return_value=answer),
        mock.patch.dict("os.environ", {"COLUMNS": "5000", "TERM": "xterm-256color"}),
        contextlib.suppress(MiwireError),  # a plan may be refused,
    ):
        WRITERS[writer](Printer(Format(form)), Places(story, text))
    said = err.written
    return out.written, SPINNING.sub("", said) if writer == "waiting" else said


def check(writer, story, form, text):
    for told in written(writer, story, form, text):
        assert [] == [ascii(each) for each in raw(told)]
        assert [] == forged_lines(told)


GROUPS = [NASTY[:9], NASTY[9:17], NASTY[17:26], NASTY[26:]]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("writer", WRITERS)
def test_each_known_trick_is_escaped_in_every_text(story, writer, form):
    for text in (*NASTY[9:13], *map("a".join, GROUPS)):
        check(writer, story, form, text)


def test_no_result_is_left_out(story):
    made = {type(each(Places(story, "x"))) for each in RESULTS.values()}

    assert set(typing.get_args(results.Result)) == made


QUICKLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STORM = settings(QUICKLY, max_examples=10_000)
ANY = {
    "writer": some.sampled_from(sorted(WRITERS)),
    "form": some.sampled_from(["text", "json"]),
    "text": hostile,
}


@given(**ANY)
@QUICKLY
def test_any_name_is_escaped_in_every_text(story, writer, form, text):
    check(writer, story, form, text)


@pytest.mark.storm
@given(**ANY)
@STORM
def test_any_name_is_escaped_in_every_text_many_times_over(story, writer, form, text):
    check(writer, story, form, text)
