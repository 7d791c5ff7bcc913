"""A variable of the shell that is not set makes an empty word, which is not one left out."""

import pytest
from typer.core import TyperArgument
from typer.main import get_command

from miwire.cli.root import COMMANDS, loaded


def taking_a_word():
    """Every option and argument that takes a word, of every command: where and how it is typed."""
    for name in COMMANDS:
        group = get_command(loaded(name))
        for command in getattr(group, "commands", {name: group}).values():
            path = ("lab", command.name) if name == "lab" else (name,)
            for parameter in command.params:
                if isinstance(parameter, TyperArgument) or not parameter.is_flag:
                    yield path, command, parameter


def typed(path, command, parameter):
    """A command line on which every argument has a word, and *parameter* an empty one."""
    option = not isinstance(parameter, TyperArgument)
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    return [
        *path,
        *((max(parameter.opts, key=len), "") if option else ()),
        *("" if each is parameter else "x" for each in arguments),
    ]


WORDS = [
    pytest.param(typed(*each), id=" ".join((*each[0], max(each[2].opts, key=len))))
    for each in taking_a_word()
    if (each[0], each[2].name) != (("lab", "exec"), "command")
]


def test_every_command_is_among_them():
    assert set(COMMANDS) == {word.values[0][0] for word in WORDS}


@pytest.mark.parametrize("words", WORDS)
def test_an_empty_word_is_refused_by_the_name_of_what_it_was_given_for(quick, lab, words):
    ended = quick(*words)
    (sentence,) = [line for line in ended.err.splitlines() if line.startswith("error[")]

    assert (2, True) == (ended.code, sentence.endswith(" is empty.")), ended.err
    assert [] == lab.requests("arm")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("protect", "integration", "--slot", ""), "--slot is empty."),
        (("protect", "integration", "-g", ""), "--resource-group is empty."),
        (("protect", "integration", "--app-id="), "--app-id is empty."),
        (("protect", "integration", "--allow", "core", "--allow", ""), "--allow is empty."),
        (("connect", "", "integration"), "SOURCE is empty."),
        (("probe", ""), "TARGET is empty."),
        (("undo", ""), "RUN is empty."),
        (("lab", "status", "--state-dir", ""), "--state-dir is empty."),
    ],
)
def test_the_sentence_names_it_as_the_help_does(quick, words, sentence):
    assert f"error[BadRequest]: {sentence}" in quick(*words).err


def test_a_program_inside_an_app_may_be_given_an_empty_word(miwire):
    ended = miwire("lab", "exec", "core", "--", "printf", "[%s]", "")

    assert (0, "[]") == (ended.code, ended.out)


def test_an_empty_variable_of_the_environment_is_one_that_is_not_set(quick, lab):
    subscription = quick("probe", "integration", "--without-token", AZURE_SUBSCRIPTION_ID="")
    cloud = quick("probe", lab.url("integration"), "--without-token", MIWIRE_CLOUD="")

    assert (1, 1) == (subscription.code, cloud.code), subscription.err + cloud.err
