"""The lab is safe by itself: loopback only, and nothing without proof of who asks."""

import socket
from pathlib import Path

import pytest

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


def test_what_holds_secrets_or_changes_what_is_behind_a_gate_is_for_the_operator(lab):
    environment = lab.control("GET", "environment?site=stranger")
    gate = lab.control("POST", "gate", json={"site": "core", "upstream": None})

    assert [401, 401] == [environment.status_code, gate.status_code]


def test_the_operators_secret_has_no_sign_that_a_command_line_would_read_as_an_option(lab):
    assert lab.environment["MIWIRE_LAB_CLIENT_SECRET"].isalnum()
