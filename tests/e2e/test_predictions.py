"""Predicted responses: by probe beside the observed ones, by decode-token alone."""

from dataclasses import replace

import pytest


def api_of(protected):
    return protected["registration"]["appId"]


def predicted(ended, name):
    case = next(each for each in ended.document["cases"] if each["name"] == name)
    return case["status"], case["predicted"]


def given(miwire, token, *arguments):
    """Probe integration with a token that was given."""
    to_send = ("--with-token", "--token", "env:TOKEN", "-o", "json", *arguments)
    return miwire("probe", "integration", *to_send, TOKEN=token)


@pytest.mark.usefixtures("protected")
def test_a_case_carries_what_the_settings_predict(miwire):
    ended = miwire("probe", "integration", "--without-token", "-o", "json")
    status, prediction = predicted(ended, "without-token")

    assert (401, 401, "no-token-return401") == (status, prediction["status"], prediction["rule"])
    assert ("MIW404", "pass") in {
        (each["id"], each["verdict"]) for each in ended.document["findings"]
    }


def test_authentication_that_is_off_is_predicted_to_allow_everyone(miwire):
    status, prediction = predicted(
        miwire("probe", "integration", "--without-token", "-o", "json"), "without-token"
    )

    assert (200, 200, "platform-off") == (status, prediction["status"], prediction["rule"])


def test_where_the_settings_cannot_be_read_nothing_is_predicted(protected, miwire, lab):
    del protected
    ended = miwire("probe", lab.url("integration"), "--without-token", "-o", "json")

    assert (401, None) == predicted(ended, "without-token")


@pytest.mark.parametrize(
    ("site", "claims", "status", "rule", "told"),
    [
        pytest.param("core", {}, 200, "passes", "meet the settings", id="core's own"),
        pytest.param(
            "stranger", {}, 403, "allowed-applications", "allowedApplications is", id="stranger"
        ),
        pytest.param(
            "core",
            {"aud": "https://elsewhere"},
            401,
            "audience",
            "aud is https://elsewhere",
            id="aud",
        ),
        pytest.param("core", {"exp": 1_600_000_000}, 401, "lifetime", "expired", id="expired"),
        pytest.param(
            "core",
            {"iss": "https://login.microsoftonline.com/0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec/v2.0"},
            401,
            "issuer",
            "expected",
            id="of another tenant",
        ),
    ],
)
def test_the_prediction_for_a_genuine_token_holds(
    protected, miwire, lab, site, claims, status, rule, told
):
    token = lab.token({"aud": api_of(protected), "ver": "2.0", **claims}, site)
    ended = given(miwire, token)
    seen, prediction = predicted(ended, "with-token")

    assert (status, status, rule) == (seen, prediction["status"], prediction["rule"])
    assert told in prediction["sentence"]
    assert (0 if status == 200 else 1) == ended.code


def test_a_refusal_is_explained_by_the_rule_that_decided(protected, miwire, lab):
    token = lab.token({"aud": api_of(protected)}, "stranger")
    (case,) = given(miwire, token).document["cases"]

    assert ("platform", case["predicted"]["sentence"]) == (case["from"], case["why"])


def test_a_reader_who_may_not_see_app_settings_is_told_that_the_answer_hangs_on_them(
    shell, lab, miwire
):
    lab.reset("reader")
    assert 0 == miwire("enable-identity", "core").code
    ended = miwire("protect", "integration", "--allow", "core", "-o", "json")
    reader = replace(shell, environment={**shell.environment, **lab.inside("stranger")})
    token = lab.token({"aud": api_of(ended.document)}, "core")
    where = ("--subscription", lab.subscription_id, "-g", "rg-story")
    ended = given(reader, token, *where)
    status, prediction = predicted(ended, "with-token")

    assert (200, None, 200) == (status, prediction["status"], prediction["likely"])
    assert "not certain (app settings)" in prediction["sentence"]


# decode-token --for


