"""The help of each command, and the examples that it ends with."""

import re
import shlex

import pytest
import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from miwire.cli import help_page
from miwire.cli.command_line import arranged
from miwire.cli.examples import EXAMPLES
from miwire.cli.main import main
from miwire.cli.root import root

MIWIRE = re.compile(r"\bmiwire ([^|)]*[^|)\" ])")


def context_of(name):
    """The context of a command, as Typer makes it on the way there."""
    context = root().context_class(root(), info_name="miwire", resilient_parsing=True)
    for word in name.split():
        _, command, _ = context.command.resolve_command(context, [word])
        context = command.context_class(command, info_name=word, parent=context)
    return context


def below(context):
    """The names of every command at and below one, hidden ones too."""
    yield help_page.name_of(context)
    if isinstance(context.command, TyperGroup):
        for word in context.command.list_commands(context):
            yield from below(context_of(f"{help_page.name_of(context)} {word}"))


EVERY = sorted(below(context_of("")))


def lines_of(name, capsys):
    assert 0 == main([*name.split(), "--help"])
    return capsys.readouterr().out.rstrip("\n").split("\n")


def test_every_command_is_asked_for_its_help():
    assert {"", "connect", "lab", "lab up", "lab gate", "help", "version"} <= set(EVERY)


@pytest.mark.parametrize("name", EVERY, ids=lambda name: name or "miwire")
def test_a_help_ends_with_exactly_three_examples(capsys, name):
    _, heading, examples = "\n".join(lines_of(name, capsys)).rpartition("\nExamples:\n")
    lines = [line.strip() for line in examples.split("\n")]

    assert heading and 3 == len(lines[::2]) == len(lines[1::2]), (  # noqa: PT018
        f"The help of {f'miwire {name}'.strip()!r} doesn't end with three examples: "
        "add them to EXAMPLES in src/miwire/cli/examples.py."
    )
    assert all(line.startswith("# ") and line.endswith(".") for line in lines[::2])
    assert all("miwire" in line for line in lines[1::2])


@pytest.mark.parametrize("name", EVERY, ids=lambda name: name or "miwire")
def test_a_help_fits_into_80_columns(capsys, name):
    assert [] == [line for line in lines_of(name, capsys) if len(line) > 80]


def test_no_examples_are_left_of_a_command_that_is_gone():
    assert set(EXAMPLES) <= set(EVERY)


@pytest.mark.parametrize(
    ("name", "line"),
    [(name, each.line) for name, examples in EXAMPLES.items() for each in examples],
    ids=lambda text: text or "miwire",
)
def test_an_example_is_a_command_line_that_miwire_reads(name, line):
    (typed,) = MIWIRE.findall(line)
    words = arranged(shlex.split(typed))

    assert typed == "--version" or typed.startswith(name)
    try:
        context = root().make_context("miwire", words)
        while isinstance(context.command, TyperGroup):
            rest = [*context._protected_args, *context.args]  # noqa: SLF001
            word, command, rest = context.command.resolve_command(context, rest)
            context = command.make_context(word, rest, parent=context)
    except TyperException as refused:
        pytest.fail(f"miwire doesn't read the example {line!r}: {refused.format_message()}")
    except typer.Exit:
        assert "--version" == typed


def test_the_help_of_a_command_shows_what_is_typed_and_what_it_means(capsys):
    lines = lines_of("lab reset", capsys)

    assert """\
Usage: miwire lab reset [OPTIONS]

  Reset the lab and delete its recorded runs; ports, secrets and `lab env`
  stay valid.

Options:
  --scene SCENE    Reset to a different scene. List: miwire lab scenes
  --state-dir DIR  Folder of the lab; use several to run several labs.  [env
                   var: MIWIRE_LAB]
  -h, --help       Show this message and exit.

Options of every command:
  -o, --output text|json  Output format: text, or one JSON document on stdout.
                          [default: text]
  -q, --quiet             Print the result only: no progress and no notes.
  --no-color              Disable colored output (also: NO_COLOR=1).

Examples:
  # Back to the start of the scene.
  miwire lab reset
  # To another scene.
  miwire lab reset --scene slots
  # Before each test.
  miwire lab reset --scene wired -o json""" == "\n".join(lines)


def test_the_usage_names_arguments_as_the_text_does(capsys):
    assert "Usage: miwire connect [OPTIONS] SOURCE TARGET" == lines_of("connect", capsys)[0]
    assert "Usage: miwire undo [OPTIONS] [RUN]" == lines_of("undo", capsys)[0]
    assert "Usage: miwire lab [OPTIONS] COMMAND …" == lines_of("lab", capsys)[0]
