import json
from dataclasses import replace

import pytest

from miwire.errors import NotFound, Unreachable
from miwire.operations import connect
from miwire.operations.protect import Protection
from miwire.plan import record as run_record


@pytest.fixture
def plan(story):
    """The plan of the story's one command."""
    return connect.plan(story.fresh, Protection())


def kept(folder, plan, **begun):
    """A run that came to its end."""
    record = run_record.begin(folder, "connect", plan, **begun)
    record.made(len(plan.changes), plan.start)
    record.ended()
    return record.name


def test_what_was_is_written_down_before_anything_is_done(tmp_path, plan, story):
    record = run_record.begin(tmp_path / "runs", "connect", plan)
    run = run_record.listed(tmp_path / "runs").found(record.name)

    assert (False, 0, len(plan.changes)) == (run.ended, run.done, len(run.summaries))
    assert (story.fresh.source.ref.id, story.fresh.target.ref.id) == (run.source_id, run.target_id)
    assert run.before == run.after
    assert run.before["registration"] is None
    assert "platform.enabled" in run.planned


def test_it_is_readable_by_its_owner_alone_and_nothing_else_is_left(tmp_path, plan):
    name = kept(tmp_path / "runs", plan)

    assert 0o700 == (tmp_path / "runs").stat().st_mode & 0o777
    assert 0o600 == (tmp_path / "runs" / f"{name}.json").stat().st_mode & 0o777
    assert [f"{name}.json"] == [each.name for each in (tmp_path / "runs").iterdir()]


def test_what_is_after_each_change_is_written_down(tmp_path, plan, story):
    record = run_record.begin(tmp_path, "connect", plan)
    record.made(2, story.wired)
    run = run_record.listed(tmp_path).found(record.name)

    assert (2, False) == (run.done, run.ended)
    assert "api-client" == run.after["registration"]["appId"]


def test_runs_of_one_second_are_told_apart_by_when_they_began(tmp_path, plan):
    names = [kept(tmp_path, plan) for _ in range(20)]

    assert names[::-1] == [each.name for each in run_record.listed(tmp_path).readable]


def test_the_latest_is_meant_that_is_no_undo_and_was_not_undone(tmp_path, plan):
    first, second = kept(tmp_path, plan), kept(tmp_path, plan)
    undo = kept(tmp_path, plan, undoes=second)

    assert first == run_record.listed(tmp_path).found(None).name
    assert {second} == run_record.listed(tmp_path).undone
    assert undo == run_record.listed(tmp_path).found(undo).name


def test_an_undo_that_broke_off_has_not_undone(tmp_path, plan):
    run = kept(tmp_path, plan)
    run_record.begin(tmp_path, "undo", plan, undoes=run)

    assert run == run_record.listed(tmp_path).found(None).name


@pytest.mark.parametrize("name", [None, "20260101T000000Z-abcdef"])
def test_a_run_that_is_not_there_is_not_found(tmp_path, name):
    with pytest.raises(NotFound, match="No recorded run"):
        run_record.listed(tmp_path / "nowhere").found(name)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut off"),
        pytest.param("[]", id="a list"),
        pytest.param('{"schemaVersion": 1}', id="another version"),
        pytest.param('{"schemaVersion": 2, "run": "x"}', id="half"),
        pytest.param("[" * 200_000, id="nested without end"),
    ],
)
def test_what_is_no_record_is_left_aside_by_name(tmp_path, plan, text):
    run = kept(tmp_path, plan)
    (tmp_path / "20990101T000000Z-abcdef.json").write_text(text)
    runs = run_record.listed(tmp_path)

    assert [run] == [each.name for each in runs.readable]
    assert ("20990101T000000Z-abcdef.json",) == runs.unreadable
    with pytest.raises(NotFound, match="Couldn't read the record"):
        runs.found("20990101T000000Z-abcdef")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("run", "20990101T000000Z-abcdef"),
        ("startedAt", 5),
        ("command", "\x1b[31mconnect"),
        ("source", 5),
        ("target", "../..\x1b[31m"),
        ("undoes", ["x"]),
        ("ended", "yes"),
        ("before", {}),
        ("after", None),
        ("planned", [1]),
        ("changes", [{"summary": 5, "done": True}]),
        ("changes", [{"summary": "x", "done": 10**30}]),
    ],
)
def test_a_record_that_was_tampered_with_is_left_aside(tmp_path, plan, member, value):
    name = kept(tmp_path, plan)
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {member: value}))

    assert ((), (file.name,)) == (
        run_record.listed(tmp_path).readable,
        run_record.listed(tmp_path).unreadable,
    )


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("authSettings", [1]),
        ("registration", {"x": 1}),
        ("servicePrincipal", 3),
        ("assignments", [1]),
        ("identity", "core"),
    ],
)
@pytest.mark.parametrize("image", ["before", "after"])
def test_an_image_of_another_shape_is_none(tmp_path, plan, image, part, value):
    name = kept(tmp_path, plan)
    file = tmp_path / f"{name}.json"
    document = json.loads(file.read_text())
    document[image][part] = value
    file.write_text(json.dumps(document))

    assert (file.name,) == run_record.listed(tmp_path).unreadable


