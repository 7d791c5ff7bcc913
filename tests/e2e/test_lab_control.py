"""`miwire lab token`, `requests`, `faults`, `clock`, `url` and `scenes`."""

import json
import re

import jwt
import pytest

from miwire.lab.scenes import names


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_lab_token_prints_the_token_of_the_apps_identity_and_nothing_else(quick, lab, arm):
    principal = arm.get(lab.site("stranger")["resourceId"]).json()["identity"]["principalId"]
    ended = quick("lab", "token", "stranger", "--claim", "aud=api://any", "--claim", 'roles=["A"]')

    assert (0, "") == (ended.code, ended.err)
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", ended.out)
    claims = claims_of(ended.out.strip())
    assert (principal, "api://any", ["A"]) == (claims["oid"], claims["aud"], claims["roles"])


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ("exp=1", "exp", 1),
        ("ver=2.0", "ver", "2.0"),
        ("appidacr=1", "appidacr", "1"),
        ("odd=a=b", "odd", "a=b"),
        ("odd=", "odd", ""),
        ('odd="1"', "odd", "1"),
        ("odd=null", "odd", None),
        ("odd=true", "odd", True),
        ('odd={"a": [1]}', "odd", {"a": [1]}),
        ("odd=NaN", "odd", "NaN"),
        ("odd=" + "[" * 5000, "odd", "[" * 5000),
    ],
)
@pytest.mark.usefixtures("lab")
def test_a_claim_is_json_where_it_can_be_read_as_such_and_a_string_elsewhere(
    quick, typed, name, value
):
    ended = quick("lab", "token", "stranger", "--claim", typed, "-o", "json")

    assert ended.document["command"] == "lab token"
    assert value == claims_of(ended.document["access_token"])[name]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["token", "nothing"], 3),
        (["token", "core"], 2),
        (["token", "stranger", "--claim", "aud"], 2),
        (["token", "stranger", "--claim", "=x"], 2),
        (["url", "nothing"], 3),
        (["clock", "--advance", "soon"], 2),
        (["faults", "/nowhere/at/all"], 3),
        (["faults", "/"], 3),
        (["faults", "/dev/null"], 2),
    ],
)
@pytest.mark.usefixtures("lab")
def test_a_command_that_makes_no_sense_ends_in_one_sentence(quick, arguments, code):
    ended = quick("lab", *arguments, "-o", "json")

    assert code == ended.code == ended.document["exitCode"]
    assert ended.err.count("error[") == 1


def test_lab_requests_lists_what_the_control_route_lists(quick, lab):
    lab.http.get(f"{lab.arm}/subscriptions")
    as_json, text = quick("lab", "requests", "-o", "json"), quick("lab", "requests")
    (entry,) = [each for each in as_json.document["requests"] if each["service"] == "arm"]

    assert ("GET", 401) == (entry["method"], entry["status"])
    assert f"GET {lab.arm}/subscriptions" in text.out
    assert lab.environment["MIWIRE_LAB_KEY"] not in as_json.out + text.out


def test_lab_faults_shows_replaces_and_ends_the_faults(miwire, quick, lab, tmp_path):
    wanted = {"rules": [{"service": "arm", "effect": {"status": 503}}]}
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(wanted))
    from_file = quick("lab", "faults", str(file), "-o", "json")
    failing = lab.http.get(f"{lab.arm}/subscriptions").status_code
    shown = quick("lab", "faults")
    from_stdin = miwire("lab", "faults", "-", stdin="{}")

    assert wanted.items() <= from_file.document.items()
    assert 503 == failing
    assert [1] == json.loads(shown.out)["struck"]["rules"]
    assert (0, "") == (from_stdin.code, from_stdin.err)
    assert "rules" not in lab.faults()


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ('{"nonsense": 1}', "has no member 'nonsense'"),
        ("[]", "doesn't contain a JSON object"),
        ("{", "doesn't contain JSON"),
        ('{"seed": NaN}', "doesn't contain JSON"),
        ("[" * 100_000, "doesn't contain JSON"),
        ('{"sites": {"nothing": "stopped"}}', "nothing"),
    ],
)
def test_faults_that_the_lab_cannot_read_are_named_and_change_nothing(
    miwire, lab, document, sentence
):
    before = lab.faults()
    ended = miwire("lab", "faults", "-", stdin=document)

    assert 2 == ended.code, ended.err
    assert sentence in ended.err
    assert before == lab.faults()


def test_lab_clock_moves_the_clock(quick, lab):
    before = lab.status()["now"]
    ended = quick("lab", "clock", "--advance", "1h", "-o", "json")

    assert before[:13] < ended.document["now"][:13]
    assert ended.document["now"][:13] == lab.status()["now"][:13]


def test_lab_url_prints_the_url(quick, lab):
    lab.reset("twins")

    assert f"{lab.url('core')}\n" == quick("lab", "url", "core").out
    assert 3 == quick("lab", "url", "integration").code
    one = quick("lab", "url", "rg-twin/integration", "-o", "json").document
    assert "/rg-twin/" in one["resourceId"].lower()
    assert one["url"] != quick("lab", "url", "rg-story/integration").out.strip()


def test_lab_scenes_lists_every_scene_without_a_lab(shell):
    listed = shell("lab", "scenes", "-o", "json").document["scenes"]

    assert [each._asdict() for each in names.SCENES] == listed
    assert {"whole", "broken"} == {each["kind"] for each in listed}
    assert {"name", "kind", "summary"} == set().union(*listed)
    assert all(each["summary"].endswith(".") for each in listed)
    assert "wired" in shell("lab", "scenes").out


def test_lab_gate_is_the_older_name_of_lab_attach(quick, lab):
    for name in ("gate", "attach"):
        ended = quick("lab", name, "core", "--upstream", "http://127.0.0.1:9", "-o", "json")

        assert ("lab attach", "http://127.0.0.1:9") == (
            ended.document["command"],
            lab.site("core")["upstream"],
        )
        assert 0 == quick("lab", name, "core", "--remove").code
    assert "gate" not in re.findall(r"^\W*(\w+) ", quick("lab", "--help").out, re.MULTILINE)


@pytest.mark.parametrize("command", ["token a", "requests", "faults", "clock --advance 1", "url a"])
def test_a_command_without_a_lab_says_how_to_start_one(shell, tmp_path, command):
    ended = shell("lab", *command.split(), "--state-dir", str(tmp_path / "none"))

    assert 6 == ended.code
    assert "miwire lab up" in ended.err


def test_the_next_command_names_the_folder_that_only_the_command_line_knew(quick, lab):
    folder = lab.environment["MIWIRE_LAB"]
    told = quick("lab", "up", "--state-dir", folder, MIWIRE_LAB=None)
    other = quick("lab", "up", "--state-dir", folder, MIWIRE_LAB="/nowhere")
    known = quick("lab", "up")

    assert f'next: eval "$(miwire lab env --state-dir {folder})"\n' == told.out == other.out
    assert 'next: eval "$(miwire lab env)"\n' == known.out
