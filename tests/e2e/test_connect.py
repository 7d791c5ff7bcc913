"""One command: wired, proved, and nothing done twice."""

import json
import re
import threading
from itertools import pairwise

import pytest

TOKEN = re.compile(r"eyJ[\w-]+\.")
CONNECT = ("connect", "core", "integration", "-o", "json")


@pytest.fixture
def connected(quick):
    """The document of the story's one command."""
    ended = quick(*CONNECT)

    assert ended.code == 0, ended.err
    return ended.document


def proof(document):
    """Name, status and verdict of each case of the proof."""
    return [(case["name"], case["status"], case["ok"]) for case in document["proof"]]


def asked(lab):
    """Everything that was asked of ARM and Graph since the reset."""
    return [each for each in lab.requests() if each["service"] in {"arm", "graph"}]


def test_one_command_wires_and_proves_and_the_source_agrees(miwire, lab):
    ended = miwire(*CONNECT)
    probe = miwire("lab", "exec", "core", "--", "miwire", *lab.with_token())

    assert 0 == ended.code, ended.err
    assert [
        ("without-token", 401, True),
        ("operator", None, True),
        ("source", None, None),
    ] == proof(ended.document)
    assert 200 == ended.document["proof"][2]["predicted"]["status"]
    assert 0 == probe.code, probe.err
    assert "200" in probe.out


def test_the_printed_line_tells_the_status_and_no_token(miwire, connected, lab):
    line = connected["inside"]["bash"]
    ended = miwire("lab", "exec", "core", "--", "bash", "-c", line)

    assert (0, "200\n") == (ended.code, ended.out)
    assert not TOKEN.search(ended.err + json.dumps(connected))
    assert lab.inside("core")["IDENTITY_HEADER"] not in line


def test_the_printed_line_tells_of_a_refusal_too(miwire, quick, connected):
    quick("revoke", "core", "integration")
    ended = miwire("lab", "exec", "core", "--", "bash", "-c", connected["inside"]["bash"])

    # No token is issued to it any more, so that it calls without one.
    assert "401\n" == ended.out


def test_the_gate_is_written_last_and_everything_before_it_only_adds(connected):
    assert [
        "enable-identity",
        "create-registration",
        "define-api",
        "create-service-principal",
        "assign-app-role",
        "write-auth-settings",
    ] == [change["action"] for change in connected["changes"]]
    assert all(change["done"] for change in connected["changes"])


def test_the_document_holds_what_its_parts_hold_and_the_proof(connected):
    assert {"source", "identity", "site", "registration", "servicePrincipal"} <= connected.keys()
    assert {"authSettings", "allowed", "changes", "run", "proof", "scope"} <= connected.keys()
    (caller,) = connected["allowed"]
    assert connected["identity"]["principalId"] == caller["principalId"]
    assert f"api://{connected['registration']['appId']}/.default" == connected["scope"]
    for case in connected["proof"]:
        assert {
            "name",
            "status",
            "ok",
            "expected",
            "elapsedMs",
            "challenge",
            "location",
            "from",
            "speaker",
            "evidence",
            "predicted",
            "why",
        } == case.keys()
    assert "platform" == connected["proof"][0]["from"]


def test_connecting_again_changes_nothing_and_proves_it_again(connected, quick, lab):
    before = lab.writes()
    again = quick(*CONNECT).document

    assert ([], None) == (again["changes"], again["run"])
    assert proof(connected) == proof(again)
    assert before == lab.writes()


@pytest.mark.usefixtures("connected")
def test_a_cold_run_asks_twenty_times_at_most(lab):
    assert len(asked(lab)) <= 20


@pytest.mark.usefixtures("connected")
def test_a_run_that_finds_nothing_to_do_asks_nine_times_in_four_rounds(quick, lab):
    before = len(asked(lab))
    quick(*CONNECT)
    again = [each["url"].partition("?")[0] for each in asked(lab)][before:]
    rounds = [
        {f"{lab.arm}/subscriptions/{lab.subscription_id}"},
        {f"{lab.arm}/subscriptions/{lab.subscription_id}/providers/Microsoft.Web/sites"},
        {
            f"{lab.arm}{lab.site('integration')['resourceId']}/config/authsettingsV2",
            f"{lab.arm}{lab.site('integration')['resourceId']}/config/authsettings/list",
            f"{lab.arm}{lab.site('integration')['resourceId']}/config/appsettings/list",
            f"{lab.arm}{lab.site('core')['resourceId']}/config/appsettings/list",
            f"{lab.arm}{lab.site('core')['resourceId']}/slots",
        },
        {f"{lab.graph}/v1.0/$batch"},
    ]
    begins = [min(again.index(url) for url in each) for each in rounds]

    assert len(again) <= 9
    assert set(again) == set().union(*rounds)
    assert all(first < then for first, then in pairwise(begins))


