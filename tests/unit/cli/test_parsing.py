import json

import pytest

from miwire.cli.parsing import cloud, duration
from miwire.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("3m", 180), ("1h", 3600), ("0", 0)]
)
def test_a_duration_is_written_as_people_write_it(text, seconds):
    assert seconds == duration(text)


@pytest.mark.parametrize("text", ["", "s", "-1", "3 m", "3d", "1e3", "∞"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(BadRequest):
        duration(text)


@pytest.mark.parametrize("name", ["AzureCloud", "azureusgovernment", "AZURECHINACLOUD"])
def test_a_cloud_is_known_by_its_name_in_any_case(name):
    assert cloud(name).name.lower() == name.lower()


def test_a_cloud_is_read_from_a_file_as_az_prints_one(tmp_path):
    file = tmp_path / "cloud.json"
    file.write_text(
        json.dumps(
            {
                "name": "Mine",
                "endpoints": {
                    "resourceManager": "https://arm.example/",
                    "activeDirectory": "https://login.example",
                    "microsoftGraphResourceId": "https://graph.example/",
                },
            }
        )
    )
    found = cloud(str(file))

    assert (
        "Mine",
        "https://arm.example/.default",
        "https://login.example",
        "https://graph.example/.default",
    ) == (found.name, found.resource_manager_scope, found.active_directory, found.graph_scope)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param('{"endpoints": {}}', id="no addresses"),
        pytest.param('{"endpoints": {"resourceManager": "http://a"}}', id="an address over http"),
    ],
)
def test_a_file_that_describes_no_cloud_is_refused(tmp_path, text):
    file = tmp_path / "cloud.json"
    file.write_text(text)

    with pytest.raises(BadRequest):
        cloud(str(file))


def test_a_cloud_that_does_not_exist_is_refused():
    with pytest.raises(BadRequest, match="No cloud and no file is named Nowhere"):
        cloud("Nowhere")
