"""What every change has: a form in az commands, or the reason for none."""

from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import pytest

from miwire.export.handoff import az_lines
from miwire.model.cloud import PUBLISHED
from miwire.plan import changes
from miwire.plan.plan import HasAzForm


def changes_in(module):
    """The changes that a module defines: dataclasses with an action."""
    return [
        each
        for each in vars(module).values()
        if is_dataclass(each) and hasattr(each, "action") and each.__module__ == module.__name__
    ]


EVERY = [
    change
    for each in iter_modules(changes.__path__)
    for change in changes_in(import_module(f"{changes.__name__}.{each.name}"))
]


def missing(change):
    """What is missing of a change's az form, in a sentence; empty where nothing is."""
    has_form, why = hasattr(change, "az"), getattr(change, "no_az", "")
    if has_form and why:
        return f"{change.__name__} has an az form, and a reason for having none."
    if not has_form and not why:
        return f"{change.__name__} has no az form: give it `az`, or say why not in `no_az`."
    return ""


def test_there_are_changes_of_every_resource():
    assert len({each.__module__ for each in EVERY}) >= 6


@pytest.mark.parametrize("change", EVERY, ids=lambda each: each.__name__)
def test_a_change_has_an_az_form_or_a_reason_for_none(change):
    assert missing(change) == ""


@pytest.mark.parametrize("change", EVERY, ids=lambda each: each.__name__)
@pytest.mark.parametrize("member", ["summary", "requires", "preview", "apply"])
def test_a_change_can_be_shown_permitted_previewed_and_applied(change, member):
    assert callable(getattr(change, member, None)) or isinstance(
        getattr(change, member, None), property
    )


def test_the_sentence_names_the_change_that_lacks_a_form():
    class Unwritten:
        action = "unwritten"

    assert "Unwritten has no az form" in missing(Unwritten)


def test_an_exporter_that_meets_an_unknown_change_fails_loudly(story):
    class Unknown:
        action = "unknown"

    assert not isinstance(Unknown(), HasAzForm)
    with pytest.raises(LookupError, match="Unknown has no az form"):
        list(az_lines(Unknown(), PUBLISHED[0], story.wired))
