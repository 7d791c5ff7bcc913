"""Another user of the same machine, with a shell and curl, against a lab that runs."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from miwire.lab import launcher

USER = "nobody"
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("su") or not shutil.which("curl"),
    reason="only root can become another user",
)


def as_other(command, stdin=""):
    """Run a line of a shell as another user: exit code, and all that it printed."""
    ended = subprocess.run(
        ["su", USER, "-s", "/bin/sh", "-c", f"cd / && {command}"],
        input=stdin,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


def curl(url, *options):
    """The status and the body that another user gets; he trusts any certificate."""
    words = ["curl", "-sk", "--max-time", "20", "-w", "\n%{http_code}", *options, url]
    _, told = as_other(shlex.join(words))
    body, _, status = told.rpartition("\n")
    return int(status), body


@pytest.fixture(scope="module")
def shared():
    """A lab whose folder lies where everybody may look, as in /tmp or below /home."""
    top = Path(tempfile.mkdtemp())
    top.chmod(0o755)
    info, _ = launcher.start(top / "lab")
    yield info
    launcher.stop(top / "lab")
    top.rmdir()


ROUTES = [
    ("GET", "requests", None),
    ("GET", "status", None),
    ("GET", "site?name=core", None),
    ("GET", "environment?site=stranger", None),
    ("GET", "faults", None),
    ("POST", "faults", {"rules": []}),
    ("POST", "reset", {"scene": "empty"}),
    ("POST", "clock", {"advance": 3600}),
    ("POST", "gate", {"site": "integration", "upstream": "http://127.0.0.1:1"}),
    ("POST", "tokens", {"claims": {"aud": "api://any"}, "site": "stranger"}),
    ("GET", "nothing", None),
]


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_another_user_is_refused_by_every_control_route(shared, method, route, body):
    before = launcher.status(shared)["sites"]
    url = f"{shared.services['arm']}/_lab/{route}"
    data = [] if body is None else ["-d", json.dumps(body)]
    for header in ([], ["-H", "X-Miwire-Lab-Key: guess"], ["-H", "X-IDENTITY-HEADER: guess"]):
        status, told = curl(url, "-X", method, *data, *header)

        assert (401, True) == (status, "X-Miwire-Lab-Key" in told)
    assert before == launcher.status(shared)["sites"]


def test_another_user_learns_only_that_the_lab_answers(shared):
    assert (200, '{"ready":true}') == curl(f"{shared.services['arm']}/_lab/health")


@pytest.mark.parametrize("header", [[], ["-H", "X-IDENTITY-HEADER: guess"]])
def test_another_user_gets_no_token_from_the_identity_endpoint(shared, header):
    query = "api-version=2019-08-01&resource=https://management.azure.com"
    status, told = curl(f"{shared.services['identityEndpoint']}?{query}", *header)

    assert 401 == status
    assert "access_token" not in told


def test_another_user_gets_nothing_from_arm_graph_and_entra_id(shared):
    arm = curl(f"{shared.services['arm']}/subscriptions?api-version=2022-12-01")
    graph = curl(f"{shared.services['graph']}/v1.0/applications")
    client = f"client_id={shared.environment['MIWIRE_LAB_CLIENT_ID']}"
    form = f"grant_type=client_credentials&{client}&scope={shared.services['graph']}/.default"
    entra = curl(f"{shared.services['entra']}/{shared.tenant_id}/oauth2/v2.0/token", "-d", form)

    assert [401, 401, 401] == [arm[0], graph[0], entra[0]]


def test_another_user_reads_nothing_in_the_labs_folder(shared):
    assert 200 == curl(launcher.site(shared, "integration")["url"])[0]
    folder = shared.state_dir
    for name in ("", "lab.json", "ca.pem", "lab.log", "programs", "sockets", "sockets/1"):
        for command in ("ls", "cat"):
            code, told = as_other(f"{command} {shlex.quote(str(folder / name))}")

            assert (True, True) == (code != 0, "Permission denied" in told), (name, told)
    assert as_other(f"touch {shlex.quote(str(folder / 'x'))}")[0] != 0


def test_another_user_does_not_reach_a_program_past_the_authentication(shared):
    """
    The program believes X-MS-CLIENT-PRINCIPAL: on App Service nobody else can send it.
    """
    assert 200 == curl(launcher.site(shared, "integration")["url"])[0]
    (path,) = (shared.state_dir / "sockets").iterdir()
    code, told = as_other(f"curl -sS --unix-socket {shlex.quote(str(path))} http://localhost/")
    assert (True, "") == (code != 0, told.partition("curl: ")[0])
    lab, *programs = family_of(shared.pid)
    assert 16 == len(ports_of([lab]))
    assert programs
    assert not ports_of(programs)


def test_another_user_cannot_take_the_place_of_a_program_that_ended(shared):
    assert 200 == curl(launcher.site(shared, "integration")["url"])[0]
    path = max((shared.state_dir / "sockets").iterdir(), key=lambda each: int(each.name))
    for pid in family_of(shared.pid)[1:]:
        os.kill(pid, 9)
    script = (
        "import socket, sys; bound = socket.socket(socket.AF_UNIX); "
        "import os; os.unlink(sys.argv[1]); bound.bind(sys.argv[1])"
    )
    system = shutil.which("python3", path="/usr/bin:/bin") or "/nowhere"
    code, told = as_other(shlex.join([system, "-c", script, str(path)]))

    assert code != 0
    assert "denied" in told or "not found" in told
    assert 200 == curl(launcher.site(shared, "integration")["url"])[0]


def test_ps_shows_another_user_no_secret(shared):
    assert 200 == curl(launcher.site(shared, "core")["url"] + "?auth=0")[0]
    names = ("MIWIRE_LAB_KEY", "IDENTITY_HEADER", "MIWIRE_LAB_CLIENT_SECRET")
    secrets = [shared.environment[name] for name in names]
    secrets.append(launcher.site_environment(shared, "stranger", {})["IDENTITY_HEADER"])
    for pid in family_of(shared.pid):
        _, line = as_other(f"cat /proc/{pid}/cmdline | tr '\\0' ' '")
        code, told = as_other(f"cat /proc/{pid}/environ")

        assert "miwire.lab" in line
        assert not any(secret in line + told for secret in secrets)
        assert (True, True) == (code != 0, "Permission denied" in told)


def test_another_user_cannot_stop_the_lab(shared):
    code, told = as_other(f"kill {shared.pid}")

    assert (True, True) == (code != 0, "not permitted" in told)
    assert launcher.status(shared)["sites"]


OFFERED = [
    *("lab up", "lab down", "lab status", "lab env", "lab exec core -- true", "lab reset"),
    *("lab attach core --remove", "lab token core", "lab requests", "lab faults", "lab url core"),
    *("lab clock --advance 1", "lab scenes", "undo", "undo --list"),
]


@pytest.mark.parametrize("command", OFFERED)
def test_a_folder_that_another_user_made_is_refused(command):
    offered = Path(tempfile.gettempdir()) / f"offered-{os.getpid()}"
    lab = json.dumps({"pid": os.getpid(), "ready": True, "services": {}, "environment": {}})
    code, told = as_other(
        f"mkdir -m 755 {offered} {offered}/runs && echo {shlex.quote(lab)} > {offered}/lab.json"
    )
    try:
        assert 0 == code, told
        environment = {**os.environ, "MIWIRE_LAB": str(offered)}
        ended = subprocess.run(
            [sys.executable, "-m", "miwire", *command.split()],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert 2 == ended.returncode, ended.stderr
        assert "belongs to another user (uid " in ended.stderr
        assert {"runs", "lab.json"} == {each.name for each in offered.iterdir()}
    finally:
        shutil.rmtree(offered)


def family_of(pid):
    """A process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in family_of(int(child)))]


def ports_of(pids):
    """The ports at which processes listen."""
    inodes = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            target = str(handle.readlink()) if handle.is_symlink() else ""
            inodes |= {target[8:-1]} if target.startswith("socket:[") else set()
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]
    return {int(address.rpartition(":")[2], 16) for address in listening}
