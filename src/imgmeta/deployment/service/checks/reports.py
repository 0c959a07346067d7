"""The last digest and the last audit, from the function's log."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from imgmeta.deployment.core.findings import LastReport
from imgmeta.deployment.ports import FunctionLogs

__all__ = ["AUDIT", "DIGEST", "last_report"]

DIGEST, AUDIT = "digest sent", "audit finished"
"""The messages of the function's log lines."""

_PERIODS = (
    *(timedelta(hours=1), timedelta(hours=6), timedelta(days=1)),
    *(timedelta(days=3), timedelta(days=8)),
)
"""Periods before now that are searched one after the other: digests are sent daily and audits run
weekly, as a rule."""

_MAX_SECONDS = 10.0
"""No further period is searched after this time: the log of a busy function is large."""

_CLOCK_SKEW = timedelta(minutes=1)


def last_report(
    logs: FunctionLogs, log_group: str, message: str, now: datetime, clock: Callable[[], float]
) -> LastReport:
    """Return the last line with a message in the function's log.

    Args:
        logs: the log groups.
        log_group: the function's log group.
        message: the message of the line.
        now: the current time, timezone-aware.
        clock: returns seconds of any monotonic clock.

    Raises:
        AdapterError: the log cannot be read.
    """
    started = clock()
    since, until = now, now + _CLOCK_SKEW
    for period in _PERIODS:
        if clock() - started > _MAX_SECONDS:
            break
        since = now - period
        events = logs.events(log_group, since=since, until=until, pattern=f'"{message}"')
        matching = (each for each in events if each.message == message)
        if last := deque(matching, maxlen=1):
            return LastReport(last[0].timestamp, since, last[0].fields)
        until = since
    return LastReport(None, since)
