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


def questions(ended):
    """What a dry run would ask, as one text."""
    return " ".join(ended.document["questions"])


DRY = (*CONNECT, "--dry-run")


def test_what_probes_a_target_with_traffic_is_named_with_the_path_to_keep_open(quick, lab):
    lab.reset("probed")
    lab.faults(TRAFFIC)
    asked = questions(quick(*DRY))
    people = quick("connect", "core", "integration", "--dry-run").out

    for name in (
        "Application Gateway gateway",
        "Front Door front-door",
        "Traffic Manager traffic",
        "availability test availability",
    ):
        assert f"{name} probes /health of integration without a token" in asked
    assert "miwire protect rg-story/integration --exclude-path /health" in people


def test_a_path_that_stays_open_leaves_the_probes_healthy(quick, lab):
    lab.reset("probed")
    lab.faults(TRAFFIC)
    words = ("protect", "integration", "--exclude-path", "/health", "--dry-run", "-o", "json")

    assert "probes /health" not in questions(quick(*words))


def test_without_traffic_nothing_probes_and_nobody_is_asked_what_does(quick, lab):
    lab.reset("probed")
    ended = quick(*DRY)
    urls = [each["url"] for each in lab.requests("arm")]

    assert "probes" not in questions(ended)
    assert not [url for url in urls if "applicationGateways" in url]


@pytest.mark.parametrize(
    "kind", ["applicationGateways", "trafficManagerProfiles", "webtests", "originGroups"]
)
def test_a_kind_that_cannot_be_read_is_said_in_one_line_and_hides_no_other(quick, lab, kind):
    lab.reset("probed")
    rule = {"service": "arm", "path": kind, "effect": {"status": 403}}
    lab.faults({**TRAFFIC, "rules": [rule]})
    ended = quick(*DRY)

    assert 3 == questions(ended).count("probes /health")
    assert "Couldn't read whether an Application Gateway" in " ".join(ended.document["notes"])


def test_functions_that_are_called_at_webhooks_are_named(quick, lab):
    lab.reset("event-triggers")
    asked = questions(quick(*DRY))

    assert "callers of on_order (eventGridTrigger) and on_blob (blobTrigger) will get 401" in asked
    assert "requests to items with a function key and no token" in asked


def test_functions_that_cannot_be_read_are_asked_about_by_their_kinds(quick, lab):
    lab.reset("event-triggers")
    rule = {"service": "arm", "path": "/functions", "effect": {"status": 403}}
    lab.faults({"rules": [rule]})

    assert "webhooks of Event Grid, Durable Functions" in questions(quick(*DRY))


@pytest.mark.parametrize(
    ("scene", "asks"),
    [("probed", "Application Gateway gateway probes /health"), ("event-triggers", "on_order")],
)
def test_what_is_named_is_asked_for_and_a_no_or_a_pipe_writes_nothing(
    quick, terminal, lab, scene, asks
):
    lab.reset(scene)
    lab.faults(TRAFFIC)
    piped = quick(*CONNECT)
    code, shown = terminal("connect", "core", "integration", answer="n\n")
    untouched = lab.writes()
    agreed = quick(*CONNECT, "--yes")

    assert (2, 1, []) == (piped.code, code, untouched)
    assert asks in piped.document["error"]["message"]
    assert asks in shown
    assert (0, 401) == (agreed.code, lab.called())
