"""The alarms of Amazon CloudWatch."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.deployment.core.stacks import Alarm, AlarmState

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

__all__ = ["CloudWatchAlarms"]

_MAX_NAMES = 100
"""Names in one request: Amazon CloudWatch API Reference, "DescribeAlarms"."""


class CloudWatchAlarms:
    """The metric alarms of one account and region."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        """Yield the alarms with these names that exist: see the port."""
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
