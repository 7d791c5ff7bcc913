import inspect
from importlib import import_module

import pytest

from miwire.cli.render.formats import MODULES


@pytest.mark.parametrize("module", MODULES)
def test_people_and_programs_are_told_of_the_same_things(module):
    text, json = (import_module(f"miwire.cli.render.{each}.{module}") for each in ("text", "json"))

    for function in MODULES[module]:
        for_people, for_programs = (getattr(each, function) for each in (text, json))
        assert list(inspect.signature(for_people).parameters) == list(
            inspect.signature(for_programs).parameters
        )
