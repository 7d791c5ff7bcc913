"""Letting one source in, or out again: everybody else stays as they are."""

import pytest

GRANT = ("grant", "stranger", "integration", "-o", "json")
REVOKE = ("revoke", "core", "integration", "-o", "json")
PROVIDER = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


@pytest.fixture
def connected(quick):
    """The story wired: core alone is allowed."""
    ended = quick("connect", "core", "integration", "-o", "json")

    assert ended.code == 0, ended.err
    return ended.document


def token_of(lab, name, document):
    """The token that an app has in its pocket."""
    return lab.identity_token(document["scope"].removesuffix("/.default"), lab.inside(name))


def minted(lab, name, document):
    """A token such as an app gets, whether or not one is issued to it now."""
    return lab.token({"aud": document["registration"]["appId"]}, name)


def roles(lab, document):
    """Who holds an app role of the target."""
    path = f"servicePrincipals/{document['servicePrincipal']['objectId']}/appRoleAssignedTo"
    return [each["principalId"] for each in lab.graph_get(path)["value"]]


def test_one_more_is_let_in_beside_who_is_there(connected, quick, inside, lab):
    token = token_of(lab, "core", connected)
    ended = quick(*GRANT)
    (core, stranger) = (lab.identity(each) for each in ("core", "stranger"))

    assert 0 == ended.code, ended.err
    assert ["assign-app-role", "write-auth-settings"] == [
        change["action"] for change in ended.document["changes"]
    ]
    assert ([core[0], stranger[0]], [core[1], stranger[1]]) == lab.listed()
    assert 200 == lab.called(token)
    assert 0 == inside("stranger")(*lab.with_token()).code


@pytest.mark.usefixtures("connected")
def test_what_is_foreign_in_the_lists_and_beside_them_stays(quick, lab):
    settings = lab.settings()
    policy = settings["identityProviders"]["azureActiveDirectory"]["validation"][
        "defaultAuthorizationPolicy"
    ]
    policy["allowedApplications"].append("somebodys-client")
    policy["allowedPrincipals"]["identities"].append("somebody")
    settings["globalValidation"]["excludedPaths"] = ["/health"]
    settings["notInAnySdk"] = {"kept": [1, None]}
    lab.put_settings(settings)
    quick(*GRANT)
    quick(*REVOKE)
    client, principal = lab.identity("stranger")

    assert (["somebodys-client", client], ["somebody", principal]) == lab.listed()
    assert ["/health"] == lab.settings()["globalValidation"]["excludedPaths"]
    assert {"kept": [1, None]} == lab.settings()["notInAnySdk"]


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("command", [GRANT, REVOKE], ids=["grant", "revoke"])
def test_a_second_run_finds_nothing_to_do_and_writes_nothing(quick, lab, command):
    quick(*command)
    before = lab.writes()
    again = quick(*command)

    assert (0, [], None) == (again.code, again.document["changes"], again.document["run"])
    assert before == lab.writes()


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("command", [GRANT, REVOKE], ids=["grant", "revoke"])
def test_a_dry_run_shows_the_plan_and_writes_nothing(quick, lab, command):
    before = lab.writes()
    ended = quick(*command, "--dry-run", "--exit-code")

    assert (1, True) == (ended.code, ended.document["dryRun"])
    assert before == lab.writes()


def test_nobody_is_let_in_where_nobody_is_kept_out(quick, lab):
    ended = quick(*GRANT)

    assert 2 == ended.code
    assert "doesn't require Entra ID tokens" in ended.document["error"]["message"]
    assert (
        "miwire connect rg-story/stranger rg-story/integration" in (ended.document["error"]["hint"])
    )
    assert [] == lab.writes()


def test_a_source_without_an_identity_is_told_how_to_get_one(quick, lab):
    quick("protect", "integration")
    ended = quick("grant", "core", "integration", "-o", "json")

    assert 3 == ended.code
    assert "miwire enable-identity rg-story/core" in ended.document["error"]["hint"]
    assert 401 == lab.called()


def test_the_last_one_is_out_at_once_whatever_token_it_holds(connected, quick, lab):
    token = token_of(lab, "core", connected)
    before = lab.called(token)
    ended = quick(*REVOKE)

    assert 0 == ended.code, ended.err
    assert (200, 403, 401) == (before, lab.called(token), lab.called())
    assert (
        [connected["registration"]["appId"]],
        [connected["servicePrincipal"]["objectId"]],
    ) == lab.listed()
    assert [] == roles(lab, connected)


def test_the_gate_closes_before_the_role_goes(connected, quick):
    assert connected
    assert ["write-auth-settings", "unassign-app-role"] == [
        change["action"] for change in quick(*REVOKE).document["changes"]
    ]


def test_of_two_callers_one_goes_and_the_other_stays(connected, quick, inside, lab):
    quick(*GRANT)
    ended = quick(*REVOKE)
    client, principal = lab.identity("stranger")

    assert 0 == ended.code, ended.err
    assert ([client], [principal]) == lab.listed()
    assert [principal] == roles(lab, connected)
    assert 403 == lab.called(minted(lab, "core", connected))
    assert 0 == inside("stranger")(*lab.with_token()).code


