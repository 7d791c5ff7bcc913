"""A second secret in what was pasted is in no stream of decode-token, and probe sends nothing."""

import functools
import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import typer

from miwire.cli.main import main

FORMS = json.loads(
    (Path(__file__).parents[1] / "tokens" / "pasted_forms.json").read_text(encoding="utf-8")
)
WITH_A_SECRET = [each for each in FORMS if "{SECRET}" in each["pasted"]]
BARE = {
    "bare",
    "bare-newline",
    "bearer",
    "bearer-lower-two-blanks",
    "cut-at-the-end",
    "cut-at-terminal-width",
    "graph-nonce",
    "jwe",
}
"""The forms that are one token and nothing else, which `probe --token` takes."""
NOBODY = "http://127.0.0.1:1/"


def named(form):
    return form["name"]


@pytest.fixture(scope="module", autouse=True)
def _built_once():
    """Typer builds all commands anew for every run; hundreds of runs take the same ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return a function that runs one command line here, with its state in a folder of the test."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    def command(*words, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(words))
        return code, out.getvalue(), err.getvalue()

    return command


@pytest.mark.parametrize("more", [(), ("-o", "json"), ("--debug",), ("-v",)], ids=" ".join)
@pytest.mark.parametrize("form", WITH_A_SECRET, ids=named)
def test_a_second_secret_is_in_no_stream_and_in_no_file(form, more, run, tmp_path, pasted_tokens):
    raw = pasted_tokens.raw(form)
    code, out, err = run("decode-token", *more, stdin=raw)
    kept = [each for each in tmp_path.rglob("*") if each.is_file()]

    assert code == (0 if "token" in form else 1)
    assert pasted_tokens.secret not in out + err
    assert [] == kept


@pytest.mark.parametrize("form", WITH_A_SECRET, ids=named)
def test_a_second_secret_is_in_no_stream_when_a_token_is_verified(
    form, run, tmp_path, pasted_tokens
):
    (tmp_path / "keys.json").write_text('{"keys": []}', encoding="utf-8")
    keys = ("--jwks", str(tmp_path / "keys.json"))
    expected = ("--audience", "api://api", "--issuer", "https://issuer.example")
    raw = pasted_tokens.raw(form)
    code, out, err = run("decode-token", "--verify", *expected, *keys, stdin=raw)

    assert code == 1
    assert pasted_tokens.secret not in out + err


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_the_kind_and_what_was_ignored_are_in_json(form, run, pasted_tokens):
    code, out, _ = run("decode-token", "-o", "json", stdin=pasted_tokens.raw(form))
    document = json.loads(out)

    if "token" in form:
        assert 0 == code
        assert document["input"] == {
            "role": form["role"],
            "foundIn": form.get("foundIn"),
            "ignored": form.get("beside", []),
        }
    else:
        assert (1, form["kind"]) == (code, document["error"]["kind"])


@pytest.mark.parametrize("form", [each for each in FORMS if each.get("beside")], ids=named)
def test_what_was_ignored_is_in_text(form, run, pasted_tokens):
    _, out, _ = run("decode-token", stdin=pasted_tokens.raw(form))
    (line,) = [each for each in out.splitlines() if "Ignored beside it" in each]

    assert all(each in line for each in form["beside"])


@pytest.fixture
def sources(monkeypatch, tmp_path):
    """Return a function that yields how `--token` names a text, for as many ways as can hold it."""

    def ways(raw):
        (tmp_path / "pasted").write_bytes(raw)
        yield "-"
        yield f"@{tmp_path / 'pasted'}"
        if b"\0" not in raw and len(raw) < 60_000:
            monkeypatch.setenv("PASTED", raw.decode())
            yield "env:PASTED"

    return ways


@pytest.mark.parametrize("form", [each for each in FORMS if each["name"] not in BARE], ids=named)
def test_probe_refuses_what_is_no_bare_token_before_anything_is_sent(
    form, run, sources, pasted_tokens
):
    raw = pasted_tokens.raw(form)
    for source in sources(raw):
        code, out, err = run("probe", NOBODY, "--with-token", "--token", source, stdin=raw)

        assert 2 == code, source
        assert "--token doesn't refer to a single access token." in err
        assert pasted_tokens.secret not in out + err
        assert "eyJ" not in out + err


@pytest.mark.parametrize("form", [each for each in FORMS if each["name"] in BARE], ids=named)
def test_probe_takes_one_bare_token(form, run, sources, pasted_tokens):
    raw = pasted_tokens.raw(form)
    for source in sources(raw):
        code, _, err = run("probe", NOBODY, "--with-token", "--token", source, stdin=raw)

        assert 6 == code, err
