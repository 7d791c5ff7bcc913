"""Results made by hand, as commands would hand them to their renderers."""

from dataclasses import replace

import pytest

from miwire.cli import results
from miwire.cli.demo_steps import Step, Told
from miwire.easyauth.model import GateVerdict, Rule
from miwire.errors import ExitCode, NotPermitted, WaitTimeout
from miwire.explain import http_status, identity_endpoint, lookup, pasted
from miwire.finding import Finding, Verdict
from miwire.lab.launcher import LabInfo
from miwire.model.cloud import Account
from miwire.model.run_record import Run
from miwire.operations import connect, enable_identity, grant, snippets
from miwire.operations.decode_token import TokenReport
from miwire.operations.proof import Proof
from miwire.operations.protect import Protection
from miwire.plan.plan import Outcome
from miwire.plan.record import Runs
from miwire.probe.model import ProbeCase, ProbeReport, ProbeTarget, TokenOwner
from miwire.probe.response import Challenge
from miwire.probe.signatures import Origin
from miwire.tokens.access_token import AccessToken

ACCOUNT = Account(
    "AzureCloud",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "1a25e070-ef11-44b4-baf8-794160cbaa34",
    "Story",
    "jane@contoso.com",
)
RUN = "20261127T105648Z-44c175"
TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAiLCJhdWQiOiJhcGkifQ.c2ln"
SITES = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites"
REFUSED = ProbeCase(
    "without-token",
    "401",
    401,
    ok=True,
    elapsed_ms=12,
    challenge=Challenge("Bearer", {"realm": "integration.example"}),
    origin=Origin.PLATFORM,
    speaker="App Service authentication",
    evidence="its challenge names the realm",
)
OPERATOR = ProbeCase(
    "operator",
    "refused",
    ok=True,
    why="You (not an allowed caller) can't get a token: no app role assigned (AADSTS501051)",
)
PREDICTED = ProbeCase(
    "source",
    "let through",
    predicted=GateVerdict(200, Rule.PASSES, "the token passes", 200),
)


def planned(story, start=None):
    """The plan of `connect`, with the account that read it."""
    start = replace(start or story.fresh, account=ACCOUNT)
    return connect.plan(start, Protection())


def connected(story):
    plan = planned(story)
    return Outcome(plan, story.wired, len(plan.changes), RUN)


def made(story):
    """Every kind of result, by the name of its snapshot."""
    done, plan = connected(story), planned(story)
    unchanged = planned(story, story.wired)
    lines = snippets.lines(story.wired)
    proof = Proof((REFUSED, OPERATOR, PREDICTED))
    identity = enable_identity.plan(replace(story.fresh, account=ACCOUNT))
    joined = grant.plan(replace(story.wired, account=ACCOUNT))
    failing = replace(REFUSED, ok=False, status=200, origin=Origin.APP, speaker="", why="")
    run = Run(
        name=RUN,
        started_at="2026-11-27T10:56:48.000000Z",
        command="connect",
        source_id=f"{SITES}/core",
        target_id=f"{SITES}/integration",
        undoes=None,
        ended=True,
        before={},
        after={},
        planned=(),
        summaries=("x", "y"),
        actions=("x", "y"),
        done=2,
    )
    undoing = replace(run, name="20261127T110000Z-0a1b2c", command="undo", undoes=RUN)
    told = Told(Step("Enable an identity.", ("enable-identity", "core")), 0, "core: it has one")
    never = WaitTimeout("Timed out after 180 s.", hint="Run the same command again.")
    target = ProbeTarget("rg/integration", "https://integration.example")
    return {
        "connect-plan": results.ConnectResult(
            outcome=Outcome(plan, plan.start, 0), proof=Proof(), dry_run=True
        ),
        "connect": results.ConnectResult(outcome=done, proof=proof, lines=lines),
        "connect-prepared": results.ConnectResult(
            outcome=done, proof=Proof(), lines=lines, prepared=True
        ),
        "connect-again": results.ConnectResult(
            outcome=Outcome(unchanged, story.wired, 0), proof=proof, lines=lines
        ),
        "connect-fails": results.ConnectResult(
            outcome=done,
            proof=Proof((failing,), never),
            lines=lines,
            exit_code=ExitCode.GAVE_UP_WAITING,
        ),
        "protect": results.ProtectResult(outcome=done),
        "grant-again": results.AccessResult(
            command="grant", outcome=Outcome(joined, story.wired, 0)
        ),
        "revoke": results.AccessResult(command="revoke", outcome=done),
        "enable-identity": results.EnableIdentityResult(
            outcome=Outcome(identity, story.wired, 1, RUN)
        ),
        "enable-identity-plan": results.EnableIdentityResult(
            outcome=Outcome(identity, identity.start, 0),
            dry_run=True,
            exit_code=ExitCode.DOES_NOT_HOLD,
        ),
        "undo": results.UndoResult(run=run, outcome=done),
        "runs": results.RunsResult(Runs((undoing, replace(run, ended=False, done=1)), ("x",))),
        "no-runs": results.RunsResult(Runs()),
        "probe": results.ProbeResult(
            ProbeReport(
                target,
                (REFUSED, replace(OPERATOR, name="with-token", ok=False)),
                (Finding("MIW404", "as predicted", Verdict.WARN, "it isn't", "fix it", ""),),
                TokenOwner("1", "2", "3", "api://4", "core"),
            ),
            ExitCode.DOES_NOT_HOLD,
        ),
        "token": results.TokenResult(TokenReport(AccessToken.parse(TOKEN), 0.0, verified=None)),
        "explain": results.ExplainResult(pasted.explain("403.80 AADSTS501051: no role. MIW205")),
        "explain-status": results.ExplainResult(pasted.explain("403.80")),
        "explain-two": results.ExplainResult(pasted.explain("BadRequest")),
        "explain-unknown": results.ExplainResult(pasted.explain("AADSTS50106")),
        "explain-nothing": results.ExplainResult(pasted.explain("It doesn't work.")),
        "explain-list": results.ExplainResult(
            lookup.Explained((*identity_endpoint.ENTRIES, *http_status.STATUSES)), listed=True
        ),
        "demo-step": results.DemoStep(told.step),
        "demo-told": results.DemoTold(told),
        "demo-told-otherwise": results.DemoTold(replace(told, exit_code=1)),
        "demo": results.DemoResult([told, replace(told, exit_code=1)]),
        "lab-up": results.LabUpResult(
            LabInfo("/lab", 1, {"arm": "https://localhost:1"}, {}), started=True, addresses=True
        ),
        "lab-status": results.LabStatusResult(
            {
                "services": {"arm": "https://localhost:1"},
                "sites": [{"name": "core", "url": "https://localhost:2", "upstream": None}],
            },
            "/lab",
        ),
        "no-lab": results.LabStatusResult(None, "/lab"),
        "lab-scenes": results.LabScenesResult(
            [{"name": "story", "kind": "whole", "summary": "core calls integration. " * 4}]
        ),
        "failed": results.FailedResult(
            NotPermitted("You can't assign app roles.", hint="Ask an administrator."), "connect"
        ),
    }


@pytest.fixture
def made_by_hand(story):
    """Every kind of result."""
    return made(story)
