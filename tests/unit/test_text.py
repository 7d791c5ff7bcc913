import json

import pytest

from miwire.text import ascii_json, printable, printable_lines


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("Zoë 名前", "Zoë 名前", id="letters of any script"),
        pytest.param("a\x1b[31mb", "a\\u001b[31mb", id="a colour of the terminal"),
        pytest.param("a\x9bb", "a\\u009bb", id="the same in one character"),
        pytest.param("a\r\nb\tc", "a\\u000d\\u000ab\\u0009c", id="line breaks and tabs"),
        pytest.param("a\u202eb\u2066", "a\\u202eb\\u2066", id="text turned around"),
        pytest.param("a\u200b\u200d\ufeffb", "a\\u200b\\u200d\\ufeffb", id="no width"),
        pytest.param("a\u3164\ufe0fb", "a\\u3164\\ufe0fb", id="letters that show nothing"),
        pytest.param("a\u00a0b", "a\\u00a0b", id="a space that is none"),
        pytest.param("a\u2028b", "a\\u2028b", id="a line break of Unicode's"),
        pytest.param("a\U000e0041b", "a\\U000e0041b", id="a tag"),
        pytest.param("\U0001f600", "\U0001f600", id="a picture"),
        pytest.param(["a", "b\u202e"], "a, b\\u202e", id="a list of texts"),
        pytest.param({"a": [1, None, True]}, '{"a": [1, null, true]}', id="anything else"),
        pytest.param({"a": "\u202e"}, '{"a": "\\u202e"}', id="inside of anything else"),
        pytest.param(None, "null", id="nothing"),
    ],
)
def test_every_character_of_a_value_can_be_seen(value, shown):
    assert shown == printable(value)


def test_of_several_lines_only_the_breaks_are_kept():
    assert "a\\u000d\nb\\u001b\n" == printable_lines("a\r\nb\x1b\n")


def test_json_is_exact_and_every_character_of_it_can_be_seen():
    value = {"a\x7f": ["\x1b\x9b\u202e\x7f\ud83d", "\\u007f"]}
    text = ascii_json(value, indent=2)

    assert value == json.loads(text)
    assert printable_lines(text) == text
