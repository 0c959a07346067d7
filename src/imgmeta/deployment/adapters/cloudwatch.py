"""The alarms and metrics of Amazon CloudWatch."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.deployment.core.findings import MetricQuery
from imgmeta.deployment.core.stacks import Alarm, AlarmState

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import GetMetricDataInputTypeDef, MetricDataQueryTypeDef

__all__ = ["CloudWatchAlarms", "CloudWatchMetrics"]

_MAX_NAMES = 100
"""Names in one request: Amazon CloudWatch API Reference, "DescribeAlarms"."""


class CloudWatchAlarms:
    """The metric alarms of one account and region."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        """Yield the alarms with these names that exist: see `Alarms.states`."""
        remaining = iter(names)
        while batch := list(islice(remaining, _MAX_NAMES)):
            with translate_errors("cannot read the alarms"):
                response = self._client.describe_alarms(
                    AlarmNames=batch, AlarmTypes=["MetricAlarm"], MaxRecords=_MAX_NAMES
                )
            for each in response["MetricAlarms"]:
                yield Alarm(
                    name=each["AlarmName"],
                    state=AlarmState(each["StateValue"]),
                    description=each.get("AlarmDescription", ""),
                )


class CloudWatchMetrics:
    """The metrics of one account and region."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def read(
        self, queries: Sequence[MetricQuery], *, since: datetime, until: datetime
    ) -> list[dict[datetime, float]]:
        """Return the values of each query: see `Metrics.read`."""
        values: dict[str, dict[datetime, float]] = {
            f"m{number}": {} for number in range(len(queries))
        }
        requested = [_query(name, each) for name, each in zip(values, queries, strict=True)]
        request: GetMetricDataInputTypeDef = {
            "MetricDataQueries": requested,
            "StartTime": since,
            "EndTime": until,
            "ScanBy": "TimestampAscending",
        }
        while requested:
            with translate_errors("cannot read the metrics"):
                response = self._client.get_metric_data(**request)
            for each in response["MetricDataResults"]:
                values[each["Id"]] |= zip(each["Timestamps"], each["Values"], strict=True)
            if not (token := response.get("NextToken")):
                break
            request["NextToken"] = token
        return list(values.values())


def _query(name: str, query: MetricQuery) -> "MetricDataQueryTypeDef":
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.name,
                "Dimensions": [{"Name": each, "Value": value} for each, value in query.dimensions],
            },
            "Period": 60,
            "Stat": query.statistic,
        },
    }
