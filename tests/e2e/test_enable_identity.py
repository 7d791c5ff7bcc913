import pytest


def test_an_identity_is_made_once_and_its_principal_id_stays(miwire):
    first = miwire("enable-identity", "core", "-o", "json").document
    second = miwire("enable-identity", "core", "-o", "json").document

    assert first["identity"] == second["identity"]
    assert (["enable-identity"], []) == (
        [change["action"] for change in first["changes"]],
        second["changes"],
    )


def test_the_client_id_is_the_one_that_the_directory_knows(miwire, lab):
    identity = miwire("enable-identity", "core", "-o", "json").document["identity"]
    with lab.client("graph") as graph:
        principal = graph.get(f"/v1.0/servicePrincipals/{identity['principalId']}").json()

    assert principal["appId"] == identity["clientId"]


def test_a_dry_run_changes_nothing_and_says_so_by_its_exit_code(miwire, lab):
    ended = miwire("enable-identity", "core", "--dry-run", "--exit-code", "-o", "json")

    assert (1, True, [False]) == (
        ended.code,
        ended.document["dryRun"],
        [change["done"] for change in ended.document["changes"]],
    )
    assert not lab.site("core")["hasIdentity"]


def test_two_user_assigned_identities_stay_when_the_system_assigned_one_comes(miwire, lab):
    lab.reset("user-assigned")
    identity = miwire("enable-identity", "core", "-o", "json").document["identity"]

    assert identity["type"] == "SystemAssigned, UserAssigned"
    assert len(identity["userAssigned"]) == 2


def test_a_user_assigned_identity_is_attached_beside_the_others(miwire, lab):
    lab.reset("user-assigned")
    attached = miwire("enable-identity", "core", "-o", "json").document["identity"]
    one = attached["userAssigned"][0]["id"]
    ended = miwire("enable-identity", "stranger", "--user-assigned", one, "-o", "json")
    identity = ended.document["identity"]

    assert identity["type"] == "SystemAssigned, UserAssigned"
    assert [one.lower()] == [each["id"].lower() for each in identity["userAssigned"]]
    assert (
        []
        == miwire("enable-identity", "stranger", "--user-assigned", one, "-o", "json").document[
            "changes"
        ]
    )


def test_an_app_can_be_named_by_group_id_and_url(miwire, lab):
    site = lab.site("stranger")
    names = ("rg-story/stranger", site["resourceId"], site["url"])
    documents = [miwire("enable-identity", name, "-o", "json").document for name in names]

    assert [site["resourceId"]] * 3 == [document["site"]["id"] for document in documents]


def test_without_the_directory_the_identity_is_enabled_and_what_is_not_known_is_told(miwire, lab):
    refused = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient."}}
    rule = {"service": "graph", "effect": {"status": 403, "body": refused}}
    lab.faults({"rules": [rule]})
    ended = miwire("enable-identity", "core", "-o", "json")

    assert (0, None) == (ended.code, ended.document["identity"]["clientId"])
    assert lab.site("core")["hasIdentity"]
    assert "Authorization_RequestDenied" in ended.document["notes"][0]


@pytest.mark.parametrize("status", [200, 202])
def test_an_identity_that_is_there_only_after_the_answer_is_waited_for(quick, lab, status):
    lab.faults({"armLateSeconds": 2, "armLateStatus": status})
    ended = quick("enable-identity", "core", "-o", "json")

    assert 0 == ended.code, ended.err
    assert lab.identity("core")[1] == ended.document["identity"]["principalId"]


def test_an_identity_that_never_comes_is_a_timeout_and_no_success(quick, lab):
    lab.faults({"armLateSeconds": 600})
    ended = quick("enable-identity", "core", "-o", "json", "--wait", "2s")

    assert 7 == ended.code
    assert "None" not in ended.out
