"""The script of a hand-off and the lines to paste, made of hostile names, and run."""

import json
import os
import shutil
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from miwire.cli.parsing import role as checked_role
from miwire.errors import BadRequest, Unreachable
from miwire.export.handoff import Handoff, az_lines, script, split_by_rights
from miwire.model.cloud import published
from miwire.model.identity import ManagedIdentity, UserAssignedIdentity
from miwire.model.wiring import Caller
from miwire.operations import connect
from miwire.operations import snippets as inside
from miwire.operations.protect import Protection
from miwire.plan.changes.app_role import AssignAppRole
from miwire.plan.changes.registration import CreateRegistration
from miwire.plan.plan import Question
from miwire.text import printable

NAMES = [
    "a;$(touch x)",
    "`touch x`",
    "'; touch x; '",
    '"; touch x; "',
    "a\ntouch x\n",
    "a\r\ntouch x",
    "a') or startswith(displayName,'",
    "\x1b]0;pwned\x07",
    "\u202egnp",
    "$HOME",
    "-rf",
    "it's `[?]`",
]
names = some.one_of(
    some.sampled_from(NAMES), some.text(some.characters(blacklist_characters="\0"), max_size=20)
)


class Everything:
    """An Azure in which the operator may change nothing."""

    cloud = published("AzureCloud")


def scripted(story, name):
    """The script for everything that is missing, in which each free text is *name*."""
    wiring = story.fresh
    changes = [
        replace(each, role=name) if isinstance(each, AssignAppRole) else each
        for each in connect.plan(wiring, Protection()).changes
    ]
    changes = [
        replace(each, display_name=name, unique_name=name)
        if isinstance(each, CreateRegistration)
        else each
        for each in changes
    ]
    asked = tuple(Question(name, each.action) for each in changes)
    left = Handoff(connect.plan(wiring, Protection()), tuple(changes), (), asked)
    return script(Everything(), wiring, left, ("miwire", "connect", name, "--app-role", name))


@pytest.fixture
def stub(tmp_path):
    """A folder with an az that writes its words down, and where nothing else may appear."""
    tools = tmp_path / "tools"
    tools.mkdir()
    az = tools / "az"
    az.write_text('#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done >>"$AZ_WORDS"\necho 0\n')
    az.chmod(0o700)
    return tools


def ran(text, folder, stub, **more):
    """Run a script in an empty folder; return what it printed, and every word that az got."""
    here = folder / "here"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    words = folder / "words"
    words.write_bytes(b"")
    told = subprocess.run(
        ["bash", "-c", text],
        cwd=here,
        env={"PATH": f"{stub}{os.pathsep}{os.environ['PATH']}", "AZ_WORDS": str(words), **more},
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert [] == list(here.iterdir()), "a name was run"
    return told, words.read_bytes().decode("utf-8", "surrogateescape").split("\0")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_name_in_the_script_is_run_and_each_is_one_word(story, tmp_path, stub, name):
    text = scripted(story, name)
    told, words = ran(text, tmp_path, stub)

    assert 0 == told.returncode, told.stderr
    assert b"" == told.stderr
    assert "rest" in words
    bodies = [json.loads(each) for each in words if each.startswith('{"displayName')]
    assert all(name == each["displayName"] for each in bodies)
    closing = told.stdout.decode().split("runs:\n")[1].split("\nIt asks")[0]
    again = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {closing}"], capture_output=True, check=True, timeout=10
    )
    kept = name.rstrip("\n")
    assert ["miwire", "connect", kept, "--app-role", kept] == again.stdout.decode().split("\0")[:-1]


@given(name=names)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_script_is_bash_and_shows_whole_whatever_the_names_are(story, name):
    text = scripted(story, name)
    checked = subprocess.run(
        ["bash", "-n"], input=text.encode(), capture_output=True, check=False, timeout=10
    )

    assert (0, b"") == (checked.returncode, checked.stderr)
    assert all(printable(line) == line for line in text.split("\n"))


@pytest.mark.parametrize(
    "role", ["it's", "a`b", "a']|[0].secret", "x' || '1'=='1", 'a"b', "a\\'b"], ids=ascii
)
def test_a_role_is_one_value_of_the_query_that_az_is_given(story, role):
    change = AssignAppRole(role=role, caller=story.caller)
    (line,) = (each for each in az_lines(change, None, story.wired) if "role_id=" in each)
    query = subprocess.run(
        ["bash", "-c", f"az() {{ printf '%s' \"$7\" >&2; }}; {line}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stderr
    literal = query.removeprefix("appRoles[?value==`").removesuffix("`].id | [0]")

    assert "`" not in literal
    assert role == json.loads(literal)


@pytest.mark.parametrize(
    "odd", ["x')/owners", "a/../b", "$(touch x)", "a\nb", "", "a b"], ids=ascii
)
def test_no_script_is_written_with_an_id_that_leads_elsewhere(story, odd):
    lost = story.wired.with_target(
        assignments=(), registration=replace(story.wired.the_target.registration, app_id=odd)
    )

    with pytest.raises(Unreachable, match="where an ID is expected"):
        split_by_rights(None, connect.plan(lost, Protection()))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_line_to_paste_runs_no_name_in_it(story, tmp_path, stub, name):
    api = replace(story.wired.the_target.registration, identifier_uris=(name,), token_version=1)
    identity = UserAssignedIdentity(story.orders.id, "orders-principal", name)
    source = replace(story.core, identity=ManagedIdentity(None, (identity,)))
    wiring = (
        story.wired.with_source(site=source)
        .with_target(registration=api)
        .with_callers(Caller("core", name, "orders-principal"))
    )
    lines = inside.lines(wiring)
    curl = stub / "curl"
    curl.write_text('#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done >>"$AZ_WORDS"\n')
    curl.chmod(0o700)
    endpoint = {"IDENTITY_ENDPOINT": "http://127.0.0.1/token", "IDENTITY_HEADER": "secret"}
    told, words = ran(lines.bash, tmp_path, stub, **endpoint)

    assert 0 == told.returncode, told.stderr
    assert 1 == sum(each.startswith("http://127.0.0.1/token?") for each in words)
    for line in (lines.bash, lines.powershell, lines.python):
        assert printable(line) == line
    compile(lines.python, "pasted", "exec")
    query = lines.powershell.split("IDENTITY_ENDPOINT)?")[1].split('")')[0]
    assert not set(query) & set("\"`$'\u2019 ")


@pytest.mark.parametrize("name", [*NAMES, "it's"], ids=ascii)
def test_a_role_that_would_need_quotes_is_not_taken_from_a_command_line(name):
    if not set(name) & set("'`\"\n\r \x1b\u202e"):
        pytest.skip("Graph takes it")
    with pytest.raises(BadRequest):
        checked_role(name)
