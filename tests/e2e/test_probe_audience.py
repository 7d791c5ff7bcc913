"""Which audience probe asks a token for, and what it says where it has none."""

import pytest

ARM = "797f4846-ba00-4fd7-ba43-dac1f8f63013"


@pytest.fixture
def wired(lab):
    """The client id of integration, to which core is wired."""
    lab.reset("wired")
    return lab.audience()


def with_client_id(lab, client_id):
    """Write another client id, as the target's owner can, and accept whatever is for it."""
    settings = lab.settings()
    provider = settings["identityProviders"]["azureActiveDirectory"]
    provider["registration"]["clientId"] = client_id
    provider["validation"]["allowedAudiences"] = [client_id, "https://management.azure.com"]
    lab.put_settings(settings)


def cases(ended):
    return {each["name"]: each for each in ended.document["cases"]}


def received(lab):
    """How many requests integration received."""
    return len(
        [each for each in lab.requests("gate") if each["url"].startswith(lab.url("integration"))]
    )


def asked_for(lab, audience):
    """The requests to the identity endpoint for a token for an audience."""
    return [each for each in lab.requests("identity") if audience in each["url"]]


def test_the_settings_that_arm_has_name_the_audience(wired, quick, lab):
    with lab.client("graph") as graph:
        (api,) = graph.get(f"/v1.0/servicePrincipals?$filter=appId eq '{wired}'").json()["value"]
        path = f"/v1.0/servicePrincipals/{api['id']}"
        graph.patch(path, json={"appRoleAssignmentRequired": False}).raise_for_status()
    ended = quick("probe", "integration", "-o", "json")

    assert wired == ended.document["identity"]["audience"]
    assert 403 == cases(ended)["operator"]["status"]


@pytest.mark.parametrize(
    "client_id", [ARM, ARM.upper(), "https://management.azure.com", f"api://{ARM}", f"{ARM}/"]
)
@pytest.mark.usefixtures("wired")
def test_settings_that_name_microsofts_own_api_get_no_token_for_it(quick, lab, client_id):
    with_client_id(lab, client_id)
    ended = quick("probe", "integration", "-o", "json")
    found = cases(ended)["with-token"]

    assert (None, None) == (found["status"], found["ok"])
    assert found["why"].startswith("not tried: no audience. ")
    assert ended.document["identity"] is None
    assert 1 == received(lab)


@pytest.mark.usefixtures("wired")
def test_settings_that_name_microsofts_own_api_are_warned_of(quick, lab):
    with_client_id(lab, ARM)
    ended = quick("probe", "integration", "--with-token")

    assert 2 == ended.code
    assert "Warning: the settings of" in ended.err
    assert ARM in ended.err
    assert "without a token" in ended.out


@pytest.mark.parametrize("client_id", [ARM, "https://management.azure.com"])
@pytest.mark.usefixtures("wired")
def test_connect_sends_no_token_for_an_api_that_is_not_registered_here(quick, lab, client_id):
    with_client_id(lab, client_id)
    ended = quick("connect", "core", "integration", "--yes", "-o", "json")

    assert ended.code in {2, 3}, ended.out
    assert 0 == received(lab)


@pytest.mark.parametrize("audience", [ARM, f"api://{ARM}", "https://management.azure.com/"])
@pytest.mark.parametrize("output", ["text", "json"])
def test_microsofts_own_audience_is_used_where_it_is_named_and_warned_of(
    quick, lab, audience, output
):
    ended = quick("probe", "integration", "--with-token", "--audience", audience, "-o", output)

    assert f"Warning: {audience} is an audience of a Microsoft service." in ended.err
    assert 1 == ended.err.count("Warning")
    assert output == "text" or [audience in note for note in ended.document["notes"]] == [True]
    assert asked_for(lab, audience.partition("//")[2] or audience)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--without-token",), id="no token is sent"),
        pytest.param(("--with-token", "--token", "env:TOKEN"), id="another token is sent"),
    ],
)
def test_nothing_is_warned_of_where_no_such_token_is_sent(quick, lab, words):
    token = lab.token({"aud": "api://a"}, "stranger")
    ended = quick("probe", "integration", *words, "--audience", ARM, TOKEN=token)

    assert "Warning" not in ended.err


