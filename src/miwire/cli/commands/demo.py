"""miwire demo: the article, run with the real commands in a temporary lab."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import typer

from miwire.cli.demo_steps import Step, Told
from miwire.cli.every_command import Debug, Format, NoColor, Output, Quiet, Verbose
from miwire.cli.printer import Printer
from miwire.cli.results import DemoBegins, DemoResult, DemoStep, DemoTold
from miwire.cli.streams import configure_logging
from miwire.errors import ExitCode, Interrupted, Unreachable
from miwire.lab import launcher

_LONGEST_STEP = 120.0
_INDENT = 4
_GOAL = (
    "core (an API on App Service) calls integration (another one). Goal: "
    "only core may call integration."
)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab running afterwards.")] = False,
    output: Output = Format.TEXT,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
    no_color: NoColor = False,
) -> int:
    """
    Run an end-to-end demo in a temporary lab.

    Needs no Azure account and leaves nothing behind. -v and --debug apply to its commands.
    """
    configure_logging(verbose=verbose, debug=debug, no_color=no_color)
    more = (*(("--verbose",) if verbose else ()), *(("--debug",) if debug else ()))
    show = Printer(output, quiet=quiet)
    told: list[Told] = []
    try:
        with _stage(keep=keep) as folder:
            with show.step("Starting a temporary lab on this machine"):
                try:
                    info, _ = launcher.start(folder)
                except launcher.LabError as error:
                    raise Unreachable(
                        str(error), hint="Check that ports on loopback (127.0.0.1) are available."
                    ) from error
            show.result(DemoBegins(_GOAL))
            environment = _environment(info, folder, show.screen.width)
            for told_briefly in _story(info, environment):
                step = replace(told_briefly, command=(*told_briefly.command, *more))
                show.announce(step.title)
                show.result(DemoStep(step))
                told.append(_run(step, environment))
                show.result(DemoTold(told[-1]))
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            f"Interrupted after {len(told)} steps. The lab was stopped and its files deleted."
        ) from interrupt
    result = DemoResult(told, folder if keep else None)
    show.result(result)
    return result.exit_code


def _story(info: launcher.LabInfo, environment: dict[str, str]) -> Iterator[Step]:
    """Yield the steps; one that depends on an earlier result is built when it is reached."""
    urls = {site["name"]: site["url"] for site in launcher.status(info)["sites"]}
    url, core = urls["integration"], urls["core"]
    inside = ("lab", "exec")
    yield Step(
        "Before: integration accepts anonymous requests.",
        ("probe", "integration", "--without-token"),
        holds=ExitCode.DOES_NOT_HOLD,
    )
    yield Step("Enable core's managed identity (no secret).", ("enable-identity", "core"))
    yield Step(
        "Require a token at integration and allow only core.",
        ("protect", "integration", "--allow", "core", "--yes"),
    )
    grant = ("grant", "core", "integration", "--scope-setting", "INTEGRATION_SCOPE")
    yield Step("Write the scope that core's code requests to an app setting.", grant)
    client_id = _client_id(grant, environment)
    audience = ("--audience", f"api://{client_id}")
    yield Step("Without a token: 401 from App Service.", ("probe", url, "--without-token"))
    yield Step(
        "From inside core, with core's token: 200.",
        (*inside, "core", "--", "miwire", "probe", url, "--with-token", *audience),
    )
    yield Step(
        "The core app without a token: it passes on the 401.",
        ("probe", f"{core}/?auth=0", "--without-token", "--expect", "401"),
    )
    yield Step(
        "The core app with its token: it returns the data.",
        ("probe", f"{core}/?auth=1", "--without-token", "--expect", "200"),
    )
    yield Step(
        "An unrelated identity of the same tenant (stranger) can't get a token.",
        (*inside, "stranger", "--", "miwire", "probe", url, "--with-token", *audience),
        holds=ExitCode.DOES_NOT_HOLD,
    )
    yield Step(
        "Even with a token, the unrelated identity gets 403.",
        (
            *("probe", "integration", "--with-token"),
            *("--token", "env:STRANGERS_TOKEN", "--expect", "403"),
        ),
        secret=("STRANGERS_TOKEN", launcher.minted(info, "stranger", {"aud": client_id})),
    )
    yield Step(
        "The token that core sends, verified and decoded.",
        ("decode-token", "--verify", "--tenant", info.tenant_id, "--audience", client_id),
        stdin=_token_inside(info, "core", client_id),
    )


def _client_id(grant: tuple[str, ...], environment: dict[str, str]) -> str:
    """
    Return the client id of the API, as the operator's own command names it; empty if that failed.

    Never from the target's 401: any host can name any API there.
    """
    asked = _miwire((*grant, "--dry-run", "-o", "json"), environment)
    document = json.loads(asked.stdout[asked.stdout.find("{") : asked.stdout.rfind("}") + 1])
    return str((document.get("registration") or {}).get("appId", ""))


def _token_inside(info: launcher.LabInfo, site: str, resource: str) -> str:
    """Return the token that a program inside *site* gets from the platform."""
    inside = launcher.site_environment(info, site, os.environ)
    query = f"?api-version=2019-08-01&resource={quote(resource, safe='')}"
    request = Request(  # noqa: S310  the lab's own address, on loopback
        inside["IDENTITY_ENDPOINT"] + query,
        headers={"X-IDENTITY-HEADER": inside["IDENTITY_HEADER"]},
    )
    with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
        return str(json.load(response)["access_token"])


def _run(step: Step, environment: dict[str, str]) -> Told:
    """Run one command as its own process, as somebody at a shell would."""
    secret = dict([step.secret]) if step.secret else {}
    ended = _miwire(step.command, {**environment, **secret}, step.stdin)
    # Told as a terminal would, but for the lines that only say what is being waited for.
    lines = [line for line in ended.stdout.splitlines() if not line.endswith(" …")]
    return Told(step, ended.returncode, "\n".join(lines))


def _miwire(
    command: tuple[str, ...], environment: dict[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  this very program
        [sys.executable, "-m", "miwire", *command],
        env=environment,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=_LONGEST_STEP,
        check=False,
    )


def _environment(info: launcher.LabInfo, folder: Path, columns: int | None) -> dict[str, str]:
    """Return an operator's shell in the lab, whose every file lies in *folder*."""
    foreign = ("AZURE_", "IDENTITY_", "MSI_", "MIWIRE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))
    home = folder / "programs" / "demo"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        **launcher.operator_environment(info),
        **dict.fromkeys(("TMPDIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"), str(home)),
        **({"COLUMNS": str(columns - _INDENT)} if columns else {}),
        "PATH": path,
        "PYTHONIOENCODING": "utf-8",
        "AZURE_CONFIG_DIR": str(home),
    }


@contextmanager
def _stage(*, keep: bool) -> Iterator[Path]:
    """Offer a folder of the demo's own, and take it away with the lab in it, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="miwire-demo-"))
    for ending in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(ending, _interrupted)
    try:
        yield folder
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            launcher.stop(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _interrupted(*_: object) -> None:
    """End the demo as Ctrl-C does where somebody else ends it, such as a cancelled CI job."""
    raise KeyboardInterrupt
