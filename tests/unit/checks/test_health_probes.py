"""What probes an open target, and what a plan that closes it says of that."""

from dataclasses import replace

import pytest

from miwire.checks import health_probes
from miwire.checks.change import SettingsStep
from miwire.checks.registry import run
from miwire.finding import InPlan, Verdict
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import Mode
from miwire.model.health_probe import HealthProbe
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy

PROBE = HealthProbe("Application Gateway gw", "/health", takes_401=False)


def step(story, *probes, before=None, excluded=(), **facts):
    after = story.wired.the_target.settings.with_value(at.EXCLUDED_PATHS, list(excluded))
    wiring = story.wired.with_target(settings=before or AuthSettings({}), probes=probes, **facts)
    return SettingsStep(wiring, after, Mode.CLOSED)


def test_a_probe_that_will_get_401_is_asked_about(story):
    (found,) = run(health_probes.ALL, step(story, PROBE))

    assert (Verdict.WARN, InPlan.QUESTION) == (found.verdict, found.in_plan)
    assert "Application Gateway gw probes /health of integration without a token" in found.seen
    assert Fix(Remedy.EXCLUDE_PATH, target="rg/integration", value="/health") == found.fix


@pytest.mark.parametrize(
    ("probe", "excluded"),
    [
        (replace(PROBE, takes_401=True), ()),
        (PROBE, ("/health",)),
        (replace(PROBE, path="/health/live"), ("/health/*",)),
    ],
)
def test_a_probe_that_takes_401_or_whose_path_stays_open_holds(story, probe, excluded):
    found = run(health_probes.ALL, step(story, probe, excluded=excluded))

    assert [Verdict.PASS] == [each.verdict for each in found]


def test_a_plan_that_leaves_every_path_open_asks_nothing(story):
    assert [] == list(run(health_probes.ALL, step(story, PROBE, excluded=("/*",))))


def test_a_target_that_is_closed_already_is_not_asked_about(story):
    closed = story.wired.the_target.settings

    assert [] == list(run(health_probes.ALL, step(story, PROBE, before=closed)))


def test_what_could_not_be_read_is_a_note(story):
    (found,) = run(health_probes.ALL, step(story, unread={Part.PROBES: "no"}))

    assert ("MIW118", InPlan.NOTE) == (found.id, found.in_plan)
