"""What every command takes: where it can mean something, it is an option, and not a mistake."""

import pytest
from typer.main import get_command

from miwire.cli.root import COMMANDS, loaded


def options(name):
    """The options of a command, or of each below it."""
    group = get_command(loaded(name))
    return {
        each.name: {word for parameter in each.params for word in parameter.opts}
        for each in getattr(group, "commands", {name: group}).values()
    }


WITHOUT_AZURE = {"explain", "lab", "demo", "help", "version"}


@pytest.mark.parametrize("name", [each for each in COMMANDS if each not in WITHOUT_AZURE])
def test_a_command_that_asks_azure_takes_what_every_command_takes(name):
    assert {"-o", "--cloud", "-q", "-v", "--debug", "--no-color"} <= options(name)[name]


def test_the_demo_takes_all_but_a_cloud_for_it_has_its_own():
    found = options("demo")["demo"]

    assert {"-o", "-q", "-v", "--debug", "--no-color"} <= found
    assert "--cloud" not in found


def test_the_lab_takes_no_color_where_it_prints_by_itself():
    found = options("lab")

    assert all(
        {"-o", "-q", "--no-color"} <= words for name, words in found.items() if name != "exec"
    )


def test_the_demo_passes_on_how_much_is_to_be_told(shell):
    ended = shell("demo", "-v", "--no-color", "-o", "json")

    assert 0 == ended.code, ended.err
    assert all(step["command"][-1] == "--verbose" for step in ended.document["steps"])
