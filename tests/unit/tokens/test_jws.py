import base64
import json

import pytest

from miwire.errors import NotAToken
from miwire.tokens.jws import LONGEST, Jws, base64url

HEADER = {"alg": "RS256", "kid": "a"}


def segment(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header=HEADER, payload=b"{}", signature=b"signature"):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{segment(raw)}.{segment(payload)}.{segment(signature)}"


def test_three_segments_are_a_header_a_payload_and_a_signature():
    read = Jws.parse(compact(payload=b"anything"))

    assert (HEADER, b"anything", b"signature") == (read.header, read.payload, read.signature)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("hello", "it has 1 segment instead", id="a word"),
        pytest.param("a.b", "it has 2 segments", id="two segments"),
        pytest.param("a.b.c.d", "it has 4 segments", id="four segments"),
        pytest.param("a.b.c.d.e", "it has 5 segments", id="five segments"),
        pytest.param(f"{compact()}.c.d", "it has 5 segments", id="five segments without enc"),
        pytest.param(compact({"enc": "A256GCM"}) + ".c.d", "encrypted", id="a header with enc"),
        pytest.param(f"{compact()}\n", "characters", id="a line break behind it"),
        pytest.param(compact().replace(".", " .", 1), "characters", id="a space inside"),
        pytest.param(compact().replace(".", "=.", 1), "characters", id="padding"),
        pytest.param(f"+{compact()[1:]}", "characters", id="base64 instead of base64url"),
        pytest.param(f"é{compact()}", "characters", id="a letter beyond ASCII"),
        pytest.param("e30ab.e30.", "header isn't base64url", id="a length that cannot be"),
        pytest.param("eyI.e30.", "couldn't read its header", id="a header of half an object"),
        pytest.param("e30.e31.", "payload isn't base64url", id="bits behind the last byte"),
        pytest.param("W10.e30.", "isn't a JSON object", id="a header that is a list"),
        pytest.param("A" * (LONGEST + 1), "64 KiB", id="more than 64 KiB"),
    ],
)
def test_anything_else_is_no_token_and_the_sentence_says_why(text, said):
    with pytest.raises(NotAToken, match=said):
        Jws.parse(text)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        pytest.param(b'{"alg":"RS256","alg":"none"}', "twice", id="a member twice"),
        pytest.param(b'{"a":{"b":1,"b":2}}', "twice", id="a member of a member twice"),
        pytest.param(b'{"a":NaN}', "NaN", id="NaN"),
        pytest.param(b'{"a":-Infinity}', "Infinity", id="infinity by name"),
        pytest.param(b'{"a":1e999}', "too large", id="infinity by size"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", "too large", id="a number of 5 000 digits"),
        pytest.param(b'{"a":"\\ud800"}', "surrogate", id="half of a surrogate pair"),
        pytest.param(b'{"\\udfff":1}', "surrogate", id="half of a pair in a name"),
        pytest.param(b'{"a":' * 16 + b"1" + b"}" * 16, "deeply", id="seventeen levels"),
        pytest.param(b'{"a":' + b"[" * 20_000, "deeply", id="twenty thousand levels"),
        pytest.param(b'{"a":"\xff"}', "UTF-8", id="isn't UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"alg":"RS256"}', "isn't JSON", id="a byte order mark"),
        pytest.param(b'{"a":1} {"a":1}', "isn't JSON", id="two objects"),
        pytest.param(b'{"a":"\n"}', "isn't JSON", id="a bare line break in a string"),
        pytest.param(b"null", "isn't a JSON object", id="null"),
    ],
)
def test_a_header_that_two_readers_could_take_differently_is_none(header, said):
    with pytest.raises(NotAToken, match=said):
        Jws.parse(compact(header=header))


def test_fifteen_levels_are_still_read():
    nested = json.loads(b'{"a":' * 15 + b"1" + b"}" * 15)

    assert nested == Jws.parse(compact(header=nested)).header


@pytest.mark.parametrize(
    "signature",
    [pytest.param("abcde", id="cut off"), pytest.param("ab", id="bits behind the last byte")],
)
def test_a_signature_that_is_cut_off_leaves_the_rest_readable(signature):
    read = Jws.parse(f"{compact().rpartition('.')[0]}.{signature}")

    assert (HEADER, None) == (read.header, read.signature)


def test_a_missing_signature_is_an_empty_one():
    assert b"" == Jws.parse(compact(signature=b"")).signature


@pytest.mark.parametrize("segment_", ["a", "ab", "abc=", "YQ==", "YR", "Y Q", "Y+", "é", "\ud800"])
def test_bytes_are_written_in_one_way_only(segment_):
    assert base64url(segment_) is None


def test_neither_the_text_nor_the_signature_is_in_what_a_traceback_shows():
    read = Jws.parse(compact())

    assert not [part for part in (read.text, "signature") if part in repr(read)]
