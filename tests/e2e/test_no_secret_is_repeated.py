"""What was typed may hold a key or a token: it is used, and never said again."""

import json

import pytest

KEY = "SuperSecretFunctionKey"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("how", [(), ("-v",), ("--debug",)], ids=["", "-v", "--debug"])
def test_a_function_key_in_a_url_is_sent_and_not_said(quick, lab, output, how):
    url = f"{lab.url('integration')}/items?code={KEY}"
    ended = quick("probe", url, "--without-token", "-o", output, *how)
    (request,) = lab.requests("gate")

    assert 1 == ended.code, ended.err
    assert request["url"].endswith(f"/items?code={KEY}")
    assert "/items?code=" in ended.out
    assert KEY not in ended.out + ended.err


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_password_in_a_url_is_not_said(quick, output):
    ended = quick("probe", f"https://me:{KEY}@localhost/", "--without-token", "-o", output)

    assert 2 == ended.code
    assert KEY not in ended.out + ended.err


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("how", [("--dry-run",), ()], ids=["a dry run", "a run"])
def test_a_token_in_the_wrong_place_is_not_said(quick, output, how):
    ended = quick("protect", "integration", "--exclude-path", f"/{TOKEN}", "-o", output, *how)

    assert 0 == ended.code, ended.err
    assert "(a token)" in ended.out + ended.err
    assert "eyJ" not in ended.out + ended.err


def test_a_token_in_a_claim_is_hidden_from_people_and_whole_for_programs(quick, lab, tmp_path):
    file = tmp_path / "token"
    file.write_text(lab.token({"aud": f"https://a.example/?code={KEY}", "nested": TOKEN}))
    as_text, as_json = (quick("decode-token", f"@{file}", "-o", each) for each in ("text", "json"))

    assert TOKEN == as_json.document["token"]["claims"]["nested"]
    assert f"https://a.example/?code={KEY}" == as_json.document["token"]["claims"]["aud"]
    assert TOKEN not in as_text.out
    assert KEY not in as_text.out


def test_what_a_shell_exports_is_whole(miwire, lab):
    exported = json.loads(miwire("lab", "env", "-o", "json").out)["env"]

    assert lab.environment["IDENTITY_HEADER"] == exported["IDENTITY_HEADER"]
