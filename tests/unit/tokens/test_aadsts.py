"""Entra ID's error codes, found in a text and explained."""

import re

import pytest

from miwire.tokens import aadsts

OWED = (
    50076,
    50079,
    50158,
    53003,
    500011,
    500014,
    501051,
    530003,
    700082,
    700084,
    7000112,
    7000215,
)
"""Codes that people meet most often here."""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("AADSTS50105: Your administrator", 50105, id="a message"),
        pytest.param('{"error_description":"AADSTS7000215: Invalid"}', 7000215, id="JSON"),
        pytest.param("AADSTS50105 AADSTS65001", 50105, id="the first of two"),
        pytest.param("AADSTS12", None, id="too short"),
        pytest.param("no code", None, id="none"),
    ],
)
def test_a_code_is_found_in_a_text(text, code):
    assert code == aadsts.code_in(text)


@pytest.mark.parametrize("code", OWED)
def test_a_code_is_explained_by_a_meaning_and_something_to_do(code):
    found = aadsts.explained(code)

    assert found.meaning
    assert found.fix
    assert not found.meaning.endswith(".")
    assert re.match(r"[A-Z]", found.fix)


def test_an_unknown_code_has_no_explanation():
    assert aadsts.explained(12345) is None
