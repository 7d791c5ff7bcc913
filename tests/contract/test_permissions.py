import pytest

from miwire.model.site import SiteRef
from miwire.permissions import arm as rights
from miwire.permissions.arm import Judgement
from miwire.permissions.graph import ASSIGN_ROLES, READ_DIRECTORY, WRITE_APPLICATIONS, Ownership
from miwire.plan.preflight import missing


@pytest.fixture
def stranger(session, lab):
    """Return a function that opens an Azure as stranger's identity, in a scene."""

    def enter(scene):
        lab.reset(scene)
        return session("stranger")

    return enter


@pytest.fixture
def core(lab):
    return SiteRef.parse(lab.site("core")["resourceId"])


@pytest.fixture
def integration(lab):
    return SiteRef.parse(lab.site("integration")["resourceId"])


@pytest.fixture
def identity(core):
    return (
        f"/subscriptions/{core.subscription}/resourceGroups/{core.group}"
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders"
    )


def judged(azure, *wanted):
    held = azure.permissions.of(wanted)
    return [each.judged(held[each.scope_id]) for each in wanted]


def asked(lab):
    """The scopes whose permissions ARM was queried for, by their last name."""
    ending = "/providers/microsoft.authorization/permissions"
    paths = [each["url"].partition("?")[0].lower() for each in lab.requests("arm")]
    return sorted(path.removesuffix(ending).rpartition("/")[2] for path in paths)


def test_one_look_at_the_group_is_enough_for_all_that_is_in_it(
    azure, lab, core, integration, identity
):
    wanted = [rights.write_site(core), rights.write_settings(integration)]

    assert [Judgement.HELD] * 3 == judged(azure, *wanted, rights.assign_identity(identity))
    assert ["rg-story"] == asked(lab)


def test_a_lone_resource_is_asked_itself(azure, lab, core):
    assert [Judgement.HELD] * 2 == judged(
        azure, rights.write_site(core), rights.list_settings(core)
    )
    assert ["core"] == asked(lab)


def test_nothing_wanted_asks_nobody(azure, lab):
    assert {} == azure.permissions.of([])
    assert [] == lab.requests("arm")


def test_only_where_the_group_gives_too_little_a_resource_is_asked(
    stranger, lab, core, integration, identity
):
    azure = stranger("contributor")
    wanted = (
        rights.write_site(core),
        rights.write_settings(integration),
        rights.assign_identity(identity),
    )

    assert [Judgement.HELD, Judgement.HELD, Judgement.MISSING] == judged(azure, *wanted)
    assert ["id-orders", "rg-story"] == asked(lab)


def test_a_slot_is_asked_below_its_app(stranger, lab, core):
    azure = stranger("reader")
    slot = SiteRef(core.subscription, core.group, core.name, "staging")

    assert [Judgement.MISSING] == judged(azure, rights.write_settings(slot))
    (request,) = lab.requests("arm")
    assert "/microsoft.web/sites/core/slots/staging/providers/" in request["url"].lower()


def test_who_may_not_read_permissions_is_not_judged(stranger, lab, core, integration):
    azure = stranger("story")
    wanted = rights.write_site(core), rights.write_site(integration)

    assert [Judgement.UNKNOWN] * 2 == judged(azure, *wanted)
    assert ["core", "integration", "rg-story"] == asked(lab)


def test_two_spellings_of_an_id_are_one_resource(azure, lab, core):
    shouted = SiteRef(core.subscription, core.group.upper(), core.name.upper())

    assert [Judgement.HELD] * 2 == judged(
        azure, rights.write_site(core), rights.write_site(shouted)
    )
    assert ["core"] == asked(lab)


def test_what_is_certainly_missing_is_returned_in_the_order_it_was_asked(stranger, core):
    azure = stranger("reader")
    wanted = [
        rights.write_site(core),
        READ_DIRECTORY,
        WRITE_APPLICATIONS,
        ASSIGN_ROLES,
        rights.write_site(core),
    ]

    assert tuple(wanted[:4]) == missing(azure, wanted, ownership=Ownership.NEW)


def test_the_operator_lacks_nothing_and_graph_is_not_asked(azure, lab, core):
    wanted = [rights.write_site(core), READ_DIRECTORY, WRITE_APPLICATIONS, ASSIGN_ROLES]

    assert () == missing(azure, wanted)
    assert [] == lab.requests("graph")