def test_who_was_taken_out_can_be_let_in_again(connected, quick, inside, lab):
    quick(*REVOKE)
    ended = quick("grant", "core", "integration", "-o", "json")

    assert 0 == ended.code, ended.err
    assert connected["allowed"] == ended.document["allowed"]
    assert 0 == inside("core")(*lab.with_token()).code


def test_who_was_never_in_is_out_already(connected, quick, lab):
    ended = quick("revoke", "stranger", "integration", "-o", "json")

    assert (0, []) == (ended.code, ended.document["changes"])
    assert 200 == lab.called(token_of(lab, "core", connected))


@pytest.mark.usefixtures("connected")
def test_people_are_told_who_is_in_who_is_out_and_the_way_back(quick):
    let_in = quick("grant", "stranger", "integration")
    out = quick("revoke", "core", "integration")

    assert "rg-story/stranger → rg-story/integration: now allowed" in let_in.out
    assert "rg-story/core → rg-story/integration: access revoked" in out.out
    assert "core will get 403 from integration as soon as integration has restarted" in out.err
    assert "To undo: miwire undo " in out.out


@pytest.mark.parametrize("command", ["grant", "revoke"])
def test_who_may_not_is_told_before_anything_is_written(inside, quick, lab, command):
    lab.reset("reader")
    quick("connect", "core", "integration")
    before = lab.writes()
    ended = inside("stranger")(
        command, "core", "integration", "-o", "json", AZURE_SUBSCRIPTION_ID=lab.subscription_id
    )

    assert 5 == ended.code
    assert before == lab.writes()


@pytest.fixture
def orders(quick, lab):
    """core wired by id-orders, which integration is attached to as well."""
    lab.reset("user-assigned")
    group = f"/subscriptions/{lab.subscription_id}/resourceGroups/rg-story"
    identity = f"{group}/{PROVIDER}/id-orders"
    ended = quick("connect", "core", "integration", "--identity", identity, "-o", "json")

    assert ended.code == 0, ended.err
    return identity


@pytest.mark.usefixtures("orders")
def test_taking_out_an_identity_that_others_may_share_is_asked(quick, lab):
    before = lab.settings()
    refused = quick(*REVOKE)
    (question,) = quick(*REVOKE, "--dry-run").document["questions"]

    assert (2, "Run the same command again with --yes.") == (
        refused.code,
        refused.document["error"]["hint"],
    )
    assert "core by id-orders: every app that uses this user-assigned identity" in (question)
    assert before == lab.settings()


@pytest.mark.parametrize("answer", ["--yes", "--identity"])
def test_the_answer_or_the_name_of_the_identity_takes_it_out(quick, lab, orders, answer):
    ended = quick(*REVOKE, *(("--yes",) if answer == "--yes" else ("--identity", orders)))
    clients, _ = lab.listed()

    assert 0 == ended.code, ended.err
    assert [ended.document["registration"]["appId"]] == clients


def test_an_identity_that_was_deleted_is_taken_out_by_what_arm_still_tells(quick, lab, orders):
    with lab.client("arm") as arm:
        gone = arm.delete(orders, params={"api-version": "2023-01-31"})
    ended = quick(*REVOKE, "--identity", orders)
    clients, _ = lab.listed()

    assert gone.is_success
    assert 0 == ended.code, ended.err
    assert [ended.document["registration"]["appId"]] == clients


def test_an_identity_that_is_named_leaves_the_others_in(quick, lab, orders):
    payments = orders.replace("id-orders", "id-payments")
    quick("grant", "core", "integration", "--identity", payments)
    before, _ = lab.listed()
    quick(*REVOKE, "--identity", orders)
    after, _ = lab.listed()

    assert before[1:] == after


def test_which_of_two_identities_is_let_in_has_to_be_said(quick, lab, orders):
    before = lab.listed()
    ended = quick("grant", "core", "integration", "-o", "json")

    assert orders
    assert 2 == ended.code
    assert "--identity RESOURCE_ID" in ended.document["error"]["hint"]
    assert before == lab.listed()


UNREADABLE = {
    "status": 403,
    "body": {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient."}},
}


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["for good", "dry"])
def test_who_may_not_read_the_directory_is_not_told_that_somebody_is_out(quick, lab, flags):
    before = lab.writes()
    lab.faults({"rules": [{"service": "graph", "effect": UNREADABLE}]})
    ended = quick(*REVOKE, *flags)

    assert (5, "NotPermitted") == (ended.code, ended.document["error"]["code"])
    assert "Authorization_RequestDenied" in ended.document["error"]["message"]
    assert before == lab.writes()


@pytest.mark.usefixtures("connected")
def test_a_dry_run_that_could_not_read_the_directory_calls_its_plan_a_guess(quick, lab):
    lab.faults({"rules": [{"service": "graph", "effect": UNREADABLE}]})
    ended = quick(*GRANT, "--dry-run")

    assert 0 == ended.code, ended.err
    assert ended.document["notes"][0].startswith(
        "Couldn't read the directory, so this plan may be wrong."
    )
    assert "Authorization_RequestDenied" in ended.document["notes"][0]
