"""
Azure Monitor's metric `Requests` of an app: how many requests came to it, by interval.

The shape is that of the documentation of Metrics - List (api-version 2018-01-01): an app to which
nothing came has no time series, and an interval from before the first request no total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from miwire.lab.arm import errors
from miwire.lab.arm.request import ArmResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_INTERVALS = {
    "PT1M": 60,
    "PT5M": 300,
    "PT15M": 900,
    "PT30M": 1_800,
    "PT1H": 3_600,
    "PT6H": 21_600,
    "PT12H": 43_200,
    "P1D": 86_400,
}
"""Seconds by time grain."""
_KEPT = timedelta(days=93)
"""How long Azure Monitor keeps metrics."""
_NAME = "Requests"


def answer(request: ArmRequest, site: Site) -> ArmResponse:
    """Answer a request to …/providers/Microsoft.Insights/metrics of *site*; raises ArmError."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand("Microsoft.Insights/metrics/read", site.id)
    tenant, query = request.tenant, request.query
    name = query.get("metricnames", _NAME)
    if name.lower() != _NAME.lower():
        raise errors.metric_unknown(site.type.partition("/")[2], name, _NAME)
    aggregation = query.get("aggregation", "total")
    if aggregation.lower() != "total":
        raise errors.metric_query_invalid("aggregation", aggregation)
    grain = query.get("interval", "PT1M").upper()
    if grain not in _INTERVALS:
        raise errors.metric_query_invalid("interval", grain)
    now = tenant.clock.utc().replace(microsecond=0)
    span = _Span.of(query["timespan"]) if "timespan" in query else _Span(now - _HOUR, now)
    metric = {
        "id": f"{site.id}/providers/Microsoft.Insights/metrics/{_NAME}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": _NAME, "localizedValue": _NAME},
        "unit": "Count",
        "timeseries": _time_series(_counted(tenant, site), span, _INTERVALS[grain]),
    }
    body = {
        "cost": 0,
        "timespan": f"{_written(span.begin)}/{_written(span.end)}",
        "interval": grain,
        "value": [metric],
        "namespace": site.type,
        "resourceregion": str(site.document["location"]).replace(" ", "").lower(),
    }
    return ArmResponse(200, body)


@dataclass(frozen=True, slots=True)
class _Span:
    """The time from *begin* to before *end*."""

    begin: datetime
    end: datetime

    @classmethod
    def of(cls, text: str) -> _Span:
        """Read `from/to`; raises ArmError (400) for what is no time, or more than is kept."""
        first, _, last = text.partition("/")
        try:
            begin, end = (_read(each) for each in (first, last))
        except (ValueError, OverflowError):
            raise errors.metric_query_invalid("timespan", text) from None
        if not begin < end <= begin + _KEPT:
            raise errors.metric_query_invalid("timespan", text)
        return cls(begin, end)


_HOUR = timedelta(hours=1)


def _counted(tenant: Tenant, site: Site) -> Mapping[int, int]:
    """Return the number of requests by minute since the epoch, or what the faults say it is."""
    fixed = next(
        (n for name, n in tenant.faults.request_metrics.items() if site.is_called(name)), None
    )
    if fixed is None:
        return tenant.requests.get(site.id.lower(), {})
    return {int(tenant.clock.now()) // 60 - 1: fixed} if fixed else {}


def _time_series(counted: Mapping[int, int], span: _Span, seconds: int) -> list[Document]:
    if not counted:
        return []
    first, begin = min(counted) * 60, int(span.begin.timestamp())
    data: list[Document] = []
    for start in range(begin, int(span.end.timestamp()), seconds):
        end = start + seconds
        entry: Document = {"timeStamp": _written(datetime.fromtimestamp(start, UTC))}
        if first < end:
            total = sum(n for minute, n in counted.items() if start <= minute * 60 < end)
            entry["total"] = float(total)
        data.append(entry)
    return [{"metadatavalues": [], "data": data}]


def _read(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
