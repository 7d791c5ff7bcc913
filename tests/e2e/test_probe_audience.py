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
