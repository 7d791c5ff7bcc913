"""What others did, before a run, after it or in its place, stays when the run is taken back."""

import json
from pathlib import Path

CONNECT = ("connect", "core", "integration", "-o", "json")
NEWCOMERS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
REFUSED = {"status": 403, "body": {"error": {"code": "Forbidden", "message": "Not today."}}}
MANAGED = ["Application.Read.All", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]
NO_DIRECTORY = [*MANAGED, "Directory.Read.All", "Directory.ReadWrite.All"]


def actions(document):
    return [change["action"] for change in document["changes"]]


def runs(lab):
    return Path(lab.environment["MIWIRE_LAB"]) / "runs"


def registrations(lab):
    return [each["displayName"] for each in lab.graph_get("applications")["value"]]


def policy(settings):
    provider = settings["identityProviders"]["azureActiveDirectory"]
    return provider["validation"]["defaultAuthorizationPolicy"]


def let_in_by_hand(lab):
    """Put a client and an identity into the lists, as somebody in the portal does."""
    settings = lab.settings()
    policy(settings)["allowedApplications"].append(NEWCOMERS[0])
    policy(settings)["allowedPrincipals"]["identities"].append(NEWCOMERS[1])
    lab.put_settings(settings)


def refusing(lab, service, method, path):
    rule = {"service": service, "method": method, "path": path, "effect": REFUSED}
    lab.faults({"rules": [rule]})


def on_another_machine(lab, quick, *command):
    """Run something whose record this machine does not see."""
    before = set(runs(lab).glob("*.json"))
    ended = quick(*command)
    assert ended.code == 0, ended.err
    for record in set(runs(lab).glob("*.json")) - before:
        record.unlink()


def without_identity(lab, name):
    with lab.client("arm") as arm:
        query = {"api-version": "2025-05-01"}
        path, body = lab.site(name)["resourceId"], {"identity": {"type": "None"}}
        assert arm.patch(path, params=query, json=body).is_success


def with_user_assigned(lab):
    lab.reset("user-assigned")
    group = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story"
    return f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders"


def identity_of(lab, name):
    with lab.client("arm") as arm:
        query = {"api-version": "2025-05-01"}
        return arm.get(lab.site(name)["resourceId"], params=query).json()["identity"]


def test_a_run_that_changed_nothing_takes_nobody_out(quick, lab):
    assert 0 == quick(*CONNECT).code
    refusing(lab, "graph", "POST", "appRoleAssignedTo")
    assert 5 == quick("grant", "stranger", "integration").code
    lab.faults({})
    let_in_by_hand(lab)
    before = lab.settings()

    ended = quick("undo", "-o", "json")

    assert (0, []) == (ended.code, ended.document["changes"]), ended.err
    assert before == lab.settings()


def test_a_protection_of_another_machine_stays_though_a_run_here_broke_off_before_it(quick, lab):
    refusing(lab, "graph", "PATCH", "applications")
    assert 0 != quick(*CONNECT).code
    lab.faults({})
    on_another_machine(lab, quick, "protect", "integration", "--allow", "stranger")
    before = lab.settings()

    ended = quick("undo", "--yes", "-o", "json")

    assert 8 == ended.code
    assert (before, 401) == (lab.settings(), lab.called())
    assert "integration" in registrations(lab)


def test_a_caller_added_after_a_run_that_broke_off_stops_its_undo(quick, lab):
    refusing(lab, "arm", "PUT", "authsettingsv2")
    broken_off = quick(*CONNECT)
    lab.faults({})
    assert 5 == broken_off.code
    assert 0 == quick(*CONNECT).code
    assert 0 == quick("grant", "stranger", "integration").code

    ended = quick("undo", broken_off.document["run"], "--yes", "-o", "json")

    assert 8 == ended.code
    assert 401 == lab.called()


def test_a_registration_that_a_run_could_not_see_is_not_its_own(quick, lab, tmp_path):
    on_another_machine(lab, quick, *CONNECT)
    without_identity(lab, "stranger")
    lab.faults({"refusedRights": {"graph": [*NO_DIRECTORY, "AppRoleAssignment.ReadWrite.All"]}})
    script = tmp_path / "handoff.sh"
    assert 5 == quick("connect", "stranger", "integration", "--handoff", str(script)).code
    lab.faults({})

    ended = quick("undo", "--force", "-o", "json")

    assert (0, []) == (ended.code, ended.document["changes"]), ended.err
    assert "integration" in registrations(lab)


def test_a_system_identity_that_came_later_stays(quick, lab):
    identity = with_user_assigned(lab)
    without_identity(lab, "stranger")
    assert 0 == quick("connect", "stranger", "integration", "--identity", identity).code
    assert 0 == quick("enable-identity", "stranger").code
    before = identity_of(lab, "stranger")

    ended = quick("undo", "--remove-identity", "--yes", "-o", "json")

    assert 0 == ended.code, ended.err
    after = identity_of(lab, "stranger")
    assert ("SystemAssigned", before["principalId"]) == (after["type"], after["principalId"])
    assert "stranger: remove the user-assigned identity id-orders" in ended.out


def test_a_run_whose_undo_was_undone_is_the_one_to_take_back(quick):
    assert 0 == quick("protect", "stranger").code
    connected = quick(*CONNECT).document
    undone = quick("undo", "--yes", "-o", "json").document
    assert 0 == quick("undo", undone["run"], "--yes").code
    listed = {
        each["run"]: each for each in json.loads(quick("undo", "--list", "-o", "json").out)["runs"]
    }

    ended = quick("undo", "--dry-run", "-o", "json")

    assert not listed[connected["run"]]["undone"]
    assert connected["run"] == ended.document["undoes"]
    assert "integration" == ended.document["site"]["name"]


def test_force_takes_an_id_out_however_it_is_written(quick, lab):
    connected = quick(*CONNECT).document
    granted = quick("grant", "stranger", "integration", "-o", "json").document
    settings = lab.settings()
    lists = policy(settings)
    lists["allowedApplications"] = [each.upper() for each in lists["allowedApplications"]]
    lab.put_settings(settings)

    ended = quick("undo", granted["run"], "--force", "--yes")

    assert 0 == ended.code, ended.err
    left = policy(lab.settings())["allowedApplications"]
    assert [connected["identity"]["clientId"].upper()] == left


def test_settings_that_a_file_overrides_are_not_taken_back(quick, lab):
    assert 0 == quick(*CONNECT).code
    settings = lab.settings()
    settings["platform"]["configFilePath"] = "auth.json"
    lab.put_settings(settings)

    ended = quick("undo", "--force", "--yes", "-o", "json")

    assert 2 == ended.code
    assert "are read from file auth.json" in ended.document["error"]["message"]
    assert "integration" in registrations(lab)
