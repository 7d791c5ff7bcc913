"""miwire as a process: argv in; stdout, stderr and the exit code out."""

import contextlib
import io
import json
import os
import pty
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from miwire.azure.waiter import Waiter
from miwire.cli import options as option_groups
from miwire.cli.main import main
from miwire.lab.process.environment import without_logins


@dataclass(frozen=True)
class Ended:
    """A command that has run."""

    code: int
    out: str
    err: str
    peak: int = 0
    """The most memory that it had, in bytes, where that was measured."""

    @property
    def document(self):
        """The one JSON document on stdout."""
        return json.loads(self.out)


READ_LATE = re.compile(
    r"(AZURE|MIWIRE|IDENTITY|MSI|WEBSITE|XDG|SSL|REQUESTS|CURL|PYTEST)_\w+|HOME|PATH"
    r"|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|SSLKEYLOGFILE"
)
"""Variables that are read by a command, and not by an interpreter or a library that starts."""


class WarmMiwire:
    """A process that has imported miwire and forks for each command line."""

    longest_pause = None
    """Seconds; see `brief_pauses`."""

    def __init__(self):
        self._environment = bare_environment()
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("warm_miwire.py"), str(theirs.fileno())],
                env=self._environment,
                pass_fds=[theirs.fileno()],
            )
        self._channel.settimeout(120)
        self.free = threading.Lock()
        """Held by the one command line that runs: a fork answers before the next request."""

    def can_run(self, environment):
        """Whether a command with *environment* may run in a process that started without it."""
        known = self._environment
        return all(
            READ_LATE.fullmatch(name)
            for name in known.keys() | environment.keys()
            if known.get(name) != environment.get(name)
        )

    def run(self, arguments, environment, stdin=""):
        """Return how one command line ended."""
        code, out, err, peak = self.raw(arguments, environment, stdin.encode())
        return Ended(code, _text(out), _text(err), peak)

    def raw(self, arguments, environment, stdin=b""):
        """Return exit code, stdout, stderr and the most memory of one command line, in bytes."""
        request = {
            "arguments": [os.fsdecode(each) for each in arguments],
            "environment": environment,
            "folder": str(Path.cwd()),
            "longest_pause": self.longest_pause,
        }
        sent = json.dumps(request).encode()
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            streams[0].write(stdin)
            for each in streams:
                each.seek(0)
            numbers = [each.fileno() for each in streams]
            socket.send_fds(self._channel, [b"%8d" % len(sent)], numbers)
            self._channel.sendall(sent)
            answer = self._channel.recv(20, socket.MSG_WAITALL)
            for each in streams:
                each.seek(0)
            out, err = (each.read() for each in streams[1:])
        return int(answer[:8]), out, err, int(answer[8:]) * 1024

    def close(self):
        """End it."""
        self._channel.close()
        self._process.wait(30)


def _text(raw):
    return raw.decode().replace("\r\n", "\n").replace("\r", "\n")


@dataclass
class Shell:
    """Somebody's shell: the operator's in the lab, unless told otherwise."""

    environment: dict
    warm: WarmMiwire

    def __call__(self, *arguments, stdin="", **variables):
        merged = {**self.environment, **variables}
        environment = {name: value for name, value in merged.items() if value is not None}
        # Two at once must be at once: the second has an interpreter of its own.
        if self.warm.can_run(environment) and self.warm.free.acquire(blocking=False):
            try:
                return self.warm.run(arguments, environment, stdin)
            finally:
                self.warm.free.release()
        return self.fresh(*arguments, stdin=stdin, **variables)

    def fresh(self, *arguments, stdin="", **variables):
        """The same in an interpreter of its own, as a user starts it."""
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


@pytest.fixture(scope="session")
def warm_miwire():
    """One for all tests of a worker."""
    warm = WarmMiwire()
    yield warm
    warm.close()


@pytest.fixture
def brief_pauses(warm_miwire, monkeypatch):
    """Pauses of miwire last no time, where what it waits for is nothing that a test is about."""
    longest = 0.05
    brief = partial(Waiter, pause=lambda seconds: time.sleep(min(seconds, longest)))
    monkeypatch.setattr(option_groups, "Waiter", brief)
    monkeypatch.setattr(warm_miwire, "longest_pause", longest)


@pytest.fixture
def shell(tmp_path, warm_miwire):
    """A shell in which nobody is signed in and no lab is known."""
    return Shell({**bare_environment(), "XDG_STATE_HOME": str(tmp_path)}, warm_miwire)


@pytest.fixture
def miwire(lab, shell):
    """The operator's shell in the lab."""
    return replace(shell, environment={**shell.environment, **lab.environment})


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
    return Quick({**shell.environment, **lab.environment, **trusting(lab)}, shell.warm)


@pytest.fixture
def alone(shell):
    """A shell without a lab and without processes."""
    return Quick(shell.environment, shell.warm)


@pytest.fixture
def inside(lab, shell):
    """Return a function that opens a shell inside an app, without processes."""
    return lambda site: Quick(
        {**shell.environment, **lab.inside(site), **trusting(lab)}, shell.warm
    )


@pytest.fixture
def protected(miwire):
    """The story told: core has an identity, and integration lets in core alone."""
    assert miwire("enable-identity", "core").code == 0
    ended = miwire("protect", "integration", "--allow", "core", "-o", "json")

    assert ended.code == 0, ended.err
    return ended.document
