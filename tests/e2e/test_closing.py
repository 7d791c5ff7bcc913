"""Closing an open target is asked where somebody calls it today."""

import pytest

CONNECT = ("connect", "core", "integration", "-o", "json")
TRAFFIC = {"requestMetrics": {"integration": 12_431}}
METRICS = "/providers/Microsoft.Insights/metrics"


def asked_for_metrics(lab):
    return [each for each in lab.requests("arm") if METRICS in each["url"]]


def test_closing_a_target_with_traffic_in_a_pipe_is_refused_with_the_number(quick, lab):
    lab.faults(TRAFFIC)
    ended = quick(*CONNECT)
    error = ended.document["error"]

    assert 2 == ended.code
    assert "12,431 requests in the last 24 hours" in error["message"]
    assert "--yes" in error["hint"]
    assert "miwire connect rg-story/core rg-story/integration --prepare" in error["hint"]
    assert [] == lab.writes()


def test_yes_closes_a_target_with_traffic(quick, lab):
    lab.faults(TRAFFIC)
    ended = quick(*CONNECT, "--yes")

    assert 0 == ended.code, ended.err
    assert "12,431 requests" in " ".join(ended.document["questions"])
    assert 401 == lab.called()


def test_requests_that_reached_the_app_are_counted(quick, lab):
    for _ in range(3):
        lab.called()

    assert "had 3 requests in" in quick(*CONNECT).document["error"]["message"]


def test_a_target_without_requests_is_closed_unasked_with_a_note(quick, lab):
    ended = quick(*CONNECT)

    assert 0 == ended.code, ended.err
    assert "integration had no requests in the last 24 hours." in ended.document["notes"]
    assert 1 == len(asked_for_metrics(lab))


@pytest.mark.parametrize("status", [403, 404])
def test_a_metric_that_cannot_be_read_is_asked_about(quick, lab, status):
    lab.faults({"rules": [{"service": "arm", "path": METRICS, "effect": {"status": status}}]})
    ended = quick(*CONNECT)

    assert 2 == ended.code
    assert "Couldn't read how many requests" in ended.document["error"]["message"]
    assert [] == lab.writes()


def test_preparing_and_a_second_run_read_no_metric(quick, lab):
    lab.faults(TRAFFIC)
    prepared = quick(*CONNECT, "--prepare").code
    before = len(asked_for_metrics(lab))
    closed, again = quick(*CONNECT, "--yes").code, quick(*CONNECT).code

    assert (0, 0, 0) == (prepared, closed, again)
    assert (0, 1) == (before, len(asked_for_metrics(lab)))


def test_a_no_on_a_terminal_changes_nothing(terminal, lab):
    lab.faults(TRAFFIC)
    code, shown = terminal("connect", "core", "integration", answer="n\n")

    assert 1 == code
    assert "12,431 requests in the last 24 hours" in shown
    assert "--prepare" in shown
    assert [] == lab.writes()
