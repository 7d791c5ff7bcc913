"""What each command hands to its renderers: one frozen value, complete and without a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from miwire.cli.demo_steps import Step, Told
    from miwire.errors import MiwireError
    from miwire.explain.lookup import Explained
    from miwire.lab.launcher import LabInfo
    from miwire.model.run_record import Run
    from miwire.operations.decode_token import TokenReport
    from miwire.operations.doctor import Diagnosis
    from miwire.operations.proof import Proof
    from miwire.operations.snippets import InsideLines
    from miwire.plan.plan import Outcome
    from miwire.plan.record import Runs
    from miwire.probe.model import ProbeReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """What came of a plan; only the plan where nothing was to be changed."""

    outcome: Outcome
    exit_code: ExitCode = ExitCode.OK
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableIdentityResult(ChangeResult):
    """What `enable-identity` did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectResult(ChangeResult):
    """What `protect` did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessResult(ChangeResult):
    """What `grant` or `revoke` did."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectResult(ChangeResult):
    """What `connect` did, whether it works, and what to do in SOURCE's code."""

    proof: Proof
    lines: InsideLines | None = None
    prepared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult(ChangeResult):
    """What `undo` did about a run."""

    run: Run


@dataclass(frozen=True, slots=True)
class RunsResult:
    """The recorded runs."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe saw."""

    report: ProbeReport
    exit_code: ExitCode


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """A diagnosis, and what was changed before it."""

    diagnosis: Diagnosis
    exit_code: ExitCode
    seconds: float
    """How long it took."""
    whole: bool = False
    """Whether what holds is told one by one."""
    strict: bool = False
    """Whether what is doubtful or unknown counts as a failure."""
    outcome: Outcome | None = None
    """What --fix changed or would change; None: it wasn't asked for."""
    dry_run: bool = False
    again: str = ""
    """The command line that applies miwire's own fixes; empty: there are none."""


@dataclass(frozen=True, slots=True)
class TokenResult:
    """A token, decoded, and what the checks said of it."""

    report: TokenReport
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class ExplainResult:
    """What codes mean; all codes by group where none was named."""

    explained: Explained
    listed: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """OK where anything was explained."""
        return ExitCode.OK if self.explained.entries else ExitCode.DOES_NOT_HOLD


@dataclass(frozen=True, slots=True)
class DemoBegins:
    """The demo, before its first step."""

    goal: str


@dataclass(frozen=True, slots=True)
class DemoStep:
    """A step of the demo that is about to run."""

    step: Step


@dataclass(frozen=True, slots=True)
class DemoTold:
    """A step of the demo that has run."""

    told: Told


@dataclass(frozen=True, slots=True)
class DemoResult:
    """All steps of the demo, and the folder of its lab where that is kept."""

    told: Sequence[Told]
    kept: Path | None = None

    @property
    def held(self) -> int:
        """How many steps ended as they should."""
        return sum(each.held for each in self.told)

    @property
    def exit_code(self) -> ExitCode:
        """OK where every step did."""
        return ExitCode.OK if self.held == len(self.told) else ExitCode.DOES_NOT_HOLD


@dataclass(frozen=True, slots=True)
class LabUpResult:
    """A lab that runs."""

    info: LabInfo
    started: bool
    named: Path | None = None
    """Its folder, where the next command has to be told."""
    addresses: bool = False
    """Whether people are shown the addresses of all services."""


@dataclass(frozen=True, slots=True)
class LabDownResult:
    """Whether there was a lab to stop."""

    stopped: bool


@dataclass(frozen=True, slots=True)
class LabResetResult:
    """The scene that the lab was reset to."""

    scene: str


@dataclass(frozen=True, slots=True)
class LabAttachResult:
    """The app, its URL, and the program behind its authentication (None: its own)."""

    site: str
    url: str
    upstream: str | None


@dataclass(frozen=True, slots=True)
class LabStatusResult:
    """The lab of a folder, as it describes itself; None: none runs."""

    about: Mapping[str, object] | None
    folder: Path

    @property
    def exit_code(self) -> ExitCode:
        """OK where it runs."""
        return ExitCode.DOES_NOT_HOLD if self.about is None else ExitCode.OK


@dataclass(frozen=True, slots=True)
class LabEnvResult:
    """The variables of a lab's shell, None for one to unset, and the lines that export them."""

    variables: Mapping[str, str | None]
    lines: str = ""


@dataclass(frozen=True, slots=True)
class LabTokenResult:
    """A token that the lab signed."""

    token: str


@dataclass(frozen=True, slots=True)
class LabRequestsResult:
    """The requests to the lab."""

    requests: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class LabFaultsResult:
    """The lab's fault configuration."""

    faults: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LabClockResult:
    """The lab's time."""

    now: str


@dataclass(frozen=True, slots=True)
class LabUrlResult:
    """An app of the lab."""

    site: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LabScenesResult:
    """The scenes of the lab: `name`, `kind` and `summary` of each."""

    scenes: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class VersionResult:
    """The versions of miwire and of the Python that runs it."""

    miwire: str
    python: str


@dataclass(frozen=True, slots=True)
class FailedResult:
    """An error that ended a command; people read its sentence on stderr."""

    failure: MiwireError
    command: str


Result = (
    EnableIdentityResult
    | ProtectResult
    | AccessResult
    | ConnectResult
    | UndoResult
    | RunsResult
    | ProbeResult
    | DoctorResult
    | TokenResult
    | ExplainResult
    | DemoBegins
    | DemoStep
    | DemoTold
    | DemoResult
    | LabUpResult
    | LabDownResult
    | LabResetResult
    | LabAttachResult
    | LabStatusResult
    | LabEnvResult
    | LabTokenResult
    | LabRequestsResult
    | LabFaultsResult
    | LabClockResult
    | LabUrlResult
    | LabScenesResult
    | VersionResult
    | FailedResult
)