def test_a_dry_run_shows_the_plan_and_writes_nothing(quick, lab):
    ended = quick(*CONNECT, "--dry-run")
    people = quick("connect", "core", "integration", "--dry-run", "--exit-code")

    assert (0, True, []) == (ended.code, ended.document["dryRun"], ended.document["proof"])
    assert 6 == len(ended.document["changes"])
    assert not any(change["done"] for change in ended.document["changes"])
    assert 1 == people.code
    assert "core: enable system-assigned identity" in people.out
    assert [] == lab.writes()


@pytest.mark.usefixtures("connected")
def test_a_dry_run_of_what_is_wired_is_an_empty_plan(quick):
    assert 0 == quick(*CONNECT, "--dry-run", "--exit-code").code


def test_people_are_told_what_was_done_what_was_seen_and_what_to_do_next(quick):
    ended = quick("connect", "core", "integration")

    assert 0 == ended.code
    assert "rg-story/core → rg-story/integration: connected" in ended.out
    assert re.search(r"without a token +401 +App Service authentication", ended.out)
    assert 'DefaultAzureCredential().get_token("api://' in ended.out
    assert re.search(r"To undo: miwire undo \d{8}T\d{6}Z-", ended.out)
    assert "assign app role Caller to core" in ended.err
    assert not TOKEN.search(ended.out + ended.err)


@pytest.mark.parametrize(
    ("scene", "lacked"),
    [
        pytest.param("reader", "Microsoft.Web/sites/config/write on integration", id="a reader"),
        pytest.param("contributor", "permission to assign app roles", id="a contributor"),
    ],
)
def test_who_may_not_is_told_every_missing_right_before_anything_is_written(
    inside, lab, scene, lacked
):
    lab.reset(scene)
    ended = inside("stranger")(*CONNECT, AZURE_SUBSCRIPTION_ID=lab.subscription_id)
    document = ended.document

    assert 5 == ended.code
    assert lacked in document["error"]["message"]
    assert lacked.partition(" on ")[0] in " ".join(each["right"] for each in document["missing"])
    assert "AppRoleAssignment.ReadWrite.All" in document["error"]["hint"]
    assert not any(change["done"] for change in document["changes"])
    assert [] == lab.writes()


def test_preparing_leaves_the_target_open_and_issues_the_source_its_token(quick, lab):
    ended = quick(*CONNECT, "--prepare")
    scope = ended.document["scope"].removesuffix("/.default")
    token = lab.identity_token(scope, lab.inside("core"))

    assert 0 == ended.code, ended.err
    assert [] == ended.document["proof"]
    assert "write-auth-settings" not in [each["action"] for each in ended.document["changes"]]
    assert (200, 200) == (lab.called(), lab.called(token))
    assert "continues to accept anonymous requests" in " ".join(ended.document["notes"])


def test_preparing_tells_people_how_to_go_on(quick):
    out = quick("connect", "core", "integration", "--prepare").out

    assert "prepared" in out
    assert "miwire connect rg-story/core rg-story/integration" in out


def test_who_sends_tokens_already_sees_no_failure_while_the_gate_closes(miwire, quick, lab):
    prepared = quick(*CONNECT, "--prepare").document
    token = lab.identity_token(prepared["scope"].removesuffix("/.default"), lab.inside("core"))
    statuses, closed, url = [], threading.Event(), lab.url("integration")
    headers = {"Authorization": f"Bearer {token}"}

    def call():
        while not closed.is_set():
            statuses.append(lab.http.get(url, headers=headers).status_code)

    caller = threading.Thread(target=call)
    caller.start()
    try:
        ended = miwire(*CONNECT, "--yes")
    finally:
        closed.set()
        caller.join()

    assert 0 == ended.code, ended.err
    assert ["write-auth-settings"] == [each["action"] for each in ended.document["changes"]]
    assert (401, 200) == (lab.called(), lab.called(token))
    assert len(statuses) > 10
    assert {200} == set(statuses)
