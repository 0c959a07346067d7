"""Reasons of dead letters, from the function's log."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from imgmeta.deployment.core.letter_groups import LetterSummary
from imgmeta.deployment.core.logs import FAILURE_PATTERNS, LogEvent
from imgmeta.deployment.ports import FunctionLogs

__all__ = ["explain"]

_PERIODS = (
    *(timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3)),
    *(timedelta(days=7), timedelta(days=14)),
)
"""Periods before now that are searched one after the other, so that the newest reasons are found
first, and the older log is read only for older letters."""

_MAX_EVENTS = 100_000
"""Events that are read; letters whose failure is older than all these stay without a reason."""

_RELATED = timedelta(hours=24)
"""A failure of the whole function is the reason of letters that were sent within this time before
it: five deliveries take half an hour, and longer behind other messages."""

_DIGEST = "notification failed"
"""The message of the line about a digest that could not be sent; it has no message ID."""


def explain(
    letters: Sequence[LetterSummary], logs: FunctionLogs, log_group: str, now: datetime
) -> list[LetterSummary]:
    """Return the letters, those without a reason with the one that the log tells, if any.

    A line tells it with the letter's message ID, or with its bucket and key. Without such a line,
    the letter's reason is the first failure of the whole function after the letter was sent.

    Args:
        letters: the letters.
        logs: the log groups.
        log_group: the function's log group.
        now: the current time, timezone-aware.

    Raises:
        AdapterError: the log cannot be read.
    """
    unexplained = [each for each in letters if not each.reason]
    if not unexplained:
        return list(letters)
    found = _Found()
    budget = _MAX_EVENTS
    for since, until in _periods(unexplained, now):
        newer, found = found, _Found()
        for pattern in FAILURE_PATTERNS:
            events = logs.events(log_group, since=since, until=until, pattern=pattern)
            for event in islice(events, budget):
                found.add(event)
                budget -= 1
        found = found.updated(newer)
        if not budget or all(map(found.own_reason, unexplained)):
            break
    crashes = sorted(found.crashes)
    return [
        each
        if each.reason
        else replace(each, reason=found.own_reason(each) or _crash(each, crashes))
        for each in letters
    ]


def _periods(
    letters: Iterable[LetterSummary], now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the periods to search, from the newest to the time when the oldest letter was sent."""
    oldest = min((each.sent_at for each in letters if each.sent_at), default=now - _PERIODS[-1])
    until = now + timedelta(minutes=1)  # the clock of AWS may be ahead
    for length in _PERIODS:
        since = max(now - length, oldest)
        yield since, until
        if since == oldest:
            return
        until = since


@dataclass(slots=True)
class _Found:
    """Reasons in the log: the newest of each message and object, and failures of the function."""

    reasons: dict[object, str] = field(default_factory=dict[object, str])
    crashes: set[tuple[datetime, str]] = field(default_factory=set[tuple[datetime, str]])

    def add(self, event: LogEvent) -> None:
        """Add the failure of a line that is not older than those before it."""
        if reason := event.crash:
            minute = event.timestamp.replace(second=0, microsecond=0)  # bounds their number
            self.crashes.add((minute, reason))
        elif reason := event.failure:
            keys = (event.field("message_id"), (event.field("bucket"), event.field("key")))
            for key in (*keys, event.message):
                self.reasons[key] = reason

    def updated(self, newer: "_Found") -> "_Found":
        """Return these reasons, replaced by newer ones."""
        return _Found(self.reasons | newer.reasons, self.crashes | newer.crashes)

    def own_reason(self, letter: LetterSummary) -> str:
        """Return the reason of a letter's message or object; empty if there is none."""
        if reason := self.reasons.get(letter.message_id):
            return reason
        for each in letter.locations:
            if reason := self.reasons.get((each.bucket, each.key)):
                return reason
        return self.reasons.get(_DIGEST, "") if letter.is_digest else ""


def _crash(letter: LetterSummary, crashes: Sequence[tuple[datetime, str]]) -> str:
    """Return the first failure of the whole function after a letter was sent, or an empty text."""
    if letter.sent_at is None:
        return ""
    start = letter.sent_at.replace(second=0, microsecond=0)
    following = islice(crashes, bisect_left(crashes, (start, "")), None)
    time, reason = next(following, (letter.sent_at, ""))
    return reason if time - letter.sent_at <= _RELATED else ""
