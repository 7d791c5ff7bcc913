import pytest

from miwire.cli import parsing
from miwire.errors import BadRequest


@pytest.mark.parametrize(
    "value", ["Caller", "Orders.Read:All/v1+x-_", "a" * 120, "!#$%&()*,;<=>?@[]^{|}~"]
)
def test_what_graph_takes_as_the_value_of_an_app_role_is_taken(value):
    assert parsing.role(value) == value


@pytest.mark.parametrize(
    "value", ["ä", "٣", ".Caller", "a b", "a" * 121, "a\n", "it's", "`a`", '"', "\\"]
)
def test_what_no_app_role_can_be_called_is_refused_and_what_can_is_told(value):
    with pytest.raises(BadRequest) as refused:
        parsing.role(value)

    assert "120 characters of A-Z a-z 0-9" in refused.value.hint
