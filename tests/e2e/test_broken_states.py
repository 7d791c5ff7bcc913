"""What is wrong with an app is said by the plans that meet it, in text and in JSON."""

import pytest


@pytest.fixture
def scene(lab, quick):
    """Return a function that puts the lab into a scene and the operator in front of it."""

    def begun(name):
        lab.reset(name)
        return quick

    return begun


def notes(ended):
    """The notes of a plan in JSON, as one text."""
    return " ".join(ended.document["notes"])


def test_a_transposed_issuer_is_named_and_repaired(scene, lab):
    miwire = scene("issuer-transposed")
    planned = miwire("connect", "core", "integration", "--dry-run", "-o", "json")
    told = miwire("connect", "core", "integration")
    provider = lab.settings()["identityProviders"]["azureActiveDirectory"]

    assert "has the version before the tenant" in notes(planned)
    assert "has the version before the tenant" in told.out + told.err
    assert 0 == told.code, told.err
    assert provider["registration"]["openIdIssuer"].endswith(f"/{lab.tenant_id}/v2.0")


@pytest.mark.parametrize(
    ("name", "says"),
    [("issuer-unchecked", "every Microsoft Entra tenant"), ("wrong-issuer", "another tenant's")],
)
def test_a_deliberate_issuer_stops_connect_with_nothing_written(scene, lab, name, says):
    ended = scene(name)("connect", "core", "integration", "-o", "json")

    assert 2 == ended.code
    assert says in ended.document["error"]["message"]
    assert "az webapp auth microsoft update" in ended.document["error"]["hint"]
    assert [] == lab.writes()


def test_a_quoted_path_is_said_to_match_nothing(scene):
    ended = scene("quoted-path")("protect", "integration", "--dry-run", "-o", "json")

    assert "so it matches nothing" in notes(ended)
    assert "Paths that require no token" not in notes(ended)


def test_a_warm_up_path_is_named_and_not_predicted_to_be_closed(scene):
    miwire = scene("warmup-path")
    planned = miwire("connect", "core", "integration", "--dry-run", "-o", "json")
    probed = miwire("probe", "integration", "--without-token", "-o", "json")
    (case,) = (each for each in probed.document["cases"] if each["name"] == "without-token")

    assert "WEBSITE_WARMUP_PATH of integration is /" in notes(planned)
    assert (None, 401) == (case["predicted"]["status"], case["predicted"]["likely"])
    assert "WEBSITE_WARMUP_PATH" in case["predicted"]["sentence"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("target-principal-disabled", "AADSTS500014"), ("caller-principal-disabled", "AADSTS7000112")],
)
def test_a_disabled_principal_is_never_called_connected(scene, name, code):
    ended = scene(name)("connect", "core", "integration", "-o", "json")
    (case,) = (each for each in ended.document["proof"] if each["name"] == "source")

    assert 1 == ended.code
    assert code in notes(ended)
    assert (False, True) == (case["ok"], code in case["why"])


def test_connecting_with_an_empty_allow_list_writes_the_client_id_once(scene, lab):
    ended = scene("empty-allow-list")("connect", "core", "integration", "-o", "json")
    applications, _ = lab.listed()

    assert 0 == ended.code
    assert [lab.identity("core")[0]] == applications


@pytest.mark.parametrize("role", ["User", "user"])
def test_a_role_value_that_graph_refuses_is_refused_before_any_write(scene, lab, role):
    ended = scene("story")("connect", "core", "integration", "--app-role", role, "-o", "json")

    assert (2, []) == (ended.code, lab.writes())
    assert "Microsoft Graph accepts no app role" in ended.document["error"]["message"]


def test_an_identity_endpoint_that_is_off_is_never_called_connected(scene):
    ended = scene("msi-disabled")("connect", "core", "integration", "-o", "json")

    assert 1 == ended.code
    assert "WEBSITE_DISABLE_MSI turns the identity endpoint of core off" in notes(ended)


def test_a_credential_in_the_app_settings_is_asked_and_never_shown(scene, lab):
    miwire = scene("story")
    lab.put_app_settings(
        "core",
        AZURE_TENANT_ID=lab.tenant_id,
        AZURE_CLIENT_ID="11111111-2222-3333-4444-555555555555",
        AZURE_CLIENT_SECRET="hidden-q7Zt9PwX3vLm8RbK2sYc",
    )
    before = lab.writes()
    ended = miwire("connect", "core", "integration", "-o", "json")

    assert (2, before) == (ended.code, lab.writes())
    assert "DefaultAzureCredential uses that service principal" in ended.out
    assert "q7Zt9PwX3vLm8RbK2sYc" not in ended.out + ended.err


def named_in_settings(lab, client_id):
    """Write another client id into the settings of integration."""
    settings = lab.settings()
    registration = settings["identityProviders"]["azureActiveDirectory"]["registration"]
    registration["clientId"] = client_id
    lab.put_settings(settings)


