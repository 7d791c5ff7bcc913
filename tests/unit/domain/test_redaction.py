import pytest

from miwire.domain.redaction import redacted

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOKEN, id="a token"),
        pytest.param(TOKEN[:30], id="a part of one"),
        pytest.param(TOKEN.partition(".")[0], id="its header"),
        pytest.param(TOKEN.rpartition(".")[0] + ".", id="without a signature"),
    ],
)
def test_a_token_is_taken_out_of_a_message(text):
    assert redacted(f"No file '{text}' here.") == "No file '(a token)' here."


def test_anything_else_stays():
    assert redacted("https://login.example/eyJ/keys.json") == "https://login.example/eyJ/keys.json"


@pytest.mark.parametrize("name", ["code", "Code", "sig", "subscription-key", "x-functions-key"])
def test_a_key_in_a_query_is_taken_out_and_its_name_stays(name):
    said = f"https://a.example/items?a=1&{name}=SuperSecret&b=2 was asked"

    assert redacted(said) == f"https://a.example/items?a=…&{name}=…&b=… was asked"


def test_a_password_before_a_host_is_taken_out():
    assert redacted("https://me:secret@a.example/x@y") == "https://…@a.example/x@y"
