"""Options of every command, typed before its name; and what the program says of itself."""

import json

import miwire as package


def test_a_document_is_printed_where_the_format_stands_before_the_command(miwire):
    ended = miwire("-o", "json", "enable-identity", "core", "--dry-run")

    assert 0 == ended.code, ended.err
    assert "enable-identity" == ended.document["command"]
    assert ended.document["dryRun"]


def test_what_stands_after_the_command_wins(quick):
    ended = quick("-o", "json", "enable-identity", "core", "--dry-run", "-o", "text")

    assert 0 == ended.code, ended.err
    assert not ended.out.startswith("{")


def test_a_dry_run_before_the_command_changes_nothing(quick, lab):
    ended = quick("--dry-run", "--exit-code", "enable-identity", "core")

    assert 1 == ended.code, ended.err
    assert [] == lab.writes()


def test_an_option_that_the_command_does_not_have_is_refused_in_one_sentence(shell):
    ended = shell("--dry-run", "-o", "json", "probe", "https://example.com")

    assert 2 == ended.code
    assert "No such option: --dry-run" == ended.document["error"]["message"]
    assert "See miwire probe --help" == ended.document["error"]["hint"]


def test_an_unknown_command_behind_options_is_named_as_one(quick):
    ended = quick("-v", "--cloud", "AzureCloud", "conect")

    assert 2 == ended.code
    assert "No such command 'conect'. Did you mean 'connect'" in ended.err


def test_quiet_prints_the_result_and_no_progress(quick):
    ended = quick("-q", "enable-identity", "core")

    assert 0 == ended.code
    assert "" == ended.err
    assert "core" in ended.out


def test_quiet_tells_errors_all_the_same(quick):
    ended = quick("-q", "enable-identity", "nothing")

    assert 3 == ended.code
    assert ended.err.startswith("error[NotFound]")


def test_the_version_is_a_command_and_an_option(quick):
    assert f"miwire {package.__version__}\n" == quick("version").out == quick("--version").out
    assert package.__version__ == json.loads(quick("-o", "json", "version").out)["version"]


def test_help_of_a_command_is_what_its_option_shows(shell):
    assert shell("lab", "up", "--help").out == shell("help", "lab", "up").out
    assert shell("--help").out == shell("help").out


def test_help_of_what_does_not_exist_is_a_usage_error(quick):
    ended = quick("help", "nothing")

    assert 2 == ended.code
    assert "No such command 'nothing'." in ended.err

    assert 2 == quick("help", "probe", "nothing").code
