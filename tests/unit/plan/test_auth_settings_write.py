"""A write of authentication settings is read back, and repeated where it was lost."""

from dataclasses import dataclass, field

import pytest

from miwire.azure.waiter import Waiter
from miwire.errors import StateChanged, WaitTimeout
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.plan.changes.auth_settings_write import write_with_readback


@dataclass
class Azure:
    """ARM with the settings of one app; *after_put* is what somebody does to each write."""

    live: AuthSettings
    after_put: object = staticmethod(lambda _azure, wanted: wanted)
    before: list = field(default_factory=list)
    written: list = field(default_factory=list)

    def __post_init__(self):
        self.waiter = Waiter(pause=lambda _: None)

    @property
    def sites(self):
        return self

    def auth_settings(self, _):
        return self.before.pop(0) if self.before else self.live

    def put_auth_settings(self, _, wanted):
        old = self.live
        self.written.append(wanted)
        self.live = self.after_put(self, wanted)
        return old


class AddAudience:
    """The edit of these tests."""

    def applied_to(self, settings):
        return settings.with_added(at.AUDIENCES, "api://added")


@pytest.fixture
def wired(story):
    return story.wired


@pytest.fixture
def settings(wired):
    return wired.the_target.settings


def write(azure, wiring):
    return write_with_readback(azure, wiring, AddAudience()).the_target.settings


def test_what_was_written_is_what_is_returned(wired, settings):
    azure = Azure(settings)

    assert "api://added" in write(azure, wired).listed(at.AUDIENCES)
    assert 1 == len(azure.written)


def test_what_is_there_already_is_not_written(wired, settings):
    azure = Azure(AddAudience().applied_to(settings))
    write(azure, wired)

    assert [] == azure.written


def test_a_write_that_is_lost_to_a_rival_is_repeated_on_what_the_rival_wrote(wired, settings):
    rival = settings.with_added(at.AUDIENCES, "api://rival")
    azure = Azure(settings, lambda azure, wanted: rival if len(azure.written) == 1 else wanted)
    found = write(azure, wired)

    assert {"api://added", "api://rival"} <= set(found.listed(at.AUDIENCES))
    assert 2 == len(azure.written)


def test_a_rival_without_end_stops_it_with_what_changed(wired, settings):
    def rival(azure, _):
        return settings.with_added(at.AUDIENCES, f"api://rival{len(azure.written)}")

    azure = Azure(settings, rival)
    with pytest.raises(StateChanged, match=r"overwritten 5 times: .*allowedAudiences changed"):
        write(azure, wired)

    assert 5 == len(azure.written)


def test_a_read_that_shows_what_was_before_is_waited_out_and_no_rivals_write(wired, settings):
    azure = Azure(settings, before=[settings, settings, settings])

    assert "api://added" in write(azure, wired).listed(at.AUDIENCES)
    assert 1 == len(azure.written)


def test_a_write_that_never_shows_is_repeated_and_ends_as_a_timeout(wired, settings):
    azure = Azure(settings, lambda _azure, _wanted: settings)
    with pytest.raises(WaitTimeout):
        write(azure, wired)

    assert 5 == len(azure.written)


def test_callers_that_changed_since_the_plan_stop_it_before_it_writes(wired, settings):
    azure = Azure(settings.without(at.APPLICATIONS).without(at.IDENTITIES))
    with pytest.raises(StateChanged, match="changed in the meantime"):
        write(azure, wired)

    assert [] == azure.written
