"""connect and grant write the scope into an app setting of the source, and nothing else there."""

import json
import threading
import time
from pathlib import Path

import pytest

NAME = "INTEGRATION_SCOPE"
CONNECT = ("connect", "core", "integration", "--scope-setting", NAME, "-o", "json")
GRANT = ("grant", "core", "integration", "--scope-setting", NAME, "-o", "json")
SECRET = "hunter2-Zq9!xK+pÄß"
OTHERS = {
    "DB_PASSWORD": "p%w \\\"'\t\u2028 é",
    "EMPTY": "",
    "zeta": "2020-01-01T00:00:00Z",
    "VAULT": "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)",
    "JSON": '{"a": [1, null]}',
}


def path(lab, name="core", slot=""):
    return f"{lab.site(name)['resourceId']}{slot}/config/appsettings"


def settings(lab, arm, slot=""):
    """All app settings of core, in the order in which ARM has them."""
    return list(arm.post(f"{path(lab, slot=slot)}/list").json()["properties"].items())


def put(lab, slot="", **more):
    url = {"INTEGRATION_URL": lab.url("integration")}
    with lab.client("arm") as arm:
        arm.params = {"api-version": "2025-05-01"}
        body = {"properties": {**url, **OTHERS, **more}}
        arm.put(path(lab, slot=slot), json=body).raise_for_status()


def slot_settings(lab, arm):
    site = lab.site("core")["resourceId"]
    return arm.get(f"{site}/config/slotConfigNames").json()["properties"]


def put_slot_settings(lab, arm, **names):
    site = lab.site("core")["resourceId"]
    answer = arm.put(f"{site}/config/slotConfigNames", json={"properties": names})
    answer.raise_for_status()


def records(lab):
    folder = Path(lab.environment["MIWIRE_LAB"]) / "runs"
    return "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.json"))


def actions(ended):
    return [change["action"] for change in ended.document["changes"]]


def test_connect_writes_the_scope_that_core_needs_and_undo_removes_it(quick, lab, arm, http):
    put(lab)
    before = settings(lab, arm)
    without = http.get(f"{lab.url('core')}/?auth=1")
    connected = quick(*CONNECT)
    written = settings(lab, arm)
    data = http.get(f"{lab.url('core')}/?auth=1")

    assert (500, 0, 200) == (without.status_code, connected.code, data.status_code)
    assert NAME in without.json()["reason"]
    assert data.json()["items"]
    assert [*before, (NAME, connected.document["scope"])] == written
    assert ["assign-app-role", "set-app-setting", "write-auth-settings"] == actions(connected)[-3:]
    assert "(restarts core)" in connected.document["changes"][-2]["summary"]
    assert "Bicep" in " ".join(connected.document["notes"])

    undone = quick("undo", "--yes", "-o", "json")

    assert 0 == undone.code, undone.err
    assert before == settings(lab, arm)
    assert "restore-app-setting" in actions(undone)
    assert not [value for value in OTHERS.values() if value and value in records(lab)]


def test_connect_again_writes_nothing(quick, lab):
    quick(*CONNECT)
    written = lab.writes()
    again = quick(*CONNECT)

    assert (0, []) == (again.code, again.document["changes"])
    assert written == lab.writes()


def test_a_dry_run_shows_the_change_and_writes_nothing(quick, lab):
    ended = quick(*CONNECT, "--dry-run", "--exit-code")

    assert 1 == ended.code
    assert "set-app-setting" in actions(ended)
    assert [] == lab.writes()


def test_prepare_writes_the_scope_and_connect_later_finds_it(quick, lab, arm):
    prepared = quick(*CONNECT, "--prepare")
    written = settings(lab, arm)
    connected = quick(*CONNECT)

    assert "set-app-setting" == actions(prepared)[-1]
    assert (NAME, prepared.document["scope"]) in written
    assert ["write-auth-settings"] == actions(connected)


def test_grant_to_an_allowed_source_writes_the_setting_alone(quick, lab, arm):
    quick("connect", "core", "integration")
    gate = lab.settings()
    granted = quick(*GRANT)

    assert ["set-app-setting"] == actions(granted)
    assert gate == lab.settings()
    assert granted.document["scopeSetting"]["value"] == dict(settings(lab, arm))[NAME]
    assert 0 == quick("undo", "--yes").code
    assert NAME not in dict(settings(lab, arm))
    assert gate == lab.settings()


def test_a_former_scope_is_replaced_in_its_place_and_comes_back(quick, lab, arm):
    put(lab, **{NAME: "api://old/.default"}, LAST="1")
    before = settings(lab, arm)
    connected = quick(*CONNECT)
    replaced = settings(lab, arm)
    undone = quick("undo", "--yes")

    assert (0, 0) == (connected.code, undone.code)
    assert [name for name, _ in before] == [name for name, _ in replaced]
    assert dict(before) | {NAME: connected.document["scope"]} == dict(replaced)
    assert before == settings(lab, arm)


