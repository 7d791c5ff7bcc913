"""The command that ends a hand-off script says all that the first one said."""

from dataclasses import fields, replace

from miwire.cli.commands.connect import command_to_run_again
from miwire.model.site import AppName
from miwire.observe.callers import ObserveRequest
from miwire.operations.protect import Protection

TYPED = {
    "app_role": ("Reader", "--app-role Reader"),
    "excluded_paths": (("/health",), "--exclude-path /health"),
    "close": (True, "--replace-sign-in"),
    "keep_sign_in": (True, "--keep-sign-in"),
    "prepare": (True, "--prepare"),
    "service_management_reference": ("guid", "--service-management-reference guid"),
}
NAMED = {
    "app_id": ("client", "--app-id client"),
    "identity": ("/id", "--identity /id"),
    "scope_setting": ("SCOPE", "--scope-setting SCOPE"),
}
NOT_TYPED_AT_CONNECT = {"any_in_tenant", "joining"}
NOT_TYPED_OR_FIRST = {"sources", "client_ids", "enables", "leaving", "looks_inside", "closes"}


def again(story, asked=None, named=None):
    request = named or ObserveRequest(sources=(AppName.parse("core"),))
    return " ".join(command_to_run_again(story.fresh, asked or Protection(), request, "AzureCloud"))


def test_every_option_of_connect_is_known_here():
    assert {each.name for each in fields(Protection)} == TYPED.keys() | NOT_TYPED_AT_CONNECT
    assert {each.name for each in fields(ObserveRequest)} == NAMED.keys() | NOT_TYPED_OR_FIRST


def test_each_option_is_in_the_command(story):
    for name, (value, words) in TYPED.items():
        assert words in again(story, asked=replace(Protection(), **{name: value}))
    for name, (value, words) in NAMED.items():
        assert words in again(story, named=replace(ObserveRequest(), **{name: value}))


def test_what_was_not_typed_is_not_in_the_command(story):
    assert "--" not in again(story)
