"""Every registered check has an id, a page, and a fix or a reason for none."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import miwire.checks
from miwire.checks import registry
from miwire.checks.catalog import ALL
from miwire.checks.registry import Check, Judgement, doubtful, fails, flaws, holds
from miwire.checks.source import CLIENT_ID_SETTING
from miwire.cli.remedies import SPELLED, spelled
from miwire.errors import BadRequest, NotFound
from miwire.finding import InPlan, Verdict
from miwire.model.wiring import Part
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.changes.registration import DefineApi
from miwire.plan.changes.service_principal import RequireAssignment
from miwire.remedy import Fix, Remedy

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
MODULES = [
    import_module(f"miwire.checks.{each.name}")
    for each in pkgutil.iter_modules(miwire.checks.__path__)
    if each.name not in {"catalog", "registry"}
]
HUNDREDS = {
    "source": "0",
    "source_tokens": "0",
    "target": "1",
    "auth_settings": "1",
    "callers": "1",
    "allow_lists": "2",
    "audiences": "2",
    "directory": "2",
    "health_probes": "1",
    "token": "3",
    "http": "4",
    "change": "5",
    "closing": "5",
    "reachability": "1",
    "removal": "5",
}


def without_a_docstring(_: object) -> Judgement:
    return holds("x")


def with_one(_: object) -> Judgement:
    """Require nothing."""
    return fails("nothing is there.")


def test_no_registered_check_lacks_anything():
    assert [] == [flaw for check in ALL for flaw in flaws(check)]


@pytest.mark.parametrize(
    ("check", "lacks"),
    [
        (
            Check("MIW199", "x", without_a_docstring, fix="x"),
            "MIW199 has no page: its judging function has no docstring.",
        ),
        (
            Check("MIW199", "x", with_one),
            "MIW199 has neither a fix nor a reason for none (no_fix).",
        ),
        (
            Check("MIW199", "x", with_one, fix="x", no_fix="y"),
            "MIW199 has a fix and a reason for none.",
        ),
    ],
)
def test_a_check_that_lacks_something_is_told_what(check, lacks):
    assert [lacks] == list(flaws(check))


def test_no_check_of_a_module_is_missing_in_the_catalog():
    defined = {check.id for module in MODULES for check in checks_of(module)}

    assert defined == {check.id for check in ALL}


def test_each_id_is_used_once():
    ids = [check.id for check in ALL]

    assert sorted(set(ids)) == sorted(ids)


def checks_of(module):
    """Yield every check that a module holds, alone or in a tuple."""
    for value in vars(module).values():
        yield from (
            each
            for each in (value if isinstance(value, tuple) else (value,))
            if isinstance(each, Check)
        )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_hundred_of_an_id_is_that_of_its_module(module):
    hundred = HUNDREDS[module.__name__.rpartition(".")[2]]

    ids = [check.id for check in checks_of(module)]

    assert ids and all(re.fullmatch(rf"MIW{hundred}\d\d", each) for each in ids)  # noqa: PT018


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_each_check_has_a_place_on_the_page(check):
    assert f'<a id="{check.docs.partition("#")[2]}"></a>{check.id}: {check.title}' in PAGE


def test_each_remedy_can_be_spelled_on_the_command_line():
    assert set(Remedy) == set(SPELLED)


def test_a_question_is_about_a_change_that_exists():
    actions = {WriteAuthSettings.action, RequireAssignment.action, DefineApi.action, ""}

    assert {check.about for check in ALL} <= actions


def test_what_could_not_be_read_makes_a_claim_unknown_and_not_a_pass(story):
    unread = story.wired.with_source(unread={Part.SOURCE_SETTINGS: "no right"})
    (finding,) = CLIENT_ID_SETTING.findings(unread)

    assert Verdict.UNKNOWN is finding.verdict
    assert finding.seen.startswith("Couldn't read the source's app settings")
    assert "" == finding.fix


def test_a_failed_claim_is_raised_with_its_id_and_its_cure():
    check = Check("MIW199", "x", with_one, fix=Remedy.ENABLE_IDENTITY, in_plan=InPlan.REFUSAL)
    with pytest.raises(NotFound, match="nothing is there") as refused:
        registry.refuse((check,), None, NotFound)

    assert ("MIW199", Fix(Remedy.ENABLE_IDENTITY)) == (refused.value.check, refused.value.fix)


def test_a_claim_that_is_only_doubtful_refuses_nothing():
    def doubts(_: object) -> Judgement:
        """Doubt it."""
        return doubtful("it may be.")

    registry.refuse((Check("MIW199", "x", doubts, fix="x"),), None, BadRequest)


def test_the_upgrade_of_a_slot_names_the_slot():
    fix = Fix(Remedy.UPGRADE_SETTINGS, group="rg", name="integration", slot="staging")

    assert spelled(fix).endswith("upgrade -g rg -n integration --slot staging")


GIVEN = dict(
    line.split() for line in Path(__file__).with_name("ids.txt").read_text("utf-8").splitlines()
)
"""Every id that was ever given, and the function that judges its claim."""


def test_an_id_is_never_given_to_another_claim():
    given = {check.id: check.judge.__name__ for check in ALL}

    assert len(ALL) == len(given), "an id stands twice in the catalog"
    assert {id_: GIVEN.get(id_) for id_ in given} == given, "write a new id into ids.txt"
