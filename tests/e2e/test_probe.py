import re
from dataclasses import replace

import pytest


@pytest.fixture
def inside(shell, lab):
    """Shells inside the apps of the lab."""
    return lambda site: replace(shell, environment={**shell.environment, **lab.inside(site)})


def case(ended, name):
    """One case of a probe's document."""
    return next(each for each in ended.document["cases"] if each["name"] == name)


def test_an_open_target_is_found_open(miwire):
    ended = miwire("probe", "integration", "--without-token", "-o", "json")
    bare = case(ended, "without-token")

    assert (1, 200, False, "app") == (ended.code, bare["status"], bare["ok"], bare["from"])


def test_a_protected_target_refuses_and_the_platform_said_so(protected, miwire, lab):
    ended = miwire("probe", "integration", "--without-token", "-o", "json")
    bare = case(ended, "without-token")

    assert (0, 401, True, "platform") == (ended.code, bare["status"], bare["ok"], bare["from"])
    assert protected["registration"]["appId"] == bare["challenge"]["resourceId"]
    assert lab.url("integration").endswith(bare["challenge"]["realm"])


def test_core_gets_past_authentication_with_a_url_and_an_audience(protected, inside, lab):
    ended = inside("core")(*lab.with_token(), "-o", "json")
    (caller,) = protected["allowed"]
    identity = ended.document["identity"]

    assert (0, 200) == (ended.code, case(ended, "with-token")["status"])
    assert (caller["principalId"], caller["clientId"], "core") == (
        identity["principalId"],
        identity["clientId"],
        identity["name"],
    )


@pytest.mark.usefixtures("protected")
def test_a_stranger_gets_no_token_and_is_told_why(inside, lab):
    ended = inside("stranger")(*lab.with_token(), "-o", "json")
    refused = case(ended, "with-token")

    assert (1, None, False) == (ended.code, refused["status"], refused["ok"])
    assert "AADSTS501051" in refused["why"]
    assert "requires assignment" in refused["why"]


def test_a_stranger_with_a_genuine_token_is_refused(protected, inside, lab):
    token = lab.token({"aud": protected["registration"]["appId"]}, "stranger")
    ended = inside("stranger")(
        "probe",
        lab.url("integration"),
        "--with-token",
        "--token",
        "env:TOKEN",
        "-o",
        "json",
        TOKEN=token,
    )
    refused = case(ended, "with-token")

    assert (1, 403, False) == (ended.code, refused["status"], refused["ok"])
    assert token not in ended.out + ended.err


@pytest.mark.usefixtures("protected")
def test_neither_flag_runs_both_cases_in_order(inside, lab):
    ended = inside("core")(*lab.both_cases(), "-o", "json")

    assert ["without-token", "with-token"] == [each["name"] for each in ended.document["cases"]]
    assert [401, 200] == [each["status"] for each in ended.document["cases"]]


@pytest.mark.usefixtures("protected")
def test_an_answer_of_the_app_passes_with_a_warning_that_names_the_path(inside, lab):
    ended = inside("core")(*lab.with_token(), "--path", "/nowhere", "-o", "json")
    answer = case(ended, "with-token")

    assert (0, 404, True) == (ended.code, answer["status"], answer["ok"])
    assert "--path" in answer["why"]


@pytest.mark.parametrize(("expected", "code"), [("404", 0), ("200", 1)])
@pytest.mark.usefixtures("protected")
def test_an_expected_status_is_exact(inside, lab, expected, code):
    ended = inside("core")(*lab.with_token(), "--path", "/nowhere", "--expect", expected)

    assert code == ended.code


@pytest.mark.parametrize(("auth", "status"), [("0", "401"), ("1", "200")])
@pytest.mark.usefixtures("protected")
def test_the_articles_program_relays_what_it_got(miwire, lab, auth, status):
    granted = miwire("grant", "core", "integration", "--scope-setting", "INTEGRATION_SCOPE")
    url = f"{lab.url('core')}/?auth={auth}"

    assert 0 == granted.code, granted.err
    assert 0 == miwire("probe", url, "--without-token", "--expect", status).code


def test_an_open_target_names_no_audience_so_a_token_cannot_be_asked_for(inside, miwire, lab):
    miwire("enable-identity", "core")
    ended = inside("core")("probe", lab.url("integration"), "--with-token", "-o", "json")

    assert 2 == ended.code
    assert "--audience" in ended.document["error"]["hint"]


def test_a_token_never_goes_over_http_to_another_machine(shell):
    ended = shell("probe", "http://miwire.example/", "--with-token")

    assert 2 == ended.code
    assert "over https only" in ended.err


def test_a_target_that_does_not_answer_is_not_one_that_refuses(shell):
    ended = shell("probe", "https://localhost:9/", "--without-token", "-o", "json")

    assert (6, "Unreachable") == (ended.code, ended.document["error"]["code"])


@pytest.mark.usefixtures("protected")
def test_no_token_is_printed_even_when_everything_is_said(inside, lab):
    ended = inside("core")(*lab.both_cases(), "-v", "--debug")

    assert 0 == ended.code
    assert [] == re.findall(r"eyJ[\w-]{10,}", ended.out + ended.err)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--token", "eyJhbGciOiJub25lIn0.e30."], id="on the command line"),
        pytest.param(["--header", "Authorization: Bearer x"], id="in a header"),
    ],
)
def test_a_token_is_not_taken_from_the_command_line(shell, arguments):
    ended = shell("probe", "https://localhost:9/", "--with-token", *arguments)

    assert 2 == ended.code
    assert "eyJ" not in ended.err
