"""The ids in the allow-lists, as the directory knows them."""

import pytest

from miwire.checks.allow_lists import ALL
from miwire.checks.registry import run
from miwire.finding import Verdict
from miwire.model import auth_settings as at
from miwire.model.directory import ServicePrincipal
from miwire.model.wiring import Target
from miwire.observe.listed import ListedIds

CLIENT = "11111111-2222-3333-4444-555555555555"
OBJECT = "99999999-2222-3333-4444-555555555555"
CORE = ServicePrincipal(OBJECT, CLIENT, "core")


def target(story, applications=(), identities=(), **known):
    settings = story.wired.the_target.settings.with_value(at.APPLICATIONS, list(applications))
    settings = settings.with_value(at.IDENTITIES, list(identities))
    return Target(story.wired.the_target.site, settings, listed=known)


def said(subject):
    return [(each.id, each.seen) for each in run(ALL, subject)]


def test_ids_in_the_right_list_are_no_finding(story):
    assert [] == said(target(story, [CLIENT], [OBJECT], **{CLIENT: CORE, OBJECT: CORE}))


def test_ids_that_nobody_looked_up_are_no_finding(story):
    assert [] == said(target(story, [CLIENT], [OBJECT]))


@pytest.mark.parametrize("spelled", [str, str.upper])
def test_swapped_ids_are_named_with_the_right_ones(story, spelled):
    both = {CLIENT: CORE, OBJECT: CORE}
    first, second = said(target(story, [spelled(OBJECT)], [spelled(CLIENT)], **both))

    assert "MIW212" == first[0] == second[0]
    assert "is the object ID of core: that list is compared with client IDs" in first[1]
    assert f"its client ID is {CLIENT}" in first[1]
    assert f"its object ID is {OBJECT}" in second[1]


def test_ids_of_nobody_are_said_to_be_deleted(story):
    first, second = said(target(story, [CLIENT], [OBJECT], **{CLIENT: None, OBJECT: None}))

    assert "MIW211" == first[0] == second[0]
    assert f"lists {CLIENT}, which isn't the client ID of any service principal" in first[1]
    assert "or be a user's" in second[1]
    assert "user" not in first[1]


def test_a_name_in_a_list_of_ids_is_said_to_allow_nobody(story):
    ((id_, seen),) = said(target(story, ["core"], core=None))

    assert "MIW211" == id_
    assert "lists core, which isn't a client ID: it allows nobody" in seen


def test_an_id_that_stands_twice_in_other_spellings_is_counted(story):
    twice = target(story, [CLIENT, CLIENT.upper()], **{CLIENT: CORE})
    ((id_, seen),) = said(twice)

    assert ("MIW213", True) == (id_, f"lists {CLIENT} 2 times" in seen)
    assert {Verdict.WARN} == {each.verdict for each in run(ALL, twice)}


def test_only_guids_are_looked_up_each_once_and_never_the_apis_own(story):
    own = "00000000-0000-0000-0000-000000000001"
    settings = target(story, [CLIENT, CLIENT.upper(), own, "core"], [OBJECT]).settings
    settings = settings.with_value(at.CLIENT_ID, own)
    settings = settings.with_value(at.AUDIENCES, [f"api://{own}", f"api://{CLIENT}/", "https://x"])
    listed = ListedIds.of(settings)

    assert (OBJECT,) == listed.identities
    assert (CLIENT,) == tuple(map(str.lower, listed.applications))
    assert (CLIENT,) == listed.apis
    assert ("core",) == listed.others
