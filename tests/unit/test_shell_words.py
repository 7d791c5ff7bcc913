"""Words that a shell or a language takes for one value, whatever is in them."""

import ast
import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from miwire import shell_words
from miwire.text import printable

WORDS = [
    "core",
    "rg(prod)/core",
    "",
    "it's",
    'a "quoted" name',
    "a;$(touch x)",
    "`touch x`",
    "a\nb\r\n",
    "\x1b]0;x\x07",
    "\u202ea\u200b",
    "-rf",
    "C:\\folder\\",
    "*",
    "~",
    "$HOME",
    "a\u2019; b",
    "\U0001f600\U000e0041",
]
text = some.text(some.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))


def in_bash(word):
    """What bash makes of a word, byte by byte; a trailing dot keeps line breaks at the end."""
    told = subprocess.run(
        ["bash", "-c", f"printf '%s' {word}"], capture_output=True, check=True, timeout=10
    )
    return told.stdout.decode()


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_bash_takes_a_word_as_it_is(word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    # $(…) drops line breaks at the end, which end no name.
    assert word.rstrip("\n") == in_bash(shell_words.sh(word))
    assert [] == list(tmp_path.iterdir())


@given(words=some.lists(text, min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_line_is_the_words_that_it_was_made_of(words):
    words = [each.rstrip("\n") for each in words]
    ran = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {shell_words.sh_line(words)}"],
        capture_output=True,
        check=True,
        timeout=10,
    )

    assert words == ran.stdout.decode().split("\0")[:-1]


@given(word=text)
@settings(max_examples=300, deadline=None)
def test_every_word_shows_whole_on_a_terminal(word):
    for quoted in (
        shell_words.sh(word),
        shell_words.powershell(word),
        shell_words.python(word),
        shell_words.jmespath(word),
    ):
        assert printable(quoted) == quoted


@given(word=text)
@settings(max_examples=300, deadline=None)
def test_python_reads_a_literal_as_it_was(word):
    assert word == ast.literal_eval(shell_words.python(word))


@given(word=text)
@settings(max_examples=300, deadline=None)
def test_a_literal_of_jmespath_ends_where_it_should(word):
    literal = shell_words.jmespath(word)

    assert "`" not in literal[1:-1]
    assert word == json.loads(literal[1:-1])


def powershell_reads(word):
    """What PowerShell makes of a word of this module, by its documented rules of quoting."""
    if not word.startswith("('' + "):
        words = [word]
    else:
        words = word.removeprefix("('' + ").removesuffix(")").split(" + ")
    read = []
    for each in words:
        if each.startswith("[char]"):
            read.append(int(each.removeprefix("[char]"), 16).to_bytes(2, "big"))
        else:
            quotes = "'\u2018\u2019\u201a\u201b"
            inner, out = each[1:-1], ""
            while inner:
                assert inner[0] not in quotes or inner[1:2] == inner[0], "the word ends too early"
                out += inner[0]
                inner = inner[2:] if inner[0] in quotes else inner[1:]
            read.append(out.encode("utf-16-be"))
    return b"".join(read).decode("utf-16-be")


@given(word=text.filter(lambda each: " + " not in each))
@settings(max_examples=300, deadline=None)
def test_no_character_ends_a_word_of_powershell(word):
    assert word == powershell_reads(shell_words.powershell(word))


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed")
@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_powershell_takes_a_word_as_it_is(word):
    told = subprocess.run(
        ["pwsh", "-NoProfile", "-c", f"[Console]::Write({shell_words.powershell(word)})"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert word == told.stdout
