"""Whose a folder or a file is: what another user could have put there is not used."""

import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from miwire.lab import launcher
from miwire.lab.process import ownership
from miwire.lab.process.ownership import NotOwn
from miwire.lab.process.state_dir import FolderRefused, StateFolder

NOBODY = 65534
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def given_away(path, owner=NOBODY):
    os.chown(path, owner, owner, follow_symlinks=False)
    return path


def made(path, mode=0o700):
    path.mkdir(parents=True)
    path.chmod(mode)
    return path


def test_an_own_folder_and_one_that_is_not_there_yet_are_trusted(tmp_path):
    ownership.check_folder(made(tmp_path / "own"))
    ownership.check_folder(tmp_path / "a" / "b" / "c")
    ownership.check_folder(tmp_path / "own" / ".." / "own")
    (tmp_path / "link").symlink_to(tmp_path / "own")
    ownership.check_folder(tmp_path / "link" / "inside")


def other_users(tmp_path):
    return given_away(made(tmp_path / "other"))


def link_to_it(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(other_users(tmp_path))
    return link


def below_it(tmp_path):
    return made(other_users(tmp_path) / "own")


def below_another_users_link(tmp_path):
    made(tmp_path / "own" / "state")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "own")
    return given_away(link) / "state"


def behind_a_link_of_ones_own(tmp_path):
    made(other_users(tmp_path) / "own")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    return tmp_path / "link" / "own"


def missing_below_it(tmp_path):
    return other_users(tmp_path) / "not" / "there"


def swapped_back_by_dots(tmp_path):
    return below_it(tmp_path) / ".." / ".." / "other" / "own"


@ROOT
@pytest.mark.parametrize(
    "path",
    [
        other_users,
        link_to_it,
        below_it,
        below_another_users_link,
        behind_a_link_of_ones_own,
        missing_below_it,
        swapped_back_by_dots,
    ],
)
def test_a_folder_that_another_user_owns_or_can_swap_is_refused(tmp_path, path):
    with pytest.raises(NotOwn, match=r"^/.*(another user \(uid 65534\)|link)"):
        ownership.check_folder(path(tmp_path))


@pytest.mark.parametrize("mode", [0o777, 0o722, 0o770, 0o702, 0o720, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path, mode):
    with pytest.raises(NotOwn, match="written to by others"):
        ownership.check_folder(made(tmp_path / "open", mode))


def test_a_folder_below_one_that_others_can_write_to_is_refused_unless_it_is_sticky(tmp_path):
    shared = made(tmp_path / "shared", 0o777)
    own = made(shared / "own")
    with pytest.raises(NotOwn, match=f"is below {shared}, which can be written to by others"):
        ownership.check_folder(own)
    shared.chmod(0o1777)

    ownership.check_folder(own)


@ROOT
def test_a_folder_above_that_a_shared_group_can_write_to_is_refused(tmp_path):
    shared = made(tmp_path / "shared", 0o770)
    ownership.check_folder(shared / "state")
    os.chown(shared, 0, 100)

    with pytest.raises(NotOwn, match="written to by others"):
        ownership.check_folder(shared / "state")


def test_a_circle_of_links_and_a_name_that_is_too_long_are_refused_in_a_sentence(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "a" / "x", tmp_path / ("x" * 300), tmp_path / "file" / "x"):
        with pytest.raises(NotOwn, match=r"cannot be used|not a folder"):
            ownership.check_folder(path / "y")


def a_link(path):
    target = path.with_suffix(".target")
    target.write_text("{}")
    path.symlink_to(target)


def open_to_all(path):
    path.write_text("{}")
    path.chmod(0o666)


def too_long(path):
    path.write_text("x" * 2000)
    path.chmod(0o600)


@pytest.mark.parametrize(
    "make", [a_link, open_to_all, too_long, os.mkfifo, Path.mkdir], ids=lambda each: each.__name__
)
def test_a_file_that_is_not_plainly_ones_own_is_not_read(tmp_path, make):
    make(tmp_path / "file")

    with pytest.raises(NotOwn):
        ownership.read(tmp_path / "file", 1000)


@ROOT
def test_a_file_of_another_user_is_not_read(tmp_path):
    (tmp_path / "file").write_text("{}")
    given_away(tmp_path / "file")

    for read in (ownership.read, ownership.read_of_root_too):
        with pytest.raises(NotOwn, match="another user"):
            read(tmp_path / "file", 1000)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_not_read(device):
    with pytest.raises((NotOwn, FileNotFoundError)):
        ownership.read_of_root_too(Path(device), 1000)


def test_a_file_of_root_and_a_pipe_of_a_shell_can_be_cloud_files(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, b"{}")
    os.close(writing)
    (tmp_path / "file").write_text("{}")
    (tmp_path / "link").symlink_to("file")

    assert b"{}" == ownership.read_of_root_too(Path(f"/dev/fd/{reading}"), 1000)
    assert b"{}" == ownership.read_of_root_too(tmp_path / "link", 1000)
    assert ownership.read_of_root_too(Path("/etc/passwd"), 1 << 20)
    os.close(reading)


# Whom a signal reaches


def test_a_process_that_a_file_names_gets_no_signal_unless_it_holds_the_file(tmp_path, monkeypatch):
    for name in ("_TERM_SECONDS", "_KILL_SECONDS"):
        monkeypatch.setattr(launcher, name, 0.3)
    folder = made(tmp_path / "own")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        StateFolder(folder).write("lab.json", json.dumps({"pid": victim.pid}).encode())
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with pytest.raises(launcher.LabError, match="does not end"):
                launcher.stop(folder)
            assert None is launcher.running(folder)
            assert None is victim.poll()
        finally:
            os.close(lock)
    assert (folder / "lab.json").exists()


def test_what_no_lab_would_write_is_not_believed(lab):
    found = json.loads((lab.info.state_dir / "lab.json").read_text())
    assert lab.info == launcher.LabInfo.of(lab.info.state_dir, found)
    hostile = [
        {"services": {**found["services"], "arm": "https://evil.example:1/?"}},
        {"services": {**found["services"], "arm": "http://localhost:1"}},
        {"services": {**found["services"], "identityEndpoint": "http://a@b:1/msi/token"}},
        {"services": []},
        {"environment": {**found["environment"], "MIWIRE_LAB_KEY": 1}},
        {"environment": {**found["environment"], "MIWIRE_CLOUD": "a\0b"}},
        {"environment": None},
    ]
    for each in hostile:
        with pytest.raises(FolderRefused):
            launcher.LabInfo.of(lab.info.state_dir, found | each)
    more = {"environment": {**found["environment"], "BASH_ENV; touch x": "1"}}

    assert lab.info == launcher.LabInfo.of(lab.info.state_dir, found | more)


def test_the_labs_folder_and_its_own_file_are_for_its_owner_alone(lab):
    folder = lab.info.state_dir
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "lab.json")]

    assert [0o700, 0o600] == modes
