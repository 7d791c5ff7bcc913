import inspect

import pytest
import typer

from miwire.cli.root import COMMANDS, loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name):
    command = loaded(name)
    if name == "lab":
        said = command.info.help
    else:
        (only,) = command.registered_commands
        said = inspect.getdoc(only.callback).partition("\n")[0]

    assert COMMANDS[name] == said


def test_a_command_is_loaded_as_the_typer_app_that_it_is():
    assert all(isinstance(loaded(name), typer.Typer) for name in COMMANDS)
