"""Functions of an app and their triggers, as ARM lists them."""

import pytest

MEMBERS = {
    "name",
    "function_app_id",
    "script_root_path_href",
    "script_href",
    "config_href",
    "test_data_href",
    "secrets_file_href",
    "href",
    "config",
    "files",
    "test_data",
    "invoke_url_template",
    "language",
    "isDisabled",
}


@pytest.fixture
def integration(lab):
    """The resource id of a function app that Event Grid calls."""
    lab.reset("event-triggers")
    return lab.site("integration")["resourceId"]


def triggers(arm, site):
    found = [each["properties"] for each in arm.get(f"{site}/functions").json()["value"]]
    return {
        each["name"]: [binding["type"] for binding in each["config"]["bindings"]] for each in found
    }


def test_functions_are_listed_with_their_bindings(arm, integration):
    assert {
        "items": ["httpTrigger", "http"],
        "on_order": ["eventGridTrigger"],
        "on_blob": ["blobTrigger"],
    } == triggers(arm, integration)


def test_a_function_has_the_captured_members(lab, arm, integration):
    function = arm.get(f"{integration}/functions/ITEMS").json()

    assert ("integration/items", "Microsoft.Web/sites/functions") == (
        function["name"],
        function["type"],
    )
    assert f"{integration}/functions/items" == function["id"]
    assert MEMBERS == function["properties"].keys()
    url = f"{lab.url('integration')}/api/items"
    assert url == function["properties"]["invoke_url_template"]


def test_a_function_is_created_and_deleted(arm, integration):
    path = f"{integration}/functions/nightly"
    body = {"properties": {"config": {"bindings": [{"type": "timerTrigger", "name": "t"}]}}}

    assert 201 == arm.put(path, json=body).status_code
    assert ["timerTrigger"] == triggers(arm, integration)["nightly"]
    assert [204, 404] == [arm.delete(path).status_code for _ in range(2)]
    assert "nightly" not in triggers(arm, integration)


@pytest.mark.parametrize(
    "properties", [{}, {"config": {"bindings": "x"}}, {"config": {"bindings": [{}]}}]
)
def test_a_function_needs_bindings_with_types(arm, integration, properties):
    answer = arm.put(f"{integration}/functions/bad", json={"properties": properties})

    assert (400, "BadRequest") == (answer.status_code, answer.json()["Code"])


def test_a_web_app_has_no_functions(arm, core):
    body = {"properties": {"config": {"bindings": [{"type": "httpTrigger"}]}}}

    assert {} == triggers(arm, core)
    assert 400 == arm.put(f"{core}/functions/items", json=body).status_code


def test_a_reader_reads_functions_and_writes_none(lab):
    lab.reset("reader")
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    with lab.client("arm", token) as arm:
        arm.params = {"api-version": "2025-05-01"}
        path = f"{lab.site('integration')['resourceId']}/functions"

        assert 200 == arm.get(path).status_code
        assert 403 == arm.put(f"{path}/items", json={}).status_code


def test_a_logic_app_is_told_by_its_kind(lab, arm):
    lab.reset("workflows")
    integration = lab.site("integration")["resourceId"]

    assert "functionapp,workflowapp" == arm.get(integration).json()["kind"]
    assert {} == triggers(arm, integration)
