"""A cloud whose Resource Manager lacks the api-version of Microsoft.Web that the SDK asks for."""

import pytest


@pytest.fixture
def lagging(lab, quick):
    """The operator's shell in front of such a cloud; returns it for a scene."""

    def begun(scene):
        lab.reset(scene)
        lab.faults({"apiVersions": "usgovernment"})
        return quick

    return begun


def refusals(lab):
    """The requests to ARM that were refused."""
    return [each for each in lab.requests("arm") if each["status"] == 400]


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("story", ("enable-identity", "core")),
        ("story", ("connect", "core", "integration", "--scope-setting", "SCOPE")),
        ("slots", ("connect", "core", "integration", "--yes")),
        ("user-assigned", ("protect", "integration")),
        ("no-assignment", ("grant", "core", "integration")),
        ("wired", ("revoke", "core", "integration")),
        ("wired", ("probe", "integration")),
        ("private", ("connect", "core", "integration", "--dry-run")),
    ],
)
def test_every_command_works_and_one_request_finds_the_version(lagging, lab, scene, words):
    ended = lagging(scene)(*words, "-o", "json")

    assert 0 == ended.code, ended.out
    assert 1 == len(refusals(lab))
    assert "api-version=2025" in refusals(lab)[0]["url"]


def test_a_run_in_such_a_cloud_is_undone(lagging, lab):
    miwire = lagging("story")
    connected = miwire("connect", "core", "integration", "-o", "json")
    undone = miwire("undo", connected.document["run"], "--yes", "-o", "json")

    assert (0, 0) == (connected.code, undone.code), undone.out
    assert 200 == lab.called()


def test_a_script_for_someone_else_asks_for_a_version_that_every_cloud_has(inside, lab, tmp_path):
    lab.reset("contributor")
    script = tmp_path / "rest.sh"
    words = ("connect", "core", "integration", "--handoff", str(script), "-o", "json")
    inside("stranger")(*words, AZURE_SUBSCRIPTION_ID=lab.subscription_id)

    assert "api-version=2025" not in script.read_text(encoding="utf-8")


def test_where_the_newer_version_is_known_no_other_is_asked_for(quick, lab):
    lab.reset("wired")
    quick("connect", "core", "integration", "-o", "json")
    web = [each["url"] for each in lab.requests("arm") if "/sites" in each["url"]]

    assert web
    assert not [url for url in web if "api-version=2023-12-01" in url]


def test_a_refusal_of_the_older_version_is_told_as_azure_says_it(lab, quick):
    lab.reset("wired")
    body = {"error": {"code": "NoRegisteredProviderFound", "message": "No version at all."}}
    effect = {"status": 400, "body": body}
    lab.faults({"rules": [{"service": "arm", "path": "microsoft.web", "effect": effect}]})
    ended = quick("connect", "core", "integration", "-o", "json")

    assert ended.code != 0
    assert "NoRegisteredProviderFound: No version at all." in ended.document["error"]["message"]
