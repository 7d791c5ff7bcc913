"""
Random weather over random starting points, then a clean run: the wiring is whole, nothing is lost.

MIWIRE_STORM_FIRST says with which seed the marked schedules begin, MIWIRE_STORM how many there are.
"""

import os
import random

import pytest

IN_CI = 50
FIRST = int(os.environ.get("MIWIRE_STORM_FIRST", IN_CI))
MARKED = int(os.environ.get("MIWIRE_STORM", "1000"))
SEEDS = [
    *range(IN_CI),
    *(pytest.param(seed, marks=pytest.mark.storm) for seed in range(FIRST, FIRST + MARKED)),
]
COMMANDS = ("enable-identity", "protect", "connect", "grant", "revoke", "undo")
LISTS = ("allowedApplications", "identities", "allowedAudiences", "excludedPaths")
SET_BY_MIWIRE = {
    "platform.enabled",
    "globalValidation.requireAuthentication",
    "globalValidation.unauthenticatedClientAction",
    "identityProviders.azureActiveDirectory.enabled",
    "identityProviders.azureActiveDirectory.registration.clientId",
    "identityProviders.azureActiveDirectory.registration.openIdIssuer",
}


def weather(rng):
    """Some of what Azure does, each with a strength of its own."""
    services = ["arm", "graph"]
    rules = []
    if rng.random() < 0.5:
        effect = rng.choice(
            (
                {"drop": "before"},
                {"drop": "after"},
                {"cut": True},
                {"status": 500},
                {"status": 502},
                {"status": 503, "headers": {"Retry-After": "7"}},
                {"status": 504},
            )
        )
        rules.append(
            {
                "service": rng.choice(services),
                "chance": rng.choice((0.05, 0.2, 0.5)),
                "effect": effect,
            }
        )
    if rng.random() < 0.2:
        rules.append(
            {
                "service": "arm",
                "method": rng.choice(("PUT", "PATCH")),
                "times": 1,
                "effect": {"exclusiveLock": True},
            }
        )
    if rng.random() < 0.15:
        rules.append({"service": "identity", "chance": 0.3, "effect": {"status": 500}})
    if rng.random() < 0.15:
        rules.append({"service": "gate", "chance": 0.3, "effect": {"drop": "before"}})
    found = {"seed": rng.randrange(10**6), "rules": rules}
    if rng.random() < 0.5:
        found["graphLagSeconds"] = rng.choice((1, 5, 30, 100))
    if rng.random() < 0.3:
        found["armStaleSeconds"] = rng.choice((1, 5, 12))
    if rng.random() < 0.3:
        found["gateLagSeconds"] = rng.choice((1, 20, 90))
    if rng.random() < 0.3:
        found["tokenCacheSeconds"] = 86400
    if rng.random() < 0.3:
        found["throttle"] = {"every": rng.randrange(3, 9), "services": services}
        if rng.random() < 0.7:
            found["throttle"]["retryAfter"] = rng.choice((1, 5, 20))
    if rng.random() < 0.1:
        found["refusedRights"] = rng.choice(
            (
                {"arm": ["Microsoft.Web/sites/config/write"]},
                {"graph": ["AppRoleAssignment.ReadWrite.All"]},
                {"graph": ["Application.ReadWrite.All"]},
                {"arm": ["Microsoft.Web/sites/write"]},
            )
        )
    if rng.random() < 0.1:
        found["keyRollover"] = "unannounced"
    if rng.random() < 0.05:
        found["sites"] = {"integration": rng.choice(("stopped", "restricted"))}
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_run_after_the_storm_makes_the_wiring_whole(
    world, starting, foreign_key_token, seed
):
    rng = random.Random(seed)
    command = COMMANDS[seed % len(COMMANDS)]
    start = starting(world, rng.choice(starting.names), rng)
    story = STORIES[command](world, start)
    world.lab.faults(weather(rng))

    stormy = world.run(*story.command)

    assert stormy.explains_itself()
    world.lab.faults({})
    world.lab.advance(600)
    clean = world.run(*story.command)
    assert clean.code == 0, f"{stormy.err}\n---\n{clean.err}"
    story.holds()
    nothing_foreign_is_lost(world, start, undone=command == "undo")
    if command not in {"enable-identity", "undo"}:
        nobody_else_gets_in(world, start, foreign_key_token)


