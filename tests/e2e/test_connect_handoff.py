"""What one may not do is left to somebody else as a script; az itself runs it in tests/others."""

import os

import pytest

CONNECT = ("connect", "core", "integration", "-o", "json")


@pytest.fixture
def contributor(inside, lab):
    """A shell of somebody who may change apps and has no right in the directory."""
    lab.reset("contributor")
    shell = inside("stranger")
    shell.environment["AZURE_SUBSCRIPTION_ID"] = lab.subscription_id
    return shell


def test_what_one_may_is_done_and_the_rest_is_in_the_script(contributor, lab, tmp_path):
    file = tmp_path / "handoff.sh"
    ended = contributor(*CONNECT, "--handoff", str(file))
    done = {change["action"]: change["done"] for change in ended.document["changes"]}

    assert 5 == ended.code
    assert str(file) in ended.document["error"]["message"]
    assert done.pop("enable-identity")
    assert not any(done.values())
    assert list(done)[-1] == "write-auth-settings"
    assert ended.document["run"]
    assert lab.site("core")["hasIdentity"]
    assert 200 == lab.called()
    assert 0o700 == file.stat().st_mode & 0o777
    assert "eyJ" not in file.read_text()


def test_a_script_of_an_earlier_run_is_written_over_and_anything_else_is_not(
    contributor, lab, tmp_path
):
    file = tmp_path / "handoff.sh"
    contributor(*CONNECT, "--handoff", str(file))
    again = contributor(*CONNECT, "--handoff", str(file))
    file.write_text("mine")
    before = lab.writes()
    refused = contributor(*CONNECT, "--handoff", str(file))

    assert (5, 2) == (again.code, refused.code)
    assert "wasn't written by miwire" in refused.document["error"]["message"]
    assert ("mine", before) == (file.read_text(), lab.writes())


@pytest.mark.parametrize("where", [".", "nowhere/handoff.sh"], ids=["a folder", "no folder"])
def test_a_file_that_cannot_be_written_is_found_out_before_anything_is_changed(
    contributor, lab, tmp_path, where
):
    ended = contributor(*CONNECT, "--handoff", str(tmp_path / where))

    assert 2 == ended.code
    assert "Can't write" in ended.document["error"]["message"]
    assert [] == lab.writes()


def test_a_dry_run_leaves_no_script(contributor, lab, tmp_path):
    ended = contributor(*CONNECT, "--handoff", str(tmp_path / "handoff.sh"), "--dry-run")

    assert 0 == ended.code
    assert not (tmp_path / "handoff.sh").exists()
    assert [] == lab.writes()


def test_who_may_everything_needs_no_script(quick, tmp_path):
    ended = quick(*CONNECT, "--handoff", str(tmp_path / "handoff.sh"))

    assert 0 == ended.code, ended.err
    assert not (tmp_path / "handoff.sh").exists()


@pytest.fixture
def signing_in(lab):
    """A target that signs people in with Google, whose settings the operator may not write."""
    google = {"registration": {"clientId": "g", "clientSecretSettingName": "GOOGLE"}}
    lab.put_settings(
        {"platform": {"enabled": True}, "identityProviders": {"google": google}},
    )
    lab.faults(
        {
            "refusedRights": {
                "graph": ["AppRoleAssignment.ReadWrite.All"],
                "arm": ["Microsoft.Web/sites/config/write"],
            }
        }
    )


@pytest.mark.usefixtures("signing_in")
def test_what_is_left_to_others_is_asked_of_them_and_of_nobody_here(quick, lab, tmp_path):
    file = tmp_path / "handoff.sh"
    ended = quick(*CONNECT, "--replace-sign-in", "--handoff", str(file))
    *_, command, question = file.read_text().splitlines()

    assert 5 == ended.code, ended.err
    assert lab.site("core")["hasIdentity"]
    assert "'miwire connect " in command
    assert question == (
        "echo 'It asks for confirmation: Users who sign in to integration "
        "with google, and anonymous users, will get 401.'"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_in_which_another_user_could_swap_the_script_is_refused(
    contributor, lab, tmp_path
):
    theirs, writable, shared = (tmp_path / each for each in ("theirs", "writable", "shared"))
    for each, mode in ((theirs, 0o755), (writable, 0o777), (shared, 0o1777)):
        (each / "below").mkdir(parents=True)
        each.chmod(mode)
    os.chown(theirs, 65534, 65534)
    (tmp_path / "link").symlink_to(theirs)
    for folder in (theirs, theirs / "below", writable, writable / "below", tmp_path / "link"):
        ended = contributor(*CONNECT, "--handoff", str(folder / "handoff.sh"))

        assert 2 == ended.code, ended.out + ended.err
        assert not (folder / "handoff.sh").exists()
        assert [] == lab.writes()
    assert 5 == contributor(*CONNECT, "--handoff", str(shared / "handoff.sh")).code
