"""What the settings say of the token that a caller will send, rule by rule."""

from dataclasses import replace

import pytest

from miwire.checks import callers
from miwire.checks.registry import run
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy

ANOTHER = "0a1b2c3d-0000-4444-8888-aaaabbbbcccc"
AAD = "identityProviders.azureActiveDirectory"
BREAKS = {
    "MIW140": (at.APPLICATIONS, [ANOTHER]),
    "MIW141": (at.IDENTITIES, [ANOTHER]),
    "MIW142": (at.CHECKED_APPLICATIONS, [ANOTHER]),
    "MIW144": (at.ISSUER, f"https://login.microsoftonline.com/{ANOTHER}/v2.0"),
    "MIW145": (at.AAD_ENABLED, False),
}


def verdicts(wiring):
    """The verdict of each check."""
    return {each.id: each.verdict for each in run(callers.ALL, wiring)}


def with_setting(wiring, path, value):
    return wiring.with_target(settings=wiring.the_target.settings.with_value(path, value))


def known(wiring):
    """A wiring of which the app settings were read, too."""
    return wiring.with_target(app_settings={})


def test_a_listed_caller_is_accepted_by_every_rule(story):
    said = verdicts(known(story.wired))

    assert {Verdict.PASS} == set(said.values())
    assert {"MIW140", "MIW141", "MIW143", "MIW144", "MIW145", "MIW146"} == said.keys()


@pytest.mark.parametrize("identifier", BREAKS)
def test_each_rule_that_rejects_the_caller_has_an_id_of_its_own(story, identifier):
    path, value = BREAKS[identifier]
    said = verdicts(known(with_setting(story.wired, path, value)))

    assert [identifier] == [id_ for id_, verdict in said.items() if verdict is Verdict.FAIL]


def test_an_audience_of_another_api_is_rejected(story):
    registration = replace(story.wired.the_target.registration, app_id="another-client")
    said = verdicts(known(story.wired.with_target(registration=registration)))

    assert Verdict.FAIL is said["MIW143"]


def test_an_app_setting_that_names_another_tenant_rejects_the_caller(story):
    elsewhere = {"WEBSITE_AUTH_AAD_ALLOWED_TENANTS": ANOTHER}

    assert Verdict.FAIL is verdicts(story.wired.with_target(app_settings=elsewhere))["MIW146"]


def test_what_rejects_the_caller_names_the_command_that_allows_it(story):
    wiring = with_setting(known(story.wired), at.APPLICATIONS, [ANOTHER])
    (said,) = (each for each in run(callers.ALL, wiring) if each.verdict is Verdict.FAIL)

    assert Fix(Remedy.GRANT, source="rg/core", target="rg/integration") == said.fix
    assert "core-client" in said.seen
    assert ANOTHER in said.seen


@pytest.mark.parametrize("part", [Part.AUTH_SETTINGS, Part.DIRECTORY])
def test_nothing_is_known_of_a_caller_where_a_part_could_not_be_read(story, part):
    said = verdicts(story.wired.with_target(unread={part: "no right"}))

    assert {Verdict.UNKNOWN} == set(said.values())
    assert {check.id for check in callers.ALL} == said.keys()


def test_a_caller_without_an_identity_is_not_judged_by_the_lists(story):
    assert {} == verdicts(known(story.fresh))
