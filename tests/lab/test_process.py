"""The lab as a process: how it starts, what it holds, how it ends, and what it leaves."""

import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from miwire.lab import launcher

LINUX = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")


@pytest.fixture
def folder(tmp_path):
    """A folder for a lab of the test's own, which is stopped at the end."""
    folder = tmp_path / "own"
    yield folder
    launcher.stop(folder)


def until(holds, seconds=5):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def is_gone(pid):
    """Say whether a process has ended; a zombie has, it waits for its parent only."""
    try:
        return "Z" == Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True


def ended(pid):
    """Collect our own child, so that its id is free."""
    os.waitpid(pid, 0)


def client_of(folder):
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    return httpx.Client(verify=context, trust_env=False, timeout=30)


def sites_of(info):
    return {site["name"]: site for site in launcher.status(info)["sites"]}


def children_of(pid):
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid):
            found.append(int(status.parent.name))
    return found


def foreground(folder, *more):
    command = [sys.executable, "-m", "miwire.lab", "--state-dir", str(folder), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# Start


def test_a_second_start_finds_the_lab_that_runs(folder):
    first, was_started = launcher.start(folder)
    second, was_started_again = launcher.start(folder)

    assert (True, False) == (was_started, was_started_again)
    assert first == second == launcher.running(folder)


def test_two_starts_at_once_give_one_lab(folder):
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: launcher.start(folder), range(2)))

    assert 1 == len({info.pid for info, _ in answers})
    assert [False, True] == sorted(started for _, started in answers)


def test_two_labs_run_side_by_side(folder, lab):
    info, _ = launcher.start(folder)

    assert lab.info.services["arm"] != info.services["arm"]
    assert lab.tenant_id != info.tenant_id
    with client_of(folder) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
        client.get(lab.arm)