def test_with_neither_flag_the_case_without_a_token_decides(wired, inside, lab):
    core, url = inside("core"), lab.url("integration")
    refused = core("probe", url, "-o", "json")
    lab.reset("story")
    open_ = core("probe", url, "-o", "json")

    assert wired in cases(refused)["with-token"]["why"]
    assert (0, True) == (refused.code, refused.document["ok"])
    assert (1, False) == (open_.code, open_.document["ok"])
    assert "--audience" in cases(open_)["with-token"]["why"]
    assert "error" not in refused.document


def test_people_read_what_the_target_says_on_a_line_of_its_own(wired, inside, lab):
    url = lab.url("integration")
    lines = inside("core")("probe", url).out.splitlines()

    assert (
        f"{url} claims to be api://{wired}. If that is the API you mean: --audience api://{wired}"
    ) in lines
    assert [line for line in lines if line.rstrip().endswith("Not tried: no audience.")]


@pytest.mark.parametrize(("status", "code"), [("401", 0), ("200", 1)])
@pytest.mark.usefixtures("wired")
def test_an_expected_status_is_that_of_the_only_request(inside, lab, status, code):
    ended = inside("core")("probe", lab.url("integration"), "--expect", status)

    assert code == ended.code


@pytest.mark.usefixtures("wired")
def test_no_time_is_waited_for_an_audience(inside, lab):
    ended = inside("core")("probe", lab.url("integration"), "--with-token", "--wait", "100s")

    assert 2 == ended.code
    assert 1 == received(lab)


def test_over_http_to_another_machine_only_what_carries_no_token_is_sent(shell):
    bare = shell("probe", "http://miwire.invalid/")
    words = ["--audience api://a", "--forged", "--with-token", "--with-token --audience api://a"]
    refused = [shell("probe", "http://miwire.invalid/", *each.split()) for each in words]

    assert 6 == bare.code
    assert {2} == {each.code for each in refused}
    assert all("over https only" in each.err for each in refused)


def with_uris(lab, *uris, **more):
    """Give the registration of integration these identifier URIs and no others."""
    path = f"/v1.0/applications(appId='{lab.audience()}')"
    with lab.client("graph") as graph:
        graph.patch(path, json={"identifierUris": list(uris), **more}).raise_for_status()


@pytest.mark.parametrize("words", [(), ("--with-token",)], ids=["you", "with a token"])
@pytest.mark.parametrize("ending", ["", "/", "/.default", "//.default"])
def test_an_audience_that_is_no_identifier_uri_is_named_with_those_that_are(
    wired, quick, lab, words, ending
):
    uri = f"api://{lab.tenant_id}/integration"
    with_uris(lab, uri)
    asked = ("--audience", f"api://{wired}{ending}")
    ended = quick("probe", "integration", *words, *asked, "-o", "json")
    case = cases(ended)["with-token" if words else "operator"]
    found = next(each for each in ended.document["findings"] if each["id"] == "MIW210")

    assert (1, False) == (ended.code, case["ok"])
    assert f"no identifier URI of that name: api://{wired}" in case["why"]
    assert f"Its identifier URI is {uri}." in case["why"]
    assert "assignment" not in case["why"]
    assert ("fail", f"miwire probe rg-story/integration --audience {uri}") == (
        found["verdict"],
        found["fix"],
    )


def test_the_fix_of_a_misnamed_audience_is_shown_to_people_and_cures_it(wired, quick, lab):
    uri = f"api://{lab.tenant_id}/integration"
    with_uris(lab, uri)
    told = quick("probe", "integration", "--audience", f"api://{wired}")
    (fix,) = (line for line in told.out.splitlines() if line.startswith("fix  miwire "))
    again = quick(*fix.removeprefix("fix  miwire ").split(), "-o", "json")

    assert 0 == again.code, again.out
    assert "AADSTS" not in cases(again)["operator"]["why"]