def test_a_record_without_an_app_setting_is_one_of_an_earlier_version(tmp_path, plan):
    name = kept(tmp_path, plan)
    file = tmp_path / f"{name}.json"
    document = json.loads(file.read_text())
    for image in ("before", "after"):
        del document[image]["appSetting"]
    file.write_text(json.dumps(document))

    assert run_record.listed(tmp_path).found(name).before["appSetting"] is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"value": "hunter2"}, {}),
        ({"value": "@Microsoft.KeyVault(x)/.default"}, {}),
        ({"slotSetting": "no"}, {}),
        ({"name": "WEBSITE_RUN_FROM_PACKAGE"}, {"name": "WEBSITE_RUN_FROM_PACKAGE"}),
        ({"name": "OTHER"}, {}),
    ],
)
def test_an_app_setting_that_no_run_wrote_makes_no_record(tmp_path, plan, before, after):
    name = kept(tmp_path, plan)
    file = tmp_path / f"{name}.json"
    document = json.loads(file.read_text())
    good = {"name": "SCOPE", "value": "api://x/.default", "slotSetting": None}
    document["before"]["appSetting"] = {**good, **before}
    document["after"]["appSetting"] = {**good, **after}
    file.write_text(json.dumps(document))

    assert (f"{name}.json",) == run_record.listed(tmp_path).unreadable


def test_a_link_is_not_followed(tmp_path, plan):
    name = kept(tmp_path / "elsewhere", plan)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / f"{name}.json").symlink_to(tmp_path / "elsewhere" / f"{name}.json")

    assert () == run_record.listed(tmp_path / "runs").readable


def test_nothing_is_done_where_nothing_can_be_written_down(tmp_path, plan):
    (tmp_path / "runs").write_text("a file")

    with pytest.raises(Unreachable, match="Couldn't write the record") as refused:
        run_record.begin(tmp_path / "runs", "connect", plan)
    assert "XDG_STATE_HOME" in refused.value.hint


SECRETS = {
    "apiToken": "hunter2",
    "passphrase": "hunter2",
    "secrets": ["hunter2"],
    "primaryKey": {"value": "hunter2"},
    "connection": "Server=x;Password=hunter2",
    "headers": {"Authorization": "Basic hunter2"},
    "privateKeyPem": "-----BEGIN PRIVATE KEY----- hunter2",
}


def test_it_holds_no_secret_that_somebody_left_in_the_settings(tmp_path, plan):
    settings = plan.start.the_target.settings.with_value("novel", SECRETS)
    name = kept(tmp_path, replace(plan, start=plan.start.with_target(settings=settings)))
    text = (tmp_path / f"{name}.json").read_text()

    assert "hunter2" not in text
    kept_settings = json.loads(text)["before"]["authSettings"]
    assert SECRETS.keys() == kept_settings["novel"].keys()
    assert kept_settings["novel"]["apiToken"].startswith("sha256:")
