"""miwire as a process: argv in; stdout, stderr and the exit code out."""

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from miwire.cli.main import main
from miwire.lab.process.environment import without_logins


@dataclass(frozen=True)
class Ended:
    """A command that has run."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Shell:
    """Somebody's shell: the operator's in the lab, unless told otherwise."""

    environment: dict

    def __call__(self, *arguments, stdin="", **variables):
        environment = {**self.environment, **variables}
        ended = subprocess.run(
            [sys.executable, "-m", "miwire", *arguments],
            input=stdin,
            env={name: value for name, value in environment.items() if value is not None},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)


class Quick(Shell):
    """The same command line run in this process, where a process of its own adds but time."""

    def __call__(self, *arguments, **variables):
        environment = {**self.environment, **variables}
        given = {name: value for name, value in environment.items() if value is not None}
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, given, clear=True),
            mock.patch.object(sys, "stdin", io.StringIO()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(list(arguments))
        return Ended(int(code), out.getvalue(), err.getvalue())


def bare_environment():
    """This process's environment without anybody's login, with miwire on the PATH."""
    environment = without_logins(os.environ)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["PYTHONIOENCODING"] = "utf-8"
    return environment


@pytest.fixture
def shell(tmp_path):
    """A shell in which nobody is signed in and no lab is known."""
    return Shell({**bare_environment(), "XDG_STATE_HOME": str(tmp_path)})


@pytest.fixture
def miwire(lab, shell):
    """The operator's shell in the lab."""
    return Shell({**shell.environment, **lab.environment})


@pytest.fixture
def terminal(miwire):
    """Return a function that runs miwire on a terminal; it returns the code and what was shown."""

    def run(*words, answer="n\n"):
        mine, its = pty.openpty()
        environment = {**miwire.environment, "TERM": "xterm-256color", "COLUMNS": "400"}
        with subprocess.Popen(
            [sys.executable, "-m", "miwire", *words],
            stdin=its,
            stdout=its,
            stderr=its,
            env=environment,
        ) as process:
            os.close(its)
            os.write(mine, answer.encode())
            seen = b""
            while True:
                try:
                    chunk = os.read(mine, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                seen += chunk
            os.close(mine)
        return process.returncode, seen.decode("utf-8")

    return run


def trusting(lab):
    """The lab's CA without the public roots, which take longer to load than most answers."""
    return {"SSL_CERT_FILE": lab.ca, "REQUESTS_CA_BUNDLE": lab.ca}


@pytest.fixture
def quick(lab, shell):
    """The operator's shell in the lab, without processes, and without runs of other tests."""
    for record in (Path(lab.environment["MIWIRE_LAB"]) / "runs").glob("*.json"):
        record.unlink()
    return Quick({**shell.environment, **lab.environment, **trusting(lab)})


@pytest.fixture
def alone(shell):
    """A shell without a lab and without processes."""
    return Quick(shell.environment)


@pytest.fixture
def inside(lab, shell):
    """Return a function that opens a shell inside an app, without processes."""
    return lambda site: Quick({**shell.environment, **lab.inside(site), **trusting(lab)})


@pytest.fixture
def protected(miwire):
    """The story told: core has an identity, and integration lets in core alone."""
    assert miwire("enable-identity", "core").code == 0
    ended = miwire("protect", "integration", "--allow", "core", "-o", "json")

    assert ended.code == 0, ended.err
    return ended.document