def decoded(miwire, token, *arguments):
    return miwire("decode-token", *arguments, "-o", "json", stdin=token)


@pytest.mark.parametrize(
    ("site", "claims", "status", "rule"),
    [
        pytest.param("core", {}, 200, "passes", id="core's own"),
        pytest.param("stranger", {}, 403, "allowed-applications", id="a stranger's"),
        pytest.param("core", {"aud": "https://elsewhere"}, 401, "audience", id="for another"),
    ],
)
def test_a_token_is_told_what_the_gate_would_answer(
    protected, miwire, lab, site, claims, status, rule
):
    token = lab.token({"aud": api_of(protected), **claims}, site)
    ended = decoded(miwire, token, "--for", "integration")
    gate = ended.document["predicted"]

    assert (0, None) == (ended.code, ended.document["verified"])
    assert (status, rule, "rg-story/integration") == (gate["status"], gate["rule"], gate["target"])


def test_a_tampered_token_is_no_token_to_the_gate(protected, miwire, lab):
    header, _, signature = lab.token({"aud": "https://elsewhere"}, "core").split(".")
    payload = lab.token({"aud": api_of(protected)}, "core").split(".")[1]
    ended = decoded(miwire, f"{header}.{payload}.{signature}", "--for", "integration")

    assert (401, "signature") == tuple(ended.document["predicted"][k] for k in ("status", "rule"))


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        pytest.param({}, 0, id="as expected"),
        pytest.param({"aud": "https://elsewhere"}, 1, id="for another"),
    ],
)
def test_the_target_says_what_to_verify_a_token_against(protected, miwire, lab, claims, code):
    token = lab.token({"aud": api_of(protected), **claims}, "core")
    ended = decoded(miwire, token, "--verify", "--for", "integration")

    assert (code, code == 0) == (ended.code, ended.document["verified"])
    assert ended.document["predicted"]["rule"] == ("passes" if code == 0 else "audience")


def test_the_moment_that_was_asked_for_is_the_gates_too(protected, miwire, lab):
    token = lab.token({"aud": api_of(protected)}, "core")
    ended = decoded(miwire, token, "--for", "integration", "--at", "2099-01-01")

    assert (401, "lifetime") == tuple(ended.document["predicted"][k] for k in ("status", "rule"))


def test_a_caller_with_too_many_groups_for_a_token_is_not_decided(miwire, lab):
    lab.reset("groups-checked")
    path = f"{lab.site('integration')['resourceId']}/config/authsettingsV2"
    with lab.client("arm") as arm:
        answer = arm.get(path, params={"api-version": "2023-12-01"})
    settings = answer.json()["properties"]
    provider = settings["identityProviders"]["azureActiveDirectory"]
    person = {"oid": "55555555-0000-4000-8000-000000000000", "scp": "read"}
    overage = {"_claim_names": {"groups": "src1"}, "aud": provider["registration"]["clientId"]}
    token = lab.token({**person, **overage}, "core")
    ended = decoded(miwire, token, "--for", "integration")
    prediction = ended.document["predicted"]
    said = miwire("decode-token", "--for", "integration", stdin=token).out

    assert (0, None, True) == (ended.code, prediction["status"], prediction["unknown"])
    assert "group overage" in prediction["sentence"]
    assert "unknown, likely 403" in said


def test_an_open_target_has_nothing_to_verify_a_token_against(miwire, lab):
    ended = decoded(miwire, lab.token({"aud": "a"}, "stranger"), "--verify", "--for", "integration")

    assert (2, True) == (ended.code, "--audience" in ended.document["error"]["hint"])


def test_people_read_the_gates_answer_in_one_line(protected, miwire, lab):
    token = lab.token({"aud": api_of(protected)}, "stranger")
    ended = miwire("decode-token", "--for", "integration", stdin=token)
    (line,) = [each for each in ended.out.splitlines() if each.startswith("predicted")]

    assert "rg-story/integration: 403 (allowed-applications); the caller's client ID" in line