class Story:
    """What is asked, and what must hold at the end."""

    def __init__(self, world, start):
        self.world = world
        self.start = start
        self.before()

    def before(self):
        """Do what comes first, in fair weather."""

    @property
    def app_id(self):
        settings = self.world.settings()
        return settings["identityProviders"]["azureActiveDirectory"]["registration"]["clientId"]

    def let_in(self, *sites):
        for site in sites:
            ids = self.world.identity(site)
            assert ids is not None
            assert self.world.status(self.world.token_of(self.app_id, ids)) == 200
            held = [
                each
                for each in self.world.assignments(self.app_id)
                if each["principalId"] == ids[0]
            ]
            roles = [each["appRoleId"] for each in held]
            assert len(roles) == len(set(roles))
            assert roles, f"{site} holds no role"

    def one_wiring(self):
        assert len(self.world.applications()) == 1
        assert self.world.principal(self.app_id)["appId"] == self.app_id


class EnableIdentity(Story):
    command = ("enable-identity", "core")

    def holds(self):
        assert self.world.identity("core") is not None


class Protect(Story):
    def before(self):
        self.command = (
            *("protect", "integration", "--allow", "stranger", "--yes"),
            *self.start.flags,
        )

    def holds(self):
        self.one_wiring()
        self.let_in("stranger")


class Connect(Story):
    def before(self):
        self.command = ("connect", "core", "integration", "--yes", *self.start.flags)

    def holds(self):
        self.one_wiring()
        self.let_in("core")


class Grant(Story):
    command = ("grant", "core", "integration", "--yes")

    def before(self):
        self.world.done(
            *("protect", "integration", "--allow", "stranger", "--yes"), *self.start.flags
        )
        self.world.done("enable-identity", "core")

    def holds(self):
        self.one_wiring()
        self.let_in("core", "stranger")


class Revoke(Story):
    command = ("revoke", "core", "integration", "--yes")

    def before(self):
        self.world.done("connect", "core", "integration", "--yes", *self.start.flags)
        self.world.done("grant", "stranger", "integration", "--yes")

    def holds(self):
        self.one_wiring()
        self.let_in("stranger")
        ids = self.world.identity("core")
        assert self.world.status(self.world.token_of(self.app_id, ids)) == 403
        assert ids[0] not in [each["principalId"] for each in self.world.assignments(self.app_id)]


class Undo(Story):
    def before(self):
        self.verdicts = self.seen()
        ended = self.world.done(
            *("connect", "core", "integration", "--yes", "-o", "json"), *self.start.flags
        )
        run = __import__("json").loads(ended.out)["run"]
        self.command = ("undo", *([run] if run else []), "--yes")

    def seen(self):
        tokens = [None]
        if self.start.audience:
            tokens.append(self.world.token_of(self.start.audience, self.start.insider))
            tokens.append(self.world.token_of(self.start.audience))
        return [self.world.status(token, path) for token in tokens for path in ("/", "/items")]

    def holds(self):
        assert self.verdicts == self.seen()


STORIES = {
    "enable-identity": EnableIdentity,
    "protect": Protect,
    "connect": Connect,
    "grant": Grant,
    "revoke": Revoke,
    "undo": Undo,
}


def leaves(value, path=""):
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    else:
        yield path, value


def nothing_foreign_is_lost(world, start, *, undone):
    after = dict(leaves(world.settings()))
    for path, value in leaves(start.settings):
        if path.rpartition(".")[2] in LISTS and isinstance(value, list):
            assert set(value) <= set(after.get(path, [])), path
        elif undone or path not in SET_BY_MIWIRE:
            if value not in ({}, None):
                assert after.get(path) == value, path


def nobody_else_gets_in(world, start, foreign_key_token):
    app_id = Story.app_id.fget(type("Seen", (), {"world": world}))
    nobody = world.token_of(app_id)
    assert world.status(nobody) in {401, 403}
    insider = start.insider or world.identity("stranger")
    assert world.status(foreign_key_token(world.token_of(app_id, insider))) == 401
    if start.name != "google" or "--close" in start.flags:
        assert world.status() == 401
    if start.insider:
        assert world.status(world.token_of(app_id, start.insider)) == 200
