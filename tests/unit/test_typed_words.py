import io

import pytest

from miwire.cli.plain_text import PlainText, rendered
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