@pytest.mark.parametrize(
    ("which", "says"),
    [
        (0, "is the client ID of the managed identity core"),
        (1, "is the object ID of the managed identity core"),
    ],
)
def test_an_id_of_an_identity_in_place_of_a_registration_is_named(scene, lab, which, says):
    miwire = scene("wired")
    named_in_settings(lab, lab.identity("core")[which])
    before = lab.writes()
    ended = miwire("connect", "core", "integration", "-o", "json")

    assert (3, before) == (ended.code, lab.writes())
    assert says in ended.document["error"]["message"]
    assert "--app-id" in ended.document["error"]["hint"]


def test_a_registration_takes_the_place_of_an_id_that_is_none(scene, lab):
    miwire = scene("wired")
    own = lab.audience()
    named_in_settings(lab, lab.identity("core")[1])
    ended = miwire(
        "protect", "integration", "--replace-sign-in", "--app-id", own, "--yes", "-o", "json"
    )

    assert (0, own) == (ended.code, lab.audience()), ended.out


@pytest.mark.parametrize("command", ["connect", "grant"])
def test_a_slot_of_the_source_that_may_not_call_is_named(scene, lab, command):
    ended = scene("slot-forgotten")(command, "core", "integration", "-o", "json")

    assert (0, []) == (ended.code, lab.writes())
    assert "The slot core/staging has an identity of its own" in notes(ended)


def test_the_fix_for_a_forgotten_slot_cures_it(scene):
    miwire = scene("slot-forgotten")
    told = miwire("connect", "core", "integration", "--dry-run")
    (fix,) = (line for line in told.out.splitlines() if "fix  miwire grant " in line)
    cured = miwire(*fix.partition("miwire ")[2].split())
    again = miwire("connect", "core", "integration", "--dry-run", "-o", "json")

    assert 0 == cured.code, cured.err
    assert "staging" not in notes(again)


def test_a_scope_with_a_slash_under_version_1_tokens_is_named_and_cured_by_version_2(scene, lab):
    miwire = scene("trailing-slash")
    ended = miwire("connect", "core", "integration", "-o", "json")

    assert 0 == ended.code
    assert "slash included" in notes(ended)
    assert "This run cures that." in notes(ended)
    assert "Tokens that core got before this run are of version 1." in notes(ended)
    assert 200 == lab.called(lab.identity_token(f"api://{lab.audience()}/", lab.inside("core")))


def test_a_scope_with_a_slash_that_stays_is_said_by_grant(scene, lab):
    ended = scene("trailing-slash")("grant", "core", "integration", "-o", "json")

    assert "slash included" in notes(ended)
    assert "This run cures that." not in notes(ended)
    assert 401 == lab.called(lab.identity_token(f"api://{lab.audience()}/", lab.inside("core")))


def test_a_role_that_is_assigned_anew_is_said_to_be_missing_in_older_tokens(scene):
    ended = scene("role-still-in-token")("connect", "core", "integration", "-o", "json")

    assert 0 == ended.code
    assert "Tokens that core got before this run may lack the app role." in notes(ended)
    assert "up to 24 hours" in notes(ended)


@pytest.mark.parametrize("choice", ["--keep-sign-in", "--replace-sign-in"])
def test_a_scope_whose_token_is_rejected_is_never_called_connected(scene, choice):
    miwire = scene("bare-audience-missing")
    ended = miwire("connect", "core", "integration", choice, "--yes", "-o", "json")
    (case,) = (each for each in ended.document["proof"] if each["name"] == "source")

    assert (1, False) == (ended.code, case["ok"])
    assert "INTEGRATION_SCOPE of core" in case["why"]
    assert "which the version 2 tokens of integration have in aud" in notes(ended)


def test_the_fix_for_a_scope_whose_token_is_rejected_cures_it(scene):
    miwire = scene("bare-audience-missing")
    words = ("connect", "core", "integration", "--keep-sign-in", "--yes")
    told = miwire(*words)
    cured = miwire(*words, "--scope-setting", "INTEGRATION_SCOPE", "-o", "json")
    inside = miwire("connect", "core", "integration", "--keep-sign-in", "-o", "json")

    assert "--scope-setting INTEGRATION_SCOPE" in told.out + told.err
    assert (0, 0) == (cured.code, inside.code), cured.out


def test_swapped_ids_are_named_and_the_right_ones_added(scene, lab):
    planned = scene("ids-swapped")("connect", "core", "integration", "--dry-run", "-o", "json")
    client_id, object_id = lab.identity("core")

    assert f"lists {object_id}, which is the object ID of core" in notes(planned)
    assert f"lists {client_id}, which is the client ID of core" in notes(planned)


def test_ids_of_an_identity_that_was_deleted_are_named(scene, lab):
    miwire = scene("stale-ids")
    (application,), (identity,) = lab.listed()
    ended = miwire("connect", "core", "integration", "-o", "json")

    assert 0 == ended.code
    assert f"lists {application}, which isn't the client ID of any" in notes(ended)
    assert f"lists {identity}, which isn't the object ID of any" in notes(ended)