EVERY_WAY = (("--debug",), (), ("-v",), ("-o", "json"), ("--dry-run",), ("--yes",))


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        "",
        " ",
        f"{SECRET}\n/.default",
        f"{SECRET} /.default",
        f"{SECRET}/.default ",
        f"{SECRET}/.DEFAULT",
        f"https://user:{SECRET}@host/.default",
        f"@Microsoft.KeyVault(SecretUri=https://{SECRET}.vault.azure.net/secrets/s)",
        f"@Microsoft.AppConfiguration(Endpoint=https://e; Key={SECRET})/.default",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln/.default",
    ],
)
@pytest.mark.parametrize("command", ["connect", "grant"])
def test_another_value_is_refused_before_any_write_and_shown_nowhere(
    quick, lab, arm, command, value
):
    if command == "grant":
        quick("enable-identity", "core")
        quick("protect", "integration")
    put(lab, **{NAME: value})
    before, written = settings(lab, arm), lab.writes()
    line = (command, "core", "integration", "--scope-setting", NAME)
    ended = [
        quick(*line, *more)
        for more in (EVERY_WAY if value == SECRET or "KeyVault" in value else EVERY_WAY[::4])
    ]
    told = "".join(each.out + each.err for each in ended) + records(lab)

    assert [2] * len(ended) == [each.code for each in ended]
    assert (before, written) == (settings(lab, arm), lab.writes())
    assert NAME in ended[-1].err
    for part in (SECRET, "eyJzdWIi", "KeyVault"):
        assert part not in told


def test_a_name_that_differs_in_case_alone_is_refused_with_the_one_that_is_there(quick, lab):
    put(lab, integration_scope="api://old/.default")
    ended = quick(*CONNECT)

    assert 2 == ended.code
    assert "--scope-setting integration_scope" in ended.document["error"]["hint"]
    assert [] == [each for each in lab.writes() if "appsettings" not in each]


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "1A", "A B", "A=B", "A;B", "A\n", "Ä", "A$(id)", "A" * 256, "-A"),
        *("WEBSITE_SCOPE", "website_scope", "AZURE_CLIENT_ID", "IDENTITY_ENDPOINT", "MSI_SECRET"),
        *("APPSETTING_X", "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "PATH", "PORT"),
        *("A:B", "A-B"),  # what Azure refuses on Linux
    ],
)
def test_a_name_that_cannot_hold_the_scope_is_refused(quick, lab, name):
    for command in ("connect", "grant"):
        if command == "grant" and name in {"A:B", "A-B"}:
            continue
        ended = quick(command, "core", "integration", "--scope-setting", name, "-o", "json")

        assert 2 == ended.code
        assert ended.document["error"]["hint"]
    assert [] == lab.writes()


def test_an_app_on_windows_takes_a_name_with_a_colon(quick, lab, arm):
    lab.reset("windows")
    ended = quick("connect", "core", "integration", "--scope-setting", "Api:Scope", "-o", "json")

    assert 0 == ended.code
    assert ended.document["scope"] == dict(settings(lab, arm))["Api:Scope"]


def test_undo_refuses_a_value_that_changed_since_and_does_not_show_it(quick, lab, arm):
    quick(*CONNECT)
    put(lab, **{NAME: SECRET})
    before, gate = settings(lab, arm), lab.settings()
    refused = quick("undo", "--yes", "--debug", "-o", "json")

    assert (8, before, gate) == (refused.code, settings(lab, arm), lab.settings())
    assert SECRET not in refused.out + refused.err + records(lab)
    assert NAME in refused.document["error"]["message"]

    forced = quick("undo", "--yes", "--force", "-o", "json")

    assert (0, before) == (forced.code, settings(lab, arm))
    assert "restore-app-setting" not in actions(forced)


def test_undo_of_the_setting_alone_refuses_a_value_that_changed_since(quick, lab):
    quick("connect", "core", "integration")
    quick(*GRANT)
    put(lab, **{NAME: "api://newer/.default"})

    assert 8 == quick("undo", "--yes").code


def test_undo_keeps_what_others_set_since(quick, lab, arm):
    connected = quick(*CONNECT)
    put(lab, **{NAME: connected.document["scope"]}, NEW="1")

    assert 0 == quick("undo", "--yes").code
    assert {*OTHERS, "INTEGRATION_URL", "NEW"} == set(dict(settings(lab, arm)))


def test_undo_of_the_undo_writes_the_scope_again(quick, lab, arm):
    quick("connect", "core", "integration")
    scope = quick(*GRANT).document["scopeSetting"]["value"]
    undo = quick("undo", "--yes", "-o", "json").document["run"]

    assert 0 == quick("undo", undo, "--yes").code
    assert scope == dict(settings(lab, arm))[NAME]


# Slots


@pytest.fixture
def with_slot(lab, arm):
    """core with a slot called staging."""
    site = lab.site("core")["resourceId"]
    body = {"location": "West Europe", "properties": {}}
    arm.put(f"{site}/slots/staging", json=body).raise_for_status()


