"""The metric `Requests` of an app, as Azure Monitor answers it through ARM."""

from datetime import datetime, timedelta

import pytest

QUERY = {"metricnames": "Requests", "aggregation": "total", "interval": "PT1H"}
RIGHT = "Microsoft.Insights/metrics/read"


@pytest.fixture
def ask(lab):
    """Asks ARM for the metric of an app in the last 24 hours, or as the arguments say."""

    def made(app="integration", token=None, **query):
        end = datetime.fromisoformat(lab.status()["now"])
        begin = end - timedelta(hours=24)
        span = {"timespan": f"{begin:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}"}
        path = f"{lab.site(app)['resourceId']}/providers/Microsoft.Insights/metrics"
        with lab.client("arm", token) as arm:
            return arm.get(path, params={"api-version": "2018-01-01", **QUERY, **span, **query})

    return made


def series(answer):
    (metric,) = answer.json()["value"]
    return metric["timeseries"]


def total(answer):
    (found,) = series(answer)
    return sum(each.get("total", 0) for each in found["data"])


def test_an_app_to_which_nothing_came_has_no_time_series(ask):
    answer = ask()

    assert 200 == answer.status_code
    assert [] == series(answer)


def test_the_metric_has_the_documented_members(lab, ask):
    lab.called()
    lab.advance(60)
    body = ask().json()
    (metric,) = body["value"]
    site = lab.site("integration")["resourceId"]

    assert {"cost", "timespan", "interval", "value", "namespace", "resourceregion"} == body.keys()
    assert ("PT1H", "Microsoft.Web/sites", "westeurope") == (
        body["interval"],
        body["namespace"],
        body["resourceregion"],
    )
    assert {
        "id": f"{site}/providers/Microsoft.Insights/metrics/Requests",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": "Requests", "localizedValue": "Requests"},
        "unit": "Count",
    } == {name: value for name, value in metric.items() if name != "timeseries"}
    assert [[]] == [each["metadatavalues"] for each in metric["timeseries"]]


def test_every_request_to_the_app_counts_no_matter_who_answers_it(lab, ask):
    lab.reset("wired")
    assert [401, 401] == [lab.called() for _ in range(2)]
    lab.faults({"sites": {"integration": "stopped"}})
    assert 403 == lab.called()
    lab.advance(60)

    assert 3 == total(ask())
    assert [] == series(ask("core"))
    lab.reset()
    assert [] == series(ask())


def test_an_interval_has_no_total_before_the_first_request(lab, ask):
    lab.called()
    lab.advance(2 * 3600)
    (found,) = series(ask())

    assert 24 == len(found["data"])
    assert {"timeStamp"} == found["data"][0].keys()
    assert [1.0, 0.0] == sorted((each["total"] for each in found["data"][-3:-1]), reverse=True)


def test_requests_of_other_days_are_not_in_the_time_span(lab, ask):
    lab.called()
    lab.advance(25 * 3600)

    assert 0 == total(ask())


@pytest.mark.parametrize(("fixed", "expected"), [(12431, 12431), (1, 1)])
def test_a_fault_says_what_the_metric_says(lab, ask, fixed, expected):
    lab.faults({"requestMetrics": {"integration": fixed}})

    assert expected == total(ask())


def test_a_fault_takes_the_time_series_away(lab, ask):
    lab.called()
    lab.faults({"requestMetrics": {"integration": 0}})

    assert [] == series(ask())


def test_the_metric_is_refused_without_the_right_to_read_it(lab, ask):
    lab.faults({"refusedRights": {"arm": [RIGHT]}})
    answer = ask()

    assert (403, "AuthorizationFailed") == (answer.status_code, answer.json()["error"]["code"])
    assert f"perform action '{RIGHT}'" in answer.json()["error"]["message"]


def test_a_reader_reads_the_metric(lab, ask):
    lab.reset("reader")
    token = lab.identity_token(lab.arm, lab.inside("stranger"))

    assert 200 == ask(token=token).status_code


def test_a_slot_has_a_metric_of_its_own(lab, ask):
    lab.reset("slots")
    lab.called(name="integration/staging")
    lab.advance(60)

    answer = ask("integration/staging")
    assert (1, "Microsoft.Web/sites/slots") == (total(answer), answer.json()["namespace"])
    assert [] == series(ask())


@pytest.mark.parametrize(
    "query",
    [
        {"metricnames": "CpuTime"},
        {"aggregation": "average"},
        {"interval": "PT7M"},
        {"timespan": "yesterday"},
        {"timespan": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"},
        {"timespan": "9999-12-31T00:00:00Z/9999-12-30T00:00:00Z"},
        {"timespan": "2020-01-01T00:00:00Z/2026-01-01T00:00:00Z"},
    ],
    ids=lambda query: " ".join(query.values()),
)
def test_what_azure_monitor_does_not_know_is_a_bare_error(ask, query):
    answer = ask(**query)

    assert (400, "BadRequest") == (answer.status_code, answer.json()["code"])
    assert next(iter(query.values())) in answer.json()["message"]


def test_the_metric_is_there_where_the_cloud_lacks_api_versions_of_apps(lab, ask):
    lab.faults({"apiVersions": "usgovernment"})

    assert 200 == ask().status_code
