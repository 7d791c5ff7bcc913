"""Every command that changes something tells where it works and as whom, without a request more."""

import pytest

COMMANDS = [
    pytest.param(("enable-identity", "core"), id="enable-identity"),
    pytest.param(("protect", "integration", "--allow-any-in-tenant"), id="protect"),
    pytest.param(("connect", "core", "integration"), id="connect"),
]


def expected(lab):
    return {
        "cloud": "MiwireLab",
        "tenant": {"id": lab.tenant_id},
        "subscription": {"id": lab.subscription_id, "name": "Story"},
        "signedInAs": f"service principal {lab.environment['MIWIRE_LAB_CLIENT_ID']}",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_a_document_tells_where_and_as_whom(quick, lab, command):
    ended = quick(*command, "--dry-run", "-o", "json")

    assert expected(lab) == ended.document["context"]


def test_every_command_that_changes_something_tells_it_before_and_after(quick, lab):
    for command in (
        ("connect", "core", "integration"),
        ("revoke", "core", "integration"),
        ("grant", "core", "integration"),
        ("undo",),
    ):
        for words in ((*command, "--dry-run"), (*command, "--yes")):
            ended = quick(*words, "-o", "json")

            assert 0 == ended.code, ended.err
            assert expected(lab) == ended.document["context"]


def test_the_subscription_has_a_name_where_the_app_is_named_by_its_id_too(quick, lab):
    core = lab.site("core")["resourceId"]
    ended = quick("enable-identity", core, "--dry-run", "-o", "json")

    assert expected(lab) == ended.document["context"]
