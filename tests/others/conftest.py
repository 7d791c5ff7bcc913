"""
Other people's clients, each in a folder of its own in the user's cache, named by its version.

They are run by the shell, in the environment that `miwire lab env` and `lab exec` make, with the
commands of docs/how-to/use-other-clients.md.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from miwire.lab.process.environment import without_logins

AZURE_CLI = "2.91.0"
AZURE_IDENTITY = "4.13.1"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-other-clients.md"
SECTION = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Ended:
    """A script that has run."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A shell in a folder of its own."""

    environment: dict
    folder: Path

    def __call__(self, script, **variables):
        """Run *script* with bash; it ends at the first command that fails."""
        ended = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", script],
            env=self.environment | variables,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=180,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)


def block(section, language="sh", number=0):
    """A block of the page below the heading *section*, as it stands."""
    text = PAGE.read_text(encoding="utf-8")
    parts = SECTION.split(text)
    found = BLOCK.findall(parts[parts.index(section) + 1])
    return [code for kind, code in found if kind == language][number]


@pytest.fixture(name="block")
def _block():
    """The reader of the page's blocks."""
    return block


@contextmanager
def _cached(name):
    """A folder of the cache, whether it is complete, and nobody else in it meanwhile."""
    cache = user_cache_path("miwire-tests", ensure_exists=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = cache / name
        complete = (folder / "complete").exists()
        if not complete:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        yield folder, complete


def _install(name, *commands):
    """The folder in which *commands* have run once; skips the test where one of them fails."""
    with _cached(name) as (folder, complete):
        for command in () if complete else commands:
            ended = subprocess.run(
                [each.format(folder=folder) for each in command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if ended.returncode != 0:
                said = ended.stderr.strip().rpartition("\n")[2]
                pytest.skip(f"{name} cannot be installed: {said}")
        (folder / "complete").touch()
    return folder


@pytest.fixture(scope="session")
def _azure_cli():
    """The folder of the program `az`."""
    folder = _install(
        f"azure-cli-{AZURE_CLI}",
        (sys.executable, "-m", "venv", "{folder}/venv"),
        ("{folder}/venv/bin/pip", "install", "--quiet", f"azure-cli=={AZURE_CLI}"),
    )
    return folder / "venv" / "bin"


@pytest.fixture(scope="session")
def node_modules():
    """The folder of the packages of Node that were installed."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    folder = _install(
        f"azure-identity-{AZURE_IDENTITY}",
        (
            *("npm", "install", "--prefix", "{folder}", "--ignore-scripts"),
            *("--no-audit", "--no-fund", f"@azure/identity@{AZURE_IDENTITY}"),
        ),
    )
    return folder / "node_modules"


def _shell(lab, folder, *programs):
    """A shell that knows miwire, *programs* and the lab, but in which nobody is signed in."""
    path = [Path(sys.executable).parent, *programs, os.environ["PATH"]]
    environment = without_logins(os.environ) | {
        "PATH": os.pathsep.join(map(str, path)),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_STATE_HOME": str(folder),
        "MIWIRE_LAB": lab.environment["MIWIRE_LAB"],
        "PYTHONIOENCODING": "utf-8",
    }
    return Shell(environment, folder)


@pytest.fixture
def sh(lab, tmp_path):
    """A shell of somebody who is nobody in the lab yet."""
    return _shell(lab, tmp_path)


@pytest.fixture(scope="session")
def _az_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("az")


@pytest.fixture
def az_sh(lab, tmp_path, _azure_cli):
    """The same with `az` on its PATH."""
    return _shell(lab, tmp_path, _azure_cli)


@pytest.fixture(scope="session")
def _signed_in(_lab, _az_folder, _azure_cli):
    """The environment of a shell that has run the page's block for Azure CLI."""
    shell = _shell(_lab, _az_folder, _azure_cli)
    ended = shell(block("Azure CLI") + "env -0 > environment")
    assert ended.code == 0, ended.err
    lines = (_az_folder / "environment").read_text().rstrip("\0").split("\0")
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def operator(lab, tmp_path, _signed_in):
    """A shell whose az is signed in as the operator; logins survive the lab's resets."""
    return Shell(_signed_in | lab.environment, tmp_path)


@pytest.fixture
def az(operator):
    """Run one az command that succeeds, and return the document that it prints, if any."""

    def run(command):
        ended = operator(f"az {command}")
        assert ended.code == 0, f"az {command}\n{ended.err}"
        return json.loads(ended.out) if ended.out.strip() else None

    return run