def consecutive_ports(count):
    """The first of *count* free ports, below those that the kernel gives to connections."""
    for first in range(20_000, 32_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


def test_the_services_have_consecutive_ports_from_the_one_that_is_named(folder):
    port = consecutive_ports(16)
    info, _ = launcher.start(folder, port=port)
    sites = sites_of(info)

    assert [
        f"https://localhost:{port}",
        f"https://localhost:{port + 1}",
        f"https://localhost:{port + 2}",
        f"http://127.0.0.1:{port + 3}/msi/token",
    ] == list(info.services.values())
    assert [f"https://localhost:{port + 4 + number}" for number in range(3)] == [
        site["url"] for site in sites.values()
    ]


def test_a_port_that_is_taken_is_named(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(launcher.LabDidNotStart, match=f"Port {port} cannot be used"):
            launcher.start(folder, port=port)
        assert not folder.exists()
        process = foreground(folder, "--port", str(port))
        output, errors = process.communicate(timeout=10)
        assert (1, "", 1) == (process.returncode, output, len(errors.splitlines()))


def test_a_scene_that_does_not_exist_is_told_with_those_that_do(folder):
    with pytest.raises(launcher.UnknownScene, match="story"):
        launcher.start(folder, scene="tragedy")
    assert not folder.exists()


def test_a_lab_starts_with_the_scene_that_is_named(folder):
    info, _ = launcher.start(folder, scene="two-tenants")

    assert {"core", "integration", "stranger", "foreign"} == set(sites_of(info))


def test_a_lab_that_was_killed_does_not_stop_the_next(folder):
    first, _ = launcher.start(folder)
    os.kill(first.pid, signal.SIGKILL)
    ended(first.pid)
    assert None is launcher.running(folder)
    second, was_started = launcher.start(folder)

    assert was_started
    assert launcher.status(second)["sites"]
    assert first.tenant_id != second.tenant_id


def test_another_process_with_a_recorded_id_is_not_taken_for_the_lab(folder):
    info, _ = launcher.start(folder)
    os.kill(info.pid, signal.SIGKILL)
    ended(info.pid)
    described = json.loads((folder / "lab.json").read_text())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (folder / "lab.json").write_text(json.dumps(described | {"pid": other.pid}))
        found, stopped = launcher.running(folder), launcher.stop(folder)
        lives = other.poll() is None

    assert (None, False, True) == (found, stopped, lives)
    assert not folder.exists()


# Whose folder it is


def test_a_link_is_no_folder_for_a_lab(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(launcher.LabError, match="link"):
        launcher.start(tmp_path / "link")
    assert [] == list((tmp_path / "real").iterdir())


def test_a_folder_that_others_may_write_is_refused(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)

    with pytest.raises(launcher.LabError, match="others"):
        launcher.start(tmp_path / "open")


@pytest.mark.parametrize("name", ["ca.pem", "lab.log", "programs"])
def test_files_that_no_lab_made_are_never_removed(tmp_path, name):
    (tmp_path / name).write_text("mine")

    with pytest.raises(launcher.LabError, match=name):
        launcher.start(tmp_path)
    assert not launcher.stop(tmp_path)
    assert "mine" == (tmp_path / name).read_text()


def test_a_folder_with_other_files_keeps_them(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    launcher.start(tmp_path)
    launcher.stop(tmp_path)

    assert [tmp_path / "notes.txt"] == list(tmp_path.iterdir())


def test_files_are_for_their_owner_only(lab):
    folder = lab.info.state_dir

    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    files = [each for each in folder.iterdir() if each.is_file()]
    assert {"lab.json", "ca.pem", "ca-bundle.pem", "cloud.json", "lab.log"} == {
        each.name for each in files
    }
    assert {0o600} == {stat.S_IMODE(each.stat().st_mode) for each in files}


def test_no_private_key_is_in_a_file(lab):
    texts = [each.read_text() for each in lab.info.state_dir.iterdir() if each.is_file()]

    assert 5 == len(texts)
    assert not any("PRIVATE KEY" in text for text in texts)


def test_the_log_holds_no_secrets(lab, http):
    token = lab.operator_token(lab.arm)
    http.get(lab.url("integration"), headers={"Authorization": f"Bearer {token}"})
    log = (lab.info.state_dir / "lab.log").read_text()

    assert token not in log
    assert lab.environment["IDENTITY_HEADER"] not in log
    assert "Traceback" not in log


# What clients are told


def test_the_cloud_file_has_the_shape_of_az_cloud_show(lab):
    cloud = json.loads(Path(lab.environment["MIWIRE_CLOUD"]).read_text())

    assert {"name", "endpoints", "suffixes", "profile", "isActive"} == set(cloud)
    assert ("MiwireLab", lab.arm, lab.arm, lab.entra, lab.graph) == (
        cloud["name"],
        cloud["endpoints"]["resourceManager"],
        cloud["endpoints"]["activeDirectoryResourceId"],
        cloud["endpoints"]["activeDirectory"],
        cloud["endpoints"]["microsoftGraphResourceId"],
    )


def test_the_operator_exports_these_names(lab):
    assert {
        "MIWIRE_CLOUD",
        "MIWIRE_LAB",
        "MIWIRE_LAB_KEY",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "AZURE_TOKEN_CREDENTIALS",
        "AZURE_TENANT_ID",
        "AZURE_SUBSCRIPTION_ID",
        "NO_PROXY",
        "no_proxy",
        "MIWIRE_LAB_CLIENT_ID",
        "MIWIRE_LAB_CLIENT_SECRET",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    } == set(lab.environment)
    assert str(lab.info.state_dir) == lab.environment["MIWIRE_LAB"]


def test_the_bundle_holds_the_lab_and_the_public_roots(lab):
    bundle = Path(lab.environment["SSL_CERT_FILE"]).read_text()

    assert bundle.startswith(Path(lab.ca).read_text())
    assert bundle.count("BEGIN CERTIFICATE") > 50


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_certificate_is_for_loopback(lab, host):
    port = int(lab.arm.rpartition(":")[2])
    context = ssl.create_default_context(cafile=lab.ca)
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        names = [name for _, name in secure.getpeercert()["subjectAltName"]]

    assert {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"} == set(names)


def test_an_answer_does_not_wait_for_delayed_acknowledgements(lab, http):
    """
    Without TCP_NODELAY each answer takes 40 ms and more.
    """
    durations = []
    for _ in range(9):
        started = time.perf_counter()
        http.get(f"{lab.arm}/subscriptions")
        durations.append(time.perf_counter() - started)

    assert sorted(durations)[4] < 0.03


def test_a_program_inside_an_app_has_nothing_of_the_caller(lab):
    caller = {
        "PATH": "/bin",
        "AZURE_CLIENT_SECRET": "x",
        "azure_tenant_id": "x",
        "IDENTITY_HEADER": "x",
        "MSI_SECRET": "x",
        "IMDS_ENDPOINT": "x",
        "MIWIRE_LAB": "x",
    }
    inside = launcher.site_environment(lab.info, "stranger", caller)

    assert "x" not in inside.values()
    assert "/bin" == inside["PATH"]
    assert ("stranger", lab.url("stranger")) == (
        inside["WEBSITE_SITE_NAME"],
        f"https://{inside['WEBSITE_HOSTNAME']}",
    )
    assert (inside["IDENTITY_ENDPOINT"], inside["IDENTITY_HEADER"]) == (
        inside["MSI_ENDPOINT"],
        inside["MSI_SECRET"],
    )
    assert [] == list(Path(inside["AZURE_CONFIG_DIR"]).iterdir())
    assert lab.environment["IDENTITY_HEADER"] != inside["IDENTITY_HEADER"]


def test_an_app_without_an_identity_has_no_identity_endpoint(lab, arm):
    core = lab.site("core")["resourceId"]
    before = lab.inside("core")
    arm.patch(core, json={"identity": {"type": "SystemAssigned"}}).raise_for_status()
    after = lab.inside("core")
    disabled = {"properties": {"WEBSITE_DISABLE_MSI": "true"}}
    arm.put(f"{core}/config/appsettings", json=disabled).raise_for_status()
    turned_off = lab.inside("core")

    names = {"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"}
    assert (set(), names, set()) == (
        names & before.keys(),
        names & after.keys(),
        names & turned_off.keys(),
    )
    assert lab.url("integration") == before["INTEGRATION_URL"]


def test_an_app_that_does_not_exist_has_no_environment(lab):
    with pytest.raises(launcher.UnknownSite, match="nothing"):
        lab.inside("nothing")


def test_a_lab_that_is_gone_says_so(folder):
    info, _ = launcher.start(folder)
    ca = (folder / "ca.pem").read_bytes()
    launcher.stop(folder)
    folder.mkdir()
    (folder / "ca.pem").write_bytes(ca)

    with pytest.raises(launcher.LabNotRunning):
        launcher.status(info)


def test_a_lab_does_not_show_its_secrets_when_printed(lab):
    assert lab.environment["IDENTITY_HEADER"] not in repr(lab.info)


# Programs


def test_programs_run_at_the_first_request_inside_their_app(lab, http):
    before = children_of(lab.info.pid)
    answers = {http.get(lab.url("integration")).status_code for _ in range(3)}
    home = lab.info.state_dir / "programs/rg-story/integration"

    assert ([], {200}) == (before, answers)
    assert 1 == len(children_of(lab.info.pid))
    assert (home / "items.db").is_file()


def test_first_requests_at_once_start_one_program(lab, http):
    url = lab.url("integration")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: http.get(url).status_code, range(4)))

    assert [200] * 4 == answers
    assert 1 == len(children_of(lab.info.pid))


def test_changed_settings_restart_the_program_and_keep_its_files(lab, http, arm):
    site = lab.site("integration")
    http.delete(f"{site['url']}/items/1").raise_for_status()
    before = http.get(site["url"]).json()
    first = children_of(lab.info.pid)
    settings = {"properties": {"ANY": "change"}}
    arm.put(f"{site['resourceId']}/config/appsettings", json=settings).raise_for_status()

    assert before == http.get(site["url"]).json()
    assert 1 == len(children_of(lab.info.pid))
    assert first != children_of(lab.info.pid)


def test_a_program_that_ended_is_started_again(lab, http):
    url = lab.url("integration")
    http.get(url).raise_for_status()
    (pid,) = children_of(lab.info.pid)
    os.kill(pid, signal.SIGKILL)

    assert until(lambda: [] == children_of(lab.info.pid))
    assert 200 == http.get(url).status_code


def test_a_program_listens_at_no_port_but_on_a_socket_in_the_labs_folder(lab, http):
    http.get(lab.url("integration")).raise_for_status()
    (pid,) = children_of(lab.info.pid)
    held = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
    inodes = {each[8:-1] for each in held if each.startswith("socket:[")}
    ports = [
        row
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
        if row.split()[9] in inodes
    ]
    (path,) = (lab.info.state_dir / "sockets").iterdir()

    assert [] == ports
    assert path.is_socket()
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


def test_a_request_after_a_program_ended_reaches_nobody_else(lab, http):
    """
    With a port, another user could have taken it and been handed the next bearer.
    """
    url = lab.url("integration")
    http.get(url).raise_for_status()
    (pid,) = children_of(lab.info.pid)
    (first,) = (lab.info.state_dir / "sockets").iterdir()
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: [] == children_of(lab.info.pid))

    assert 200 == http.get(url).status_code
    assert 1 == len(children_of(lab.info.pid))
    assert {first} < {*(lab.info.state_dir / "sockets").iterdir()}


def test_a_deep_folder_is_not_too_long_for_the_programs_sockets(tmp_path):
    folder = tmp_path / ("deep" * 30) / ("er" * 60)
    info, _ = launcher.start(folder)
    try:
        with client_of(folder) as client:
            assert 200 == client.get(sites_of(info)["integration"]["url"]).status_code
    finally:
        launcher.stop(folder)
    assert not folder.exists()


def test_an_app_without_a_program_shows_the_welcome_page(lab, http):
    assert "running and waiting for your content" in http.get(lab.url("stranger")).text


def test_the_articles_open_conversation_works(lab, http):
    response = http.get(f"{lab.url('core')}/?auth=0")

    assert 200 == response.status_code, response.text
    assert response.json()["items"]


# End


def test_stopping_takes_two_seconds_at_most_and_leaves_nothing(folder):
    info, _ = launcher.start(folder)
    with client_of(folder) as client:
        client.get(sites_of(info)["integration"]["url"]).raise_for_status()
        children = children_of(info.pid)
        started = time.monotonic()
        stopped = launcher.stop(folder)

    assert stopped
    assert time.monotonic() - started < 2
    assert not folder.exists()
    assert all(is_gone(pid) for pid in [info.pid, *children])


def test_stopping_what_does_not_run_is_no_error(folder):
    assert (False, False) == (launcher.stop(folder), folder.exists())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_lab_in_the_foreground_ends_cleanly_on_a_signal(folder, number):
    with foreground(folder) as process:
        assert until(lambda: launcher.running(folder) is not None)
        started = time.monotonic()
        process.send_signal(number)
        output, errors = process.communicate(timeout=5)

    assert (0, "", "") == (process.returncode, output, errors)
    assert time.monotonic() - started < 2
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_lab_up_in_the_foreground_prints_its_addresses_and_ends_on_a_signal(folder, number):
    command = [sys.executable, "-m", "miwire", "lab", "up", "--foreground"]
    with subprocess.Popen(
        [*command, "--state-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = [process.stdout.readline() for _ in range(5)]
        info = launcher.running(folder)
        with client_of(folder) as client:
            client.get(sites_of(info)["integration"]["url"]).raise_for_status()
        (program,) = children_of(info.pid)
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)

    assert 0 == process.returncode, errors
    assert [*info.services.values()] == [line.split()[-1] for line in lines[:4]]
    assert lines[4].startswith("next: ")
    assert ("", f"The lab is running: {info.services['arm']}\n") == (output, errors)
    assert all(is_gone(pid) for pid in (info.pid, program))
    assert not folder.exists()


def test_a_lab_in_the_foreground_ends_with_lab_up_even_by_sigkill(folder):
    command = [sys.executable, "-m", "miwire", "lab", "up", "--foreground", "-o", "json"]
    with subprocess.Popen(
        [*command, "--state-dir", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert until(lambda: launcher.running(folder) is not None, 20)
        pid = launcher.running(folder).pid
        process.kill()

    assert until(lambda: is_gone(pid))
    assert until(lambda: not folder.exists())


def test_a_lab_in_the_foreground_that_cannot_start_says_why(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "miwire", "lab", "up", "--foreground", "--port", port]
        ended = subprocess.run(
            [*command, "--state-dir", str(folder)], capture_output=True, text=True, check=False
        )

    assert 6 == ended.returncode
    assert 1 == ended.stderr.count(f"Port {port} cannot be used")
    assert not folder.exists()


def test_programs_end_with_a_lab_that_is_killed(folder):
    info, _ = launcher.start(folder)
    with client_of(folder) as client:
        client.get(sites_of(info)["integration"]["url"]).raise_for_status()
    (program,) = children_of(info.pid)
    os.kill(info.pid, signal.SIGKILL)
    ended(info.pid)

    assert until(lambda: is_gone(program))


@LINUX
def test_a_lab_holds_nothing_of_the_process_that_started_it(folder, tmp_path):
    kept = tmp_path / "kept-open"
    program = (
        "import pathlib, sys; from miwire.lab import launcher\n"
        "launcher.start(pathlib.Path(sys.argv[1]))"
    )
    with kept.open("w") as inherited:
        os.set_inheritable(inherited.fileno(), True)  # noqa: FBT003 - its only spelling
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, str(folder)],
            capture_output=True,
            close_fds=False,
            timeout=20,
            check=True,
            cwd=tmp_path,
        )
    pid = launcher.running(folder).pid
    held = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}

    assert (b"", b"") == (done.stdout, done.stderr)
    assert pid == os.getsid(pid)
    assert str(kept) not in held
    assert not [each for each in held if each.startswith("pipe:")]
    assert folder == Path(f"/proc/{pid}/cwd").readlink()


def test_the_launcher_imports_the_standard_library_only():
    program = "import sys, miwire.lab.launcher; print('\\n'.join(sys.modules))"
    command = [sys.executable, "-I", "-c", program]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    foreign = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)

    assert {"miwire"} == {name for name in foreign if not re.match(r"_|sitecustomize", name)}


def test_a_reset_forgets_the_runs_of_an_azure_that_is_no_more(folder):
    info, _ = launcher.start(folder)
    environment = {**os.environ, **launcher.operator_environment(info)}
    miwire = [sys.executable, "-m", "miwire"]
    connect = [*miwire, "connect", "core", "integration"]
    subprocess.run(connect, env=environment, check=True, capture_output=True)

    reset = [*miwire, "lab", "reset", "--state-dir", folder]
    subprocess.run(reset, env=environment, check=True, capture_output=True)

    listed = subprocess.run(
        [*miwire, "undo", "--list"], env=environment, check=True, capture_output=True, text=True
    )
    assert "No runs recorded.\n" == listed.stdout