def test_an_id_that_is_listed_twice_is_named(scene, lab):
    miwire = scene("wired")
    settings = lab.settings()
    provider = settings["identityProviders"]["azureActiveDirectory"]
    listed = provider["validation"]["defaultAuthorizationPolicy"]["allowedApplications"]
    listed.append(listed[0].upper())
    lab.put_settings(settings)
    ended = miwire("connect", "core", "integration", "--dry-run", "-o", "json")

    assert f"lists {listed[0]} 2 times" in notes(ended)


def test_looking_for_ids_takes_one_request_more_where_some_are_wrong(scene, lab):
    miwire = scene("wired")
    miwire("connect", "core", "integration", "--dry-run", "-o", "json")
    right = len(lab.requests("graph"))
    scene("ids-swapped")("connect", "core", "integration", "--dry-run", "-o", "json")

    assert right + 1 == len(lab.requests("graph"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"publicNetworkAccess": "Disabled"}, "Public network access to integration is disabled"),
        (
            {"clientCertEnabled": True, "clientCertMode": "Required"},
            "integration requires a client certificate as well",
        ),
    ],
)
def test_what_answers_before_authentication_is_named_without_a_request_more(
    scene, lab, change, says
):
    miwire = scene("wired")
    words = ("connect", "core", "integration", "--dry-run", "-o", "json")
    miwire(*words)
    before = len(lab.requests("arm"))
    with lab.client("arm") as arm:
        path = lab.site("integration")["resourceId"]
        body = {"properties": change}
        arm.patch(path, params={"api-version": "2025-05-01"}, json=body).raise_for_status()
    ended = miwire(*words)

    assert says in notes(ended)
    assert 2 * before + 1 == len(lab.requests("arm"))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("stopped", "The state of integration is Stopped"),
        ("private", "Public network access to integration is disabled"),
    ],
)
def test_a_target_that_its_front_end_refuses_is_never_called_connected(scene, name, says):
    miwire = scene(name)
    planned = miwire("connect", "core", "integration", "--dry-run", "-o", "json")
    ended = miwire("connect", "core", "integration", "-o", "json")

    assert says in notes(planned)
    assert 6 == ended.code, ended.out


def test_slots_of_the_source_that_may_not_be_read_are_unknown_and_stop_nothing(scene, lab):
    miwire = scene("slot-forgotten")
    lab.faults({"refusedRights": {"arm": ["Microsoft.Web/sites/slots/read"]}})
    ended = miwire("connect", "core", "integration", "-o", "json")

    assert 0 == ended.code, ended.out
    assert "Couldn't read the source's slots" in notes(ended)


def delete_registration(lab):
    """Delete the registration of integration as somebody does in the portal."""
    with lab.client("graph") as graph:
        path = f"/v1.0/applications(appId='{lab.audience()}')"
        graph.delete(path).raise_for_status()


@pytest.mark.parametrize("command", ["connect", "grant"])
def test_a_deleted_registration_that_the_settings_still_name_is_restored(scene, lab, command):
    miwire = scene("wired")
    own = lab.audience()
    delete_registration(lab)
    ended = miwire(command, "core", "integration", "--yes", "-o", "json")
    token = lab.identity_token(f"api://{own}", lab.inside("core"))

    assert 0 == ended.code, ended.out
    assert "restore-registration" in [each["action"] for each in ended.document["changes"]]
    assert (own, 200) == (lab.audience(), lab.called(token))


def test_another_registration_takes_the_place_of_a_deleted_one_where_it_is_named(scene, lab):
    miwire = scene("wired")
    delete_registration(lab)
    with lab.client("graph") as graph:
        made = graph.post("/v1.0/applications", json={"displayName": "new"}).json()["appId"]
    words = ("--replace-sign-in", "--app-id", made, "--yes", "-o", "json")
    ended = miwire("protect", "integration", *words)

    assert (0, made) == (ended.code, lab.audience()), ended.out


def test_a_registration_that_was_deleted_for_good_is_said_to_be_missing(scene, lab):
    miwire = scene("wired")
    with lab.client("graph") as graph:
        found = graph.get(f"/v1.0/applications(appId='{lab.audience()}')").json()
        delete_registration(lab)
        graph.delete(f"/v1.0/directory/deletedItems/{found['id']}").raise_for_status()
    ended = miwire("connect", "core", "integration", "--no-wait", "-o", "json")

    assert 3 == ended.code
    assert "doesn't exist in this tenant" in ended.document["error"]["message"]


def test_a_source_that_is_likely_to_be_rejected_is_never_called_connected(scene, lab):
    miwire = scene("groups-checked")
    ended = miwire("connect", "core", "integration", "-o", "json")
    people = miwire("connect", "core", "integration").out
    (case,) = (each for each in ended.document["proof"] if each["name"] == "source")
    token = lab.identity_token(f"api://{lab.audience()}", lab.inside("core"))

    assert (1, False) == (ended.code, case["ok"])
    assert (None, 403) == (case["predicted"]["status"], case["predicted"]["likely"])
    assert "app-only tokens carry no groups claim" in case["why"]
    assert "restricts by group" in notes(ended)
    assert not people.startswith("✓")
    assert 403 == lab.called(token)
