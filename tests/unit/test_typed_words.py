import io
import sys
from unittest import mock

import pytest
from rich.text import Text

from miwire.cli.plain_text import PlainText, rendered
from miwire.cli.render.terminal import shown, stdout
from miwire.redaction import header_name, without_words


@pytest.mark.parametrize(
    ("message", "arguments", "told"),
    [
        ("No such command 'conect'.", ["conect"], "No such command 'conect'."),
        ("No such command 'S3cret'.", ["S3cret"], "No such command '…'."),
        ("Got unexpected extra argument (Key)", ["probe", "x", "Key"], "Got … argument (…)"),
        ("Invalid value for '--expect': 'Key' is", ["--expect", "Key"], None),
        ("Invalid value for '--expect': 'Key' is", ["--expect=Key"], None),
        ("Invalid value for '-o': 'Key' is", ["-oKey"], None),
        ("No such option: --Key", ["--Key"], "No such option: --Key"),
    ],
)
def test_a_message_repeats_no_word_that_may_be_a_secret(message, arguments, told):
    said = without_words(message, arguments)

    if told and "Got" not in told:
        assert told == said
    else:
        assert "Key" not in said


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("X-Functions-Key: KEY", "X-Functions-Key"),
        ("X-Functions-Key KEY", "X-Functions-Key"),
        ("X-Functions-Key=KEY", "X-Functions-Key"),
        ("Accept json", "Accept"),
        ("KEY", None),
        ("correct horse battery staple", None),
        ("SGVsbG8=", None),
        ("", None),
    ],
)
def test_of_a_header_only_the_name_is_told_where_it_is_one(typed, name):
    assert name == header_name(typed)


def test_the_stream_escapes_what_a_renderer_forgot_and_passes_own_colors():
    raw = io.BytesIO()
    stream = PlainText(raw, encoding="utf-8")
    stream.write("a\x1b[31m\r\n")
    with rendered():
        stream.write("\x1b[32mb\x1b[0m\n")
    stream.write("\x1b")
    stream.flush()

    assert b"a\\u001b[31m\\u000d\n\x1b[32mb\x1b[0m\n\\u001b" == raw.getvalue()


VALUES = ["[bold]", "[link=https://evil.example", "]", "\\", "\\\\", "[", "a", "[/name]", "\\["]


@pytest.mark.parametrize("first", VALUES)
@pytest.mark.parametrize("second", VALUES)
def test_no_two_values_make_markup_together(first, second):
    markup = f"[name]{shown(first)}[/name]{shown(second)} {shown(first)}[quiet]x[/quiet]]"
    text = Text.from_markup(markup)

    assert {"name", "quiet"} == {str(span.style) for span in text.spans}
    bare = text.plain.replace("\\", "")
    assert f"{first}{second} {first}x]".replace("\\", "") == bare


def test_a_console_makes_no_links():
    out = io.StringIO()
    with (
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(out, "isatty", return_value=True),
        mock.patch.dict("os.environ", {"TERM": "xterm-256color", "COLUMNS": "80"}),
    ):
        stdout().print("[link=https://evil.example]x[/link]")

    assert "evil" not in out.getvalue()
