"""A run that broke off, wherever it did, is taken back by its record."""

from dataclasses import replace

import pytest

from miwire.errors import StateChanged, Unreachable
from miwire.model.auth_settings import AuthSettings
from miwire.model.site import AppName
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import connect, undo
from miwire.operations.protect import Protection
from miwire.plan import record as run_record
from miwire.plan.apply import apply

TARGET, SOURCE = AppName.parse("integration"), AppName.parse("core")
NAMED = ObserveRequest(sources=(SOURCE,), enables=True, looks_inside=True)
FOREIGN = {
    "platform": {"enabled": True},
    "identityProviders": {
        "azureActiveDirectory": {
            "validation": {
                "defaultAuthorizationPolicy": {"allowedApplications": ["somebodys-client"]}
            }
        }
    },
    "unknown": {"kept": [1]},
}


def nothing(_change):
    """Tell nobody."""


def broken_off(azure, folder, monkeypatch, at, *, lost):
    """
    Wire the story until change *at*, and return what the record tells.

    *lost*: Azure made that change, and the answer did not arrive.
    """
    plan = connect.plan(observe.target(azure, TARGET, NAMED), Protection())
    change = type(plan.changes[at])
    made = change.apply

    def refuse(*arguments):
        if lost:
            made(*arguments)
        raise Unreachable("The laptop's lid was closed.")

    with monkeypatch.context() as patch:
        patch.setattr(change, "apply", refuse)
        with pytest.raises(Unreachable) as stopped:
            apply(azure, plan, nothing, lambda plan: run_record.begin(folder, "connect", plan))
    return run_record.listed(folder).found(stopped.value.run)


@pytest.mark.parametrize("lost", [False, True], ids=["not made", "answer lost"])
@pytest.mark.parametrize("at", range(6))
def test_what_it_made_goes_and_what_was_there_stays(azure, lab, tmp_path, monkeypatch, at, lost):
    lab.put_settings(FOREIGN)
    before = lab.settings()
    run = broken_off(azure, tmp_path, monkeypatch, at, lost=lost)
    apply(azure, undo.plan(undo.observe(azure, run), run), nothing)
    changed = AuthSettings(before).differences(AuthSettings(lab.settings()))

    assert not run.ended
    assert run.done == at
    assert [] == [each for each in changed if each.before is not None]
    assert "integration" not in [
        each["displayName"] for each in lab.graph_get("applications")["value"]
    ]
    assert () == undo.plan(undo.observe(azure, run), run).changes


def test_what_somebody_else_did_meanwhile_stops_it(azure, lab, tmp_path, monkeypatch):
    lab.put_settings(FOREIGN)
    run = broken_off(azure, tmp_path, monkeypatch, 5, lost=True)
    settings = lab.settings()
    settings["globalValidation"]["excludedPaths"] = ["/*"]
    lab.put_settings(settings)

    with pytest.raises(StateChanged, match="has been changed since"):
        undo.plan(undo.observe(azure, run), run)


def test_a_source_that_is_gone_leaves_the_rest_to_be_taken_back(azure, lab, tmp_path):
    plan = connect.plan(observe.target(azure, TARGET, NAMED), Protection())
    outcome = apply(azure, plan, nothing, lambda plan: run_record.begin(tmp_path, "connect", plan))
    run = run_record.listed(tmp_path).found(outcome.run)
    gone = replace(run, source_id=run.source_id.replace("/sites/core", "/sites/gone"))
    apply(azure, undo.plan(undo.observe(azure, gone), gone), nothing)

    assert 200 == lab.called()
