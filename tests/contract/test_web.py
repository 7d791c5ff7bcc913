"""Requests to an app as its callers make them."""

import pytest

from miwire.errors import Unreachable


def test_who_does_not_answer_in_time_is_asked_again_by_a_command_that_can_be_given_more(azure, lab):
    url = lab.url("integration")
    lab.faults({"rules": [{"service": "gate", "effect": {"hang": "before"}}]})
    with pytest.raises(Unreachable, match=r"within 0\.2 s") as silent:
        azure.web.send("GET", f"{url}/items", {}, 0.2)

    assert silent.value.hint.endswith(f"miwire probe {url} --timeout 0.4")
    assert not silent.value.lasting
