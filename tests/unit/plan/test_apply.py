"""In which order a plan is applied, and that nothing is written before permissions are known."""

from dataclasses import dataclass, field

import pytest

from miwire.errors import NotPermitted
from miwire.plan import apply as applying
from miwire.plan.plan import Plan


@dataclass
class Steps:
    """A change, a session and a record in one, which note what is asked of them."""

    name: str = "run"
    action: str = "note"
    summary: str = "note it"
    taken: list = field(default_factory=list)

    def for_tenant(self, _):
        return self

    def ready_to_write(self):
        self.taken.append("tokens")

    def requires(self, _):
        return ()

    def preview(self, wiring):
        return wiring

    def apply(self, _, wiring):
        self.taken.append("change")
        return wiring

    def begin(self, _):
        self.taken.append("record")
        return self

    def made(self, done, _):
        self.taken.append(f"made {done}")

    def ended(self):
        self.taken.append("ended")


@pytest.fixture
def steps(monkeypatch):
    found = Steps()
    monkeypatch.setattr(applying.preflight, "demand", lambda *_: found.taken.append("permissions"))
    return found


def test_tokens_permissions_and_the_record_come_before_the_first_change(story, steps):
    plan = Plan(story.fresh, (steps, steps))
    outcome = applying.apply(steps, plan, begin=steps.begin)

    assert ["tokens", "permissions", "record"] == steps.taken[:3]
    assert ["change", "made 1", "change", "made 2", "ended"] == steps.taken[3:]
    assert (2, "run") == (outcome.done, outcome.run)


def test_a_missing_permission_stops_before_anything_is_recorded_or_changed(
    story, steps, monkeypatch
):
    def demand(*_):
        raise NotPermitted("No.")

    monkeypatch.setattr(applying.preflight, "demand", demand)
    with pytest.raises(NotPermitted) as refused:
        applying.apply(steps, Plan(story.fresh, (steps,)), begin=steps.begin)

    assert ["tokens"] == steps.taken
    assert [False] == [each.done for each in refused.value.changes]


def test_an_empty_plan_asks_nobody(story, steps):
    assert 0 == applying.apply(steps, Plan(story.fresh, ())).done
    assert [] == steps.taken
