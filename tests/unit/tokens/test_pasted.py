"""127 forms in which people paste a token, and what miwire reads in each."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miwire.errors import NotAToken
from miwire.tokens import pasted
from miwire.tokens.jws import LONGEST

FORMS = json.loads((Path(__file__).parent / "pasted_forms.json").read_text(encoding="utf-8"))


def named(form):
    return form["name"]


def read(raw):
    return pasted.read(pasted.text_of(raw))


def outcome(text):
    """The token in a text, or the error for it."""
    try:
        return pasted.read(text)
    except NotAToken as error:
        return error


def failed(raw):
    """The error for a text without a token that can be read."""
    with pytest.raises(NotAToken) as caught:
        read(raw)
    return caught.value


@pytest.mark.parametrize("form", [each for each in FORMS if "token" in each], ids=named)
def test_the_token_in_a_pasted_form_is_read_and_nothing_beside_it(form, pasted_tokens):
    found = read(pasted_tokens.raw(form))

    assert pasted_tokens.text(form["token"]) == found.token
    assert (form["role"], form.get("foundIn", "")) == (found.role, found.found_in)
    assert form.get("beside", []) == list(found.beside)


@pytest.mark.parametrize("form", [each for each in FORMS if "kind" in each], ids=named)
def test_a_form_without_a_token_is_named(form, pasted_tokens):
    assert form["kind"] == failed(pasted_tokens.raw(form)).kind


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_no_sentence_about_a_form_holds_a_token_or_a_secret(form, pasted_tokens):
    found = outcome(pasted_tokens.text(form["pasted"]))
    sentences = (found.message, found.hint) if isinstance(found, NotAToken) else found.sentences
    said = " ".join((*sentences, repr(found)))

    assert pasted_tokens.secret not in said
    assert "eyJ" not in said
    assert said.isprintable()


def test_there_are_enough_forms_and_each_has_a_name_of_its_own():
    assert len(FORMS) == len({each["name"] for each in FORMS}) == 127
    assert sum("{SECRET}" in each["pasted"] for each in FORMS) == 31


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            lambda text: b"\xa0" + text.encode() + b"\xa0", id="a no-break space, Latin-1"
        ),
        pytest.param(lambda text: ("\ufeff" + text).encode("utf-16-be"), id="UTF-16, big endian"),
        pytest.param(lambda text: text.encode("utf-16-be"), id="the same without its mark"),
        pytest.param(lambda text: b"\x93" + text.encode() + b"\x94", id="quotes of Windows"),
        pytest.param(lambda text: f"{text}.".encode(), id="a full stop behind it"),
        pytest.param(lambda text: f"Bearer Bearer {text}".encode(), id="the scheme twice"),
        pytest.param(lambda text: f'{{\\"a\\":\\"{text}\\"}}'.encode(), id="JSON in JSON"),
        pytest.param(lambda text: f"token: {text}\nexpires: 1\n".encode(), id="a line behind it"),
    ],
)
def test_other_members_of_those_kinds_are_read_too(raw, pasted_tokens):
    assert pasted_tokens.access == read(raw(pasted_tokens.access)).token


@pytest.mark.parametrize("width", [20, 64, 72, 76, 80, 100, 120])
@pytest.mark.parametrize("before", ["", "Token     : ", "access_token="])
def test_a_wrapped_token_ends_where_its_lines_end(width, before, pasted_tokens):
    text = before + pasted_tokens.access
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    found = pasted.read("\n".join((*lines, "ExpiresOn : 11/27/2026", pasted_tokens.secret)))

    assert pasted_tokens.access == found.token


def test_a_word_on_the_line_behind_a_whole_token_is_no_part_of_it(pasted_tokens):
    text = f"{pasted_tokens.access}\n{pasted_tokens.secret}"

    assert pasted_tokens.access == pasted.read(text).token


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{JWT}\n{JWT2}", "2 tokens: an access token and an ID token", id="unlabeled"),
        pytest.param(
            "{JWT} {JWT_GRAPH}", "2 tokens: an access token and an access token", id="two"
        ),
        pytest.param(
            "access_token={JWT}&access_token={JWT_GRAPH}", "2 tokens", id="two access tokens"
        ),
        pytest.param("{JWT}\n{JWE}", "an access token and an encrypted token", id="one encrypted"),
        pytest.param(
            "client_assertion={JWT} id_token={JWT2}",
            "a client assertion and an ID token",
            id="named",
        ),
        pytest.param("{JWT} eyJh.eyJh.c2ln", "an unreadable token", id="one unreadable"),
    ],
)
def test_of_several_tokens_none_is_chosen_unless_one_is_the_access_token(text, said, pasted_tokens):
    error = failed(pasted_tokens.text(text).encode())

    assert "several-tokens" == error.kind
    assert said in error.message


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        pytest.param("a.b.c.d.e", "not-a-jwt", "5 segments instead of three", id="five segments"),
        pytest.param("eyJhbGciOiJSUzI1NiJ9.eyJhdWQi...", "shortened", "shortened", id="shortened"),
        pytest.param("eyJhbGciOiJSUzI1NiJ9.***", "shortened", "shortened", id="asterisks"),
        pytest.param("access_token: {JWE}", "encrypted", "encrypted", id="a labeled JWE"),
        pytest.param('{"refresh_token": "{JWE}"}', "refresh-token", "refresh", id="B2C's refresh"),
        pytest.param("Bearer", "empty", "empty", id="a scheme and no token"),
        pytest.param("Authorization:", "empty", "empty", id="a header's name"),
        pytest.param("AADSTS999999: x", "entra-error", "AADSTS999999.", id="a code without words"),
        pytest.param('{"error": {"code": "AuthorizationFailed"}}', "error", "Failed", id="ARM's"),
        pytest.param(
            '{"statusCode": 500, "message": "\\u202e"}', "endpoint-error", "500", id="500"
        ),
        pytest.param('{"a":' * 5_000, "not-a-jwt", "invalid characters", id="endless JSON"),
        pytest.param("hello", "not-a-jwt", "1 segment instead", id="a word"),
        pytest.param("no token here", "not-a-jwt", "invalid characters", id="words"),
    ],
)
def test_what_is_no_token_is_told_by_its_kind(text, kind, said, pasted_tokens):
    error = failed(pasted_tokens.text(text).encode())

    assert kind == error.kind
    assert said in error.message


def test_half_a_character_of_utf_16_is_no_text():
    assert "invalid characters" in failed(b"\xff\xfe\x00").message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("eyJ" * 21_800, id="one word"),
        pytest.param("eyJ." * 16_000, id="dots"),
        pytest.param("eyJhbGciOiJIUzI1NiJ9.e30.c2ln " * 2_000, id="one token, often"),
        pytest.param("eyJ\n" * 16_000, id="short lines"),
        pytest.param(("eyJ" + "a" * 20 + "\n") * 2_600, id="lines of one length"),
        pytest.param(" " * 65_000 + "x", id="white space"),
        pytest.param("{" + " " * 65_000 + "x", id="white space behind a brace"),
        pytest.param("Authorization:" * 4_600, id="names of headers"),
        pytest.param("client_secret=" * 4_600, id="names of secrets"),
        pytest.param("\x1b]" * 32_000, id="escape sequences"),
    ],
)
def test_the_longest_text_is_read_in_a_moment(text):
    assert len(text) <= LONGEST
    began = time.process_time()
    outcome(text)

    assert time.process_time() - began < 3


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    text=st.text(
        st.sampled_from("eyJ.01A-_ \n\"'{}[]:=%\\$\x1b\u200b\u2026\ufeff>|") | st.characters()
    )
    | st.binary(max_size=100).filter(lambda raw: not raw.startswith((b"\xff\xfe", b"\xfe\xff")))
)
def test_whatever_is_pasted_is_a_token_or_an_error_with_a_kind(text):
    found = outcome(pasted.text_of(text) if isinstance(text, bytes) else text)

    if isinstance(found, NotAToken):
        assert all((found.kind, found.hint))
    else:
        assert found.token.count(".") == 2