def test_a_registration_without_identifier_uris_is_asked_by_its_client_id(wired, quick, lab):
    with_uris(lab)
    misnamed = quick("probe", "integration", "--audience", f"api://{wired}", "-o", "json")
    bare = quick("probe", "integration", "--audience", wired, "-o", "json")

    assert "It has no identifier URI, only its client ID" in cases(misnamed)["operator"]["why"]
    assert (1, 0) == (misnamed.code, bare.code)
    assert "no app role" in cases(bare)["operator"]["why"]


def test_the_audience_of_another_api_is_called_that(wired, quick, lab):
    other, _ = lab.identity("stranger")
    ended = quick("probe", "integration", "--audience", f"api://{other}", "-o", "json")

    assert f"api://{other} is stranger, and not integration" in cases(ended)["operator"]["why"]
    assert f"Its identifier URI is api://{wired}" in cases(ended)["operator"]["why"]


@pytest.mark.parametrize("audience", ["api://{}/", "API://{}", "{}"])
def test_an_audience_in_another_spelling_is_no_other_one(wired, quick, audience):
    named = audience.format(wired)
    ended = quick("probe", "integration", "--audience", named, "-o", "json")

    assert (0, True) == (ended.code, cases(ended)["operator"]["ok"])
    assert "MIW210" not in {each["id"] for each in ended.document["findings"]}


def test_without_the_directory_a_missing_audience_is_among_the_causes(wired, inside, lab):
    with_uris(lab, f"api://{lab.tenant_id}/integration")
    words = ("probe", lab.url("integration"), "--with-token", "--audience", f"api://{wired}")
    ended = inside("core")(*words, "-o", "json")

    assert (
        "or no service principal in this tenant has the requested audience"
        in (cases(ended)["with-token"]["why"])
    )


@pytest.mark.parametrize("words", [(), ("--with-token",)], ids=["you", "with a token"])
def test_entra_ids_own_code_for_a_misnamed_audience_is_explained_as_well(wired, quick, lab, words):
    with_uris(lab, f"api://{lab.tenant_id}/integration")
    asked = ("--audience", f"api://{wired}", "-o", "json")
    ended = quick(
        *("probe", "integration", *words, *asked),
        AZURE_TOKEN_CREDENTIALS="EnvironmentCredential",
        AZURE_TENANT_ID=lab.tenant_id,
        AZURE_CLIENT_ID=lab.environment["MIWIRE_LAB_CLIENT_ID"],
        AZURE_CLIENT_SECRET=lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
    )
    case = cases(ended)["with-token" if words else "operator"]

    assert 1 == ended.code, ended.out
    assert "has no identifier URI of that name" in case["why"]


def test_outside_the_directory_entra_ids_own_code_names_both_causes(wired, quick, lab):
    ended = quick(
        *("probe", lab.url("integration"), "--with-token"),
        *("--audience", f"api://{wired}-typo", "-o", "json"),
        AZURE_TOKEN_CREDENTIALS="EnvironmentCredential",
        AZURE_TENANT_ID=lab.tenant_id,
        AZURE_CLIENT_ID=lab.environment["MIWIRE_LAB_CLIENT_ID"],
        AZURE_CLIENT_SECRET=lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
    )

    assert "AADSTS500011" in cases(ended)["with-token"]["why"]
    assert "or no identifier URI of that name" in cases(ended)["with-token"]["why"]


@pytest.mark.parametrize("output", ["text", "json"])
def test_inside_the_source_a_slash_at_the_end_of_aud_is_named(inside, lab, output):
    lab.reset("trailing-slash")
    words = ("probe", lab.url("integration"), "--with-token")
    slashed = inside("core")(*words, "--audience", f"api://{lab.audience()}/", "-o", output)
    right = inside("core")(*words, "--audience", f"api://{lab.audience()}", "-o", output)

    assert (1, 0) == (slashed.code, right.code)
    assert "the slash at the end included: request it without" in slashed.out
    assert "slash" not in right.out