@pytest.mark.usefixtures("with_slot")
def test_the_name_becomes_a_slot_setting_and_undo_takes_it_back(quick, lab, arm):
    put_slot_settings(
        lab, arm, connectionStringNames=["C"], appSettingNames=["A"], azureStorageConfigNames=["S"]
    )
    before = slot_settings(lab, arm)
    connected = quick(*CONNECT)
    sticky = slot_settings(lab, arm)
    undone = quick("undo", "--yes", "-o", "json")

    assert (0, 0) == (connected.code, undone.code)
    assert ["set-slot-setting", "set-app-setting"] == actions(connected)[-3:-1]
    assert before | {"appSettingNames": ["A", NAME]} == sticky
    assert before == slot_settings(lab, arm)
    assert NAME not in dict(settings(lab, arm))


@pytest.mark.usefixtures("with_slot")
def test_a_name_that_was_a_slot_setting_before_stays_one(quick, lab, arm):
    put_slot_settings(lab, arm, appSettingNames=[NAME.lower()])
    connected = quick(*CONNECT)

    assert "set-slot-setting" not in actions(connected)
    assert 0 == quick("undo", "--yes").code
    assert [NAME.lower()] == slot_settings(lab, arm)["appSettingNames"]


@pytest.mark.usefixtures("with_slot")
def test_a_slot_as_source_gets_its_own_setting_and_the_name_at_its_app(quick, lab, arm):
    production = settings(lab, arm)
    source = "rg-story/core/staging"
    line = ("connect", source, "integration", "--scope-setting", NAME, "-o", "json")
    connected = quick(*line)

    assert 0 == connected.code, connected.err
    assert production == settings(lab, arm)
    assert [(NAME, connected.document["scope"])] == settings(lab, arm, "/slots/staging")
    assert [NAME] == slot_settings(lab, arm)["appSettingNames"]
    assert [] == quick(*line).document["changes"]
    assert 0 == quick("undo", "--yes").code
    assert [] == settings(lab, arm, "/slots/staging")
    assert not slot_settings(lab, arm)["appSettingNames"]


# Rights


@pytest.mark.parametrize("right", ["config/list/action", "config/write"])
def test_a_missing_right_is_named_before_any_write(quick, lab, right):
    lab.faults({"refusedRights": {"arm": [f"Microsoft.Web/sites/{right}"]}})
    ended = quick(*CONNECT)

    assert 5 == ended.code
    assert f"Microsoft.Web/sites/{right} on core" in ended.document["error"]["message"]
    assert [] == lab.writes()


# Somebody else at the same time


def changed_between(lab, step, change):
    """Run *change* once ARM was asked *step* times for the app settings of core."""
    over = threading.Event()

    def asked():
        listed = [each for each in lab.requests("arm") if "/core/config/appsettings" in each["url"]]
        return len([each for each in listed if each["status"]])

    def wait():
        while asked() < step and not over.is_set():
            time.sleep(0.005)
        change()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, over


def test_a_change_since_the_plan_stops_before_the_write(quick, lab, arm):
    quick("connect", "core", "integration", "--prepare")
    delay = {"service": "graph", "effect": {"delay": 0.4}}
    lab.faults({"rules": [delay]})
    thread, over = changed_between(lab, 2, lambda: put(lab, RIVAL=SECRET))
    ended = quick(*CONNECT)
    over.set()
    thread.join(30)
    lab.faults({})

    assert (8, 1) == (ended.code, dict(settings(lab, arm)).get("RIVAL") == SECRET)
    assert NAME not in dict(settings(lab, arm))
    assert SECRET not in ended.out + ended.err + records(lab)


def test_two_runs_at_once_lose_nothing(miwire, lab, arm):
    assert 0 == miwire("connect", "core", "integration").code
    put(lab)
    ended = []

    def run(name):
        line = ("grant", "core", "integration", "--scope-setting", name, "-o", "json")
        ended.append(miwire(*line))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("SCOPE_A", "SCOPE_B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert [0, 0] == [each.code for each in ended], [each.err for each in ended]
    assert {*OTHERS, "INTEGRATION_URL", "SCOPE_A", "SCOPE_B"} == set(dict(settings(lab, arm)))


def test_a_read_that_shows_the_old_settings_for_a_while_is_waited_out(miwire, lab, arm):
    assert 0 == miwire("connect", "core", "integration").code
    lab.advance(3600)
    lab.faults({"armStaleSeconds": 2})
    ended = miwire(*GRANT)
    lab.faults({})

    assert 0 == ended.code, ended.err
    assert NAME in dict(settings(lab, arm))


def test_what_azure_says_of_a_refused_write_repeats_no_value(quick, lab):
    put(lab, OWN=SECRET)
    body = json.dumps({"Code": "BadRequest", "Message": f"The value {SECRET} is too bad."})
    rule = {
        "service": "arm",
        "method": "PUT",
        "path": "/config/appsettings",
        "effect": {"status": 400, "body": body},
    }
    lab.faults({"rules": [rule]})
    ended = quick(*CONNECT, "--debug")
    lab.faults({})

    assert ended.code in {2, 6}
    assert SECRET not in ended.out + ended.err + records(lab)
