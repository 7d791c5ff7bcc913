import base64
import json

import pytest

from miwire.permissions import graph
from miwire.permissions.arm import Judgement
from miwire.permissions.graph import ASSIGN_ROLES, READ_DIRECTORY, WRITE_APPLICATIONS, Ownership
from miwire.tokens.access_token import AccessToken

HELD, MISSING, UNKNOWN = Judgement.HELD, Judgement.MISSING, Judgement.UNKNOWN
NEW, OWN, OTHERS, NOT_KNOWN = Ownership
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
ALL_READ = "Application.Read.All"
ALL_WRITE = "Application.ReadWrite.All"
ASSIGN = "AppRoleAssignment.ReadWrite.All"
DIRECTORY = "Directory.ReadWrite.All"


def token(claims):
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in parts]
    return AccessToken.parse(".".join(each.rstrip("=") for each in [*encoded, "c2ln"]))


def app(*roles, wids=None):
    """A token of an app; Entra ID puts one wid there for every app."""
    return token(
        {"idtyp": "app", "wids": wids or [graph.EVERY_APP]}
        | ({"roles": list(roles)} if roles else {})
    )


def person(*wids, told=True):
    """A token of a person, as azure-cli gets it: `scp` names more than the person may."""
    roles = {"wids": [*wids, graph.EVERY_MEMBER]} if told else {}
    return token({"idtyp": "user", "scp": f"{ALL_WRITE} {ASSIGN}", **roles})


@pytest.mark.parametrize(
    ("right", "roles", "ownership", "judgement"),
    [
        (READ_DIRECTORY, [], OTHERS, MISSING),
        (READ_DIRECTORY, [ASSIGN], OTHERS, MISSING),
        (READ_DIRECTORY, [ALL_READ], OTHERS, HELD),
        (READ_DIRECTORY, [graph.OWNED_BY], NEW, HELD),
        (WRITE_APPLICATIONS, [ALL_READ], NEW, MISSING),
        (WRITE_APPLICATIONS, [ALL_READ], NOT_KNOWN, MISSING),
        (WRITE_APPLICATIONS, [ALL_WRITE], OTHERS, HELD),
        (WRITE_APPLICATIONS, [DIRECTORY], OTHERS, HELD),
        (WRITE_APPLICATIONS, [graph.OWNED_BY], NEW, HELD),
        (WRITE_APPLICATIONS, [graph.OWNED_BY], OWN, HELD),
        (WRITE_APPLICATIONS, [graph.OWNED_BY], NOT_KNOWN, UNKNOWN),
        (WRITE_APPLICATIONS, [graph.OWNED_BY], OTHERS, MISSING),
        (ASSIGN_ROLES, [ALL_WRITE], NEW, MISSING),
        (ASSIGN_ROLES, [ASSIGN], OTHERS, HELD),
        (ASSIGN_ROLES, [DIRECTORY], OTHERS, UNKNOWN),
    ],
)
def test_an_app_has_what_its_permissions_give(right, roles, ownership, judgement):
    assert judgement == right.judged(app(*roles), ownership)


@pytest.mark.parametrize("right", [READ_DIRECTORY, WRITE_APPLICATIONS, ASSIGN_ROLES])
@pytest.mark.parametrize(
    "role", [graph.CLOUD_APPLICATION_ADMINISTRATOR, USER_ADMINISTRATOR, "an unheard-of role"]
)
def test_an_app_with_a_directory_role_may_have_more_than_its_permissions_say(right, role):
    assert UNKNOWN == right.judged(app(wids=[role, graph.EVERY_APP]), OTHERS)


def test_a_role_that_reads_writes_nothing_for_an_app_either():
    reader = app(wids=[graph.DIRECTORY_READERS])

    assert (UNKNOWN, MISSING) == (
        READ_DIRECTORY.judged(reader, OTHERS),
        WRITE_APPLICATIONS.judged(reader, OTHERS),
    )


@pytest.mark.parametrize("ownership", list(Ownership))
@pytest.mark.parametrize("right", [READ_DIRECTORY, WRITE_APPLICATIONS, ASSIGN_ROLES])
@pytest.mark.parametrize(
    "role",
    [
        graph.GLOBAL_ADMINISTRATOR,
        graph.APPLICATION_ADMINISTRATOR,
        graph.CLOUD_APPLICATION_ADMINISTRATOR.upper(),
    ],
)
def test_an_administrator_of_applications_has_every_right(right, role, ownership):
    assert HELD == right.judged(person(role), ownership)


@pytest.mark.parametrize(
    ("right", "wids", "ownership", "judgement"),
    [
        (READ_DIRECTORY, [], OTHERS, UNKNOWN),
        (READ_DIRECTORY, [graph.DIRECTORY_READERS], OTHERS, HELD),
        (WRITE_APPLICATIONS, [], NEW, UNKNOWN),
        (WRITE_APPLICATIONS, [], OWN, HELD),
        (WRITE_APPLICATIONS, [], NOT_KNOWN, UNKNOWN),
        (WRITE_APPLICATIONS, [], OTHERS, UNKNOWN),
        (WRITE_APPLICATIONS, [graph.APPLICATION_DEVELOPER], NEW, UNKNOWN),
        (WRITE_APPLICATIONS, [graph.APPLICATION_DEVELOPER], OTHERS, UNKNOWN),
        (WRITE_APPLICATIONS, [graph.PRIVILEGED_ROLE_ADMINISTRATOR], OTHERS, UNKNOWN),
        (WRITE_APPLICATIONS, [USER_ADMINISTRATOR], OTHERS, UNKNOWN),
        (ASSIGN_ROLES, [], NEW, UNKNOWN),
        (ASSIGN_ROLES, [], OWN, UNKNOWN),
        (ASSIGN_ROLES, [], NOT_KNOWN, UNKNOWN),
        (ASSIGN_ROLES, [], OTHERS, UNKNOWN),
        (ASSIGN_ROLES, [graph.PRIVILEGED_ROLE_ADMINISTRATOR], OTHERS, HELD),
        (ASSIGN_ROLES, [USER_ADMINISTRATOR], OTHERS, UNKNOWN),
    ],
)
def test_a_person_has_what_roles_and_ownership_give(right, wids, ownership, judgement):
    assert judgement == right.judged(person(*wids), ownership)


@pytest.mark.parametrize("right", [READ_DIRECTORY, WRITE_APPLICATIONS, ASSIGN_ROLES])
def test_a_persons_token_without_wids_decides_nothing(right):
    assert UNKNOWN == right.judged(person(told=False), OTHERS)


def test_a_token_of_nobody_in_particular_decides_nothing():
    assert UNKNOWN == ASSIGN_ROLES.judged(token({}), OTHERS)
