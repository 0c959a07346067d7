"""The function's errors in the last 15 minutes, from its log and its metrics."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.findings import MetricQuery, RecentErrors
from imgmeta.deployment.core.logs import FAILURE_PATTERNS, LogEvent
from imgmeta.deployment.ports import FunctionLogs, Metrics
from imgmeta.errors import AdapterError

__all__ = ["PERIOD", "recent_errors"]

PERIOD = timedelta(minutes=15)

_CLOCK_SKEW = timedelta(minutes=1)
"""The clock of AWS may be ahead."""

_MAX_EVENTS = 10_000
"""Lines of one pattern that are read."""


def recent_errors(
    logs: FunctionLogs, metrics: Metrics, index: DeployedIndex, now: datetime
) -> RecentErrors:
    """Return the function's errors in the last 15 minutes.

    Metrics count also failures that the log misses, but appear a few minutes late, and not at all
    on some servers that imitate AWS. The higher number counts.

    Raises:
        AdapterError: neither the log nor the metrics can be read.
    """
    since, until = now - PERIOD, now + _CLOCK_SKEW
    try:
        in_log = _errors_in_log(logs, index.log_group, since, until)
    except AdapterError as error:
        counted = _errors_in_metrics(metrics, index, since, until)
        return RecentErrors(
            crashes=sum(counted.values()),
            newest=max(counted, default=None),
            log_error=error.message,
        )
    metrics_error = ""
    try:
        counted = _errors_in_metrics(metrics, index, since, until)
    except AdapterError as error:
        counted, metrics_error = {}, error.message
    last = max((*counted, *(each.timestamp for each in in_log.crashes)), default=None)
    return RecentErrors(
        crashes=max(len(in_log.crashes), sum(counted.values())),
        failures=in_log.failures,
        repeated=in_log.repeated,
        reason=in_log.reason,
        crash_reason=in_log.crash_reason,
        newest=in_log.newest or last,
        recovered=last is not None and _has_recovered(logs, index.log_group, last, until),
        metrics_error=metrics_error,
    )


def _errors_in_metrics(
    metrics: Metrics, index: DeployedIndex, since: datetime, until: datetime
) -> dict[datetime, int]:
    """Return the number of errors of each minute that has any."""
    name = index.function.rpartition(":")[2]
    query = MetricQuery("AWS/Lambda", "Errors", (("FunctionName", name),))
    [values] = metrics.read([query], since=since, until=until)
    return {minute: int(value) for minute, value in values.items() if value}


@dataclass(slots=True)
class _Errors:
    crashes: list[LogEvent] = field(default_factory=list[LogEvent])
    failures: int = 0
    reason: str = ""
    newest: datetime | None = None
    deliveries: dict[str, int] = field(default_factory=dict[str, int])
    requests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def crash_reason(self) -> str:
        """The reason of the newest failed invocation; empty if the log has none."""
        newest = max(self.crashes, key=lambda each: each.timestamp, default=None)
        return "" if newest is None else newest.failure

    @property
    def repeated(self) -> int:
        """The number of messages that failed at least twice.

        An older function logs no counts of deliveries, but each has another request ID.
        """
        return sum(
            max(self.deliveries.get(each, 0), len(requests)) > 1
            for each, requests in self.requests.items()
        )

    def add(self, event: LogEvent) -> None:
        if event.crash:
            self.crashes.append(event)
        else:
            self.failures += 1
        if self.newest is None or event.timestamp >= self.newest:
            self.newest, self.reason = event.timestamp, event.failure
        if message := event.field("message_id"):
            self.requests[message].add(event.field("request_id"))
            count = event.fields.get("receive_count")
            if isinstance(count, int):
                self.deliveries[message] = max(self.deliveries.get(message, 0), count)


def _errors_in_log(logs: FunctionLogs, log_group: str, since: datetime, until: datetime) -> _Errors:
    found = _Errors()
    seen = set[LogEvent]()
    for pattern in FAILURE_PATTERNS:
        events = logs.events(log_group, since=since, until=until, pattern=pattern)
        for event in islice(events, _MAX_EVENTS):
            if event.failure and event not in seen:
                seen.add(event)
                found.add(event)
    return found


def _has_recovered(logs: FunctionLogs, log_group: str, last: datetime, until: datetime) -> bool:
    """Return whether a batch was processed after the last failed invocation."""
    events = logs.events(log_group, since=last, until=until, pattern="batch")
    return any(each.message == "batch" for each in events)
