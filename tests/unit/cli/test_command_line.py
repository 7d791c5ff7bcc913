import pytest

from miwire.cli.command_line import arranged, command_of, format_of


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("probe x", "probe x"),
        ("-o json probe x", "probe -o json x"),
        ("--output=json -v probe x", "probe --output=json -v x"),
        ("-vo json probe x", "probe -vo json x"),
        ("-ojson probe x", "probe -ojson x"),
        ("--cloud probe probe x", "probe --cloud probe x"),
        ("-q lab up --port 1", "lab up -q --port 1"),
        ("-q lab", "lab"),
        ("-q lab --help", "lab --help"),
        ("-o json connect a b -o text", "connect -o json a b -o text"),
        ("--no-wait connect a b --wait 5m", "connect a b --wait 5m"),
        ("--wait 5m connect a b --no-wait", "connect --wait 5m a b --no-wait"),
        ("-v -- probe x", "probe -v x"),
        ("--version probe", "--version probe"),
        ("-o json", "-o json"),
        ("--show-completion fish", "--show-completion fish"),
        ("--show-completion", "--show-completion current"),
        ("", ""),
    ],
)
def test_options_before_a_command_are_moved_behind_its_name(typed, read):
    assert read.split() == arranged(typed.split())


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("probe x", "probe"),
        ("-o json probe x", "probe"),
        ("-o probe", ""),
        ("--cloud lab lab up", "lab up"),
        ("lab", "lab"),
        ("-v nothing", ""),
        ("", ""),
    ],
)
def test_the_command_is_the_first_word_that_is_no_value_of_an_option(typed, command):
    assert command == command_of(typed.split())


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("-o json connect", "json"),
        ("connect -ojson", "json"),
        ("connect --output=json", "json"),
        ("-qo json connect", "json"),
        ("-yo json connect", "json"),
        ("-o json connect a b -o text", "text"),
        ("-o text connect a b -o json", "json"),
        ("-o xml connect", "text"),
        ("lab exec core -- x -o json", "text"),
        ("connect", "text"),
    ],
)
def test_the_format_is_the_last_one_typed_wherever_it_stands(typed, form):
    assert form == format_of(typed.split())
