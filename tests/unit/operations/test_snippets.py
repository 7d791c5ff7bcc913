from dataclasses import replace

from miwire.model.identity import ManagedIdentity
from miwire.model.wiring import Caller
from miwire.operations import snippets as inside


def test_the_code_asks_for_the_scope_and_nothing_else_where_its_own_identity_is_wired(story):
    lines = inside.lines(story.wired)

    assert (
        'token = DefaultAzureCredential().get_token("api://api-client/.default").token'
        == lines.python
    )
    assert "resource=api://api-client" in lines.bash
    assert "client_id=" not in lines.bash
    assert lines.bash.endswith("https://integration.example/")


def test_another_identity_is_named_in_all_of_them(story):
    source = replace(story.core, identity=ManagedIdentity(None, (story.orders,)))
    caller = Caller("core", "orders-client", "orders-principal")
    lines = inside.lines(story.wired.with_source(site=source).with_callers(caller))

    assert 'managed_identity_client_id="orders-client"' in lines.python
    assert "&client_id=orders-client" in lines.bash
    assert "&client_id=orders-client" in lines.powershell


def test_a_v1_token_is_asked_for_by_what_the_gate_accepts(story):
    wired = story.wired
    v1 = replace(wired.the_target.registration, token_version=None)
    settings = wired.the_target.settings.without(
        "identityProviders.azureActiveDirectory.validation.allowedAudiences"
    )

    assert "api://api-client/.default" == inside.lines(wired.with_target(registration=v1)).scope
    assert (
        "api-client/.default"
        == inside.lines(wired.with_target(registration=v1, settings=settings)).scope
    )


def test_there_is_nothing_to_ask_for_without_a_registration(story):
    assert inside.lines(story.fresh) is None


def test_no_line_prints_a_token_or_puts_it_on_a_command_line(story):
    lines = inside.lines(story.wired)

    assert "-H @-" in lines.bash
    assert "-o /dev/null" in lines.bash
    assert "Authorization: Bearer \\1" in lines.bash
    assert ".StatusCode" in lines.powershell
