"""The lab is safe by itself: loopback only, and nothing without proof of who asks."""

import os
import socket
from pathlib import Path

import pytest

from miwire.lab import launcher

TABLES = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
LISTENING = "0A"
LOOPBACK = "0100007F"


def family_of(pid):
    """A process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in family_of(int(child)))]


def sockets_of(pid):
    found = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        # A connection may be closed while the folder is read.
        target = str(handle.readlink()) if handle.is_symlink() else ""
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


@pytest.mark.skipif(not TABLES[0].exists(), reason="only Linux tells who listens where")
def test_a_lab_and_its_programs_listen_on_loopback_only(lab, http):
    assert 200 == http.get(lab.url("integration")).status_code
    own = set().union(*(sockets_of(pid) for pid in family_of(lab.info.pid)))
    rows = [row.split() for table in TABLES for row in table.read_text("ascii").splitlines()[1:]]
    listening = [row[1].partition(":")[0] for row in rows if row[3] == LISTENING and row[9] in own]

    assert len(listening) > 10
    assert {LOOPBACK} == set(listening)


def test_a_lab_does_not_answer_at_the_machines_other_addresses(lab):
    port = int(lab.arm.rpartition(":")[2])

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), 5)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/subscriptions"),
        ("GET", "/tenants"),
        ("PUT", "/subscriptions/a/resourceGroups/b/providers/Microsoft.Web/sites/c"),
        ("POST", "/anything/at/all"),
        ("DELETE", "/"),
    ],
)
def test_arm_answers_nobody_without_a_token(lab, http, method, path):
    answer = http.request(method, f"{lab.arm}{path}?api-version=2025-05-01", json={})

    assert (401, "AuthenticationFailed") == (answer.status_code, answer.json()["error"]["code"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1.0/applications"),
        ("POST", "/v1.0/servicePrincipals"),
        ("POST", "/v1.0/$batch"),
        ("GET", "/v1.0/anything/at/all"),
    ],
)
def test_graph_answers_nobody_without_a_token(lab, http, method, path):
    answer = http.request(method, f"{lab.graph}{path}", json={})

    assert (401, "InvalidAuthenticationToken") == (
        answer.status_code,
        answer.json()["error"]["code"],
    )


def test_no_token_is_given_without_a_secret(lab, http):
    resource = {"api-version": "2019-08-01", "resource": lab.arm}
    form = {
        "grant_type": "client_credentials",
        "client_id": lab.environment["MIWIRE_LAB_CLIENT_ID"],
        "scope": f"{lab.graph}/.default",
    }
    for_identity = http.get(lab.environment["IDENTITY_ENDPOINT"], params=resource)
    for_client = http.post(f"{lab.entra}/{lab.tenant_id}/oauth2/v2.0/token", data=form)

    assert [401, 401] == [for_identity.status_code, for_client.status_code]


ROUTES = [
    ("GET", "requests", None),
    ("GET", "status", None),
    ("GET", "environment?site=stranger", None),
    ("GET", "faults", None),
    ("POST", "faults", {}),
    ("POST", "reset", {"scene": "empty"}),
    ("POST", "clock", {"advance": 3600}),
    ("POST", "gate", {"site": "core", "upstream": None}),
    ("POST", "tokens", {"claims": {"aud": "api://any"}}),
    ("GET", "no-such-route", None),
    ("DELETE", "requests", None),
    ("HEAD", "requests", None),
    ("GET", "health/../requests", None),
]


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_a_control_route_without_the_labs_key_answers_401_and_does_nothing(
    lab, method, route, body
):
    before = lab.status()
    own = lab.environment
    wrong = ["", "a guess", own["MIWIRE_LAB_KEY"][:-1], own["MIWIRE_LAB_KEY"] + "0", "\xe9"]
    wrong += [own["IDENTITY_HEADER"], own["MIWIRE_LAB_CLIENT_SECRET"]]
    answers = [lab.control(method, route, key=key.encode("latin-1"), json=body) for key in wrong]
    with_bearer = {"Authorization": f"Bearer {lab.operator_token(lab.arm)}"}
    answers.append(lab.control(method, route, key="", headers=with_bearer, json=body))

    assert {401} == {answer.status_code for answer in answers}
    assert not any("access_token" in answer.text for answer in answers)
    assert before | {"now": ""} == lab.status() | {"now": ""}


def test_health_says_without_a_key_that_the_lab_answers_and_nothing_else(lab):
    answer = lab.control("GET", "health", key="")

    assert (200, {"ready": True}) == (answer.status_code, answer.json())
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert 403 == lab.control("GET", "health", key="", headers=headers).status_code


def test_the_labs_key_stays_the_same_over_a_reset(lab):
    before = lab.environment["MIWIRE_LAB_KEY"]
    lab.reset("wired")
    lab.reset("story")

    assert 200 == lab.control("GET", "status", key=before).status_code


def test_the_labs_key_is_in_no_program_no_log_and_no_answer(lab, http):
    key = lab.environment["MIWIRE_LAB_KEY"]
    assert 200 == http.get(f"{lab.url('core')}/?auth=0").status_code
    inside = launcher.site_environment(lab.info, "core", {**os.environ, **lab.environment})
    answers = [lab.control("GET", name).text for name in ("requests", "status", "faults")]
    files = [
        path.read_bytes()
        for path in lab.info.state_dir.rglob("*")
        if path.is_file() and path.name != "lab.json"
    ]
    processes = [Path(f"/proc/{pid}") for pid in family_of(lab.info.pid)]
    told = [(each / name).read_bytes() for each in processes for name in ("cmdline", "environ")]

    assert not any(key in value for value in [*inside.values(), *answers])
    assert not any(key.encode() in content for content in [*files, *told])
    assert len(processes) > 1


def test_the_operators_secret_has_no_sign_that_a_command_line_would_read_as_an_option(lab):
    assert lab.environment["MIWIRE_LAB_CLIENT_SECRET"].isalnum()
