"""The log groups of Amazon CloudWatch Logs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.text import printable
from imgmeta.core.timestamps import EPOCH
from imgmeta.deployment.core.logs import LogEvent

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilterLogEventsRequestTypeDef

__all__ = ["CloudWatchFunctionLogs"]


class CloudWatchFunctionLogs:
    """The log groups of one account and region."""

    def __init__(self, client: "CloudWatchLogsClient") -> None:
        self._client = client

    def events(
        self, log_group: str, *, since: datetime, until: datetime, pattern: str = ""
    ) -> Iterator[LogEvent]:
        """Yield the events of a period, the oldest first: see `FunctionLogs.events`."""
        request: FilterLogEventsRequestTypeDef = {
            "logGroupName": log_group,
            "startTime": _milliseconds(since),
            # CloudWatch Logs includes the end of the period.
            "endTime": _milliseconds(until) - 1,
            "filterPattern": pattern,
        }
        if request["endTime"] < request["startTime"]:
            return
        while True:
            with translate_errors(f"cannot read the log group {printable(log_group)}"):
                try:
                    response = self._client.filter_log_events(**request)
                except self._client.exceptions.ResourceNotFoundException:
                    return
            for event in response.get("events", []):
                yield LogEvent(
                    EPOCH + timedelta(milliseconds=event.get("timestamp", 0)),
                    event.get("message", "").removesuffix("\n"),
                )
            # A page may be empty although there are more: Amazon CloudWatch Logs API Reference,
            # "FilterLogEvents".
            if not (token := response.get("nextToken")):
                return
            request["nextToken"] = token


def _milliseconds(time: datetime) -> int:
    return max((time - EPOCH) // timedelta(milliseconds=1), 0)
