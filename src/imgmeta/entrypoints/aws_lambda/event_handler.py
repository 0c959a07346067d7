"""One invocation: parse, call one use case, answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Protocol

from imgmeta.bootstrap.function import Function
from imgmeta.core.events import parse_event
from imgmeta.core.outcomes import BatchSummary
from imgmeta.core.transports import value_at
from imgmeta.entrypoints.aws_lambda.responses import Answered, Document, counts_response
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry
from imgmeta.errors import ConfigurationError, ImgmetaError, InvalidEventError
from imgmeta.service import BatchLimits, digest, notify_within, process_batch

__all__ = ["Context", "EventHandler"]

_LONGEST_RESERVE = 5.0
_SHORTEST_RESERVE = 1.5
_RESERVE = 0.25
"""Seconds, or this part of the time, that must be left for another object to be started; but of
little time no more than half, so that even a function with the shortest timeout gets on."""

_LAST_MOMENT = 0.5
"""Seconds in which to answer."""

_MAX_HOURS = 24 * 366


class Context(Protocol):
    """What Lambda says of an invocation: AWS Lambda Developer Guide, "context object"."""

    @property
    def aws_request_id(self) -> str:
        """The invocation's id."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""
        ...


@dataclass(frozen=True, slots=True)
class EventHandler:
    """What every invocation works with."""

    function: Function
    telemetry: Telemetry

    def run(self, event: object, context: Context | None) -> Document:
        """Do what the event asks for; return the answer, which JSON can hold.

        Raises:
            ImgmetaError: as `handler` says.
        """
        self.telemetry.begin(getattr(context, "aws_request_id", ""))
        command = value_at(event, "imgmeta")
        try:
            if command == "digest":
                return self._digest(value_at(event, "hours"))
            if command is not None:
                msg = 'the function knows one command: {"imgmeta": "digest", "hours": 24}'
                raise InvalidEventError(msg)
            return self._process(event, _seconds_left(context))
        finally:
            self.telemetry.flush()

    def _process(self, event: object, seconds_left: Callable[[], float]) -> Document:
        started = time.monotonic()
        parsed = parse_event(event)
        for entry in parsed.malformed:
            self.telemetry.malformed(entry)
        if parsed.transport is None and parsed.malformed:
            msg = f"not an event of images: {parsed.malformed[0].reason}"
            raise InvalidEventError(msg)
        result = process_batch(self.function.indexer, parsed.hints, self._limits(seconds_left))
        self.telemetry.result(result)
        answered = Answered(event, parsed, result)
        summary = replace(
            answered.summary(),
            environment=self.function.settings.environment,
            duration=timedelta(seconds=time.monotonic() - started),
        )
        self._tell(summary, seconds_left)
        self.telemetry.summary(summary, result)
        return answered.answer()

    def _limits(self, seconds_left: Callable[[], float]) -> BatchLimits:
        left = seconds_left()
        part = max(left * _RESERVE, min(left / 2, _SHORTEST_RESERVE))
        reserve = min(_LONGEST_RESERVE, max(part, _LAST_MOMENT))
        return BatchLimits(self.function.settings.concurrency, seconds_left, reserve)

    def _tell(self, summary: BatchSummary, seconds_left: Callable[[], float]) -> None:
        """Tell people of a batch, if they want to hear of it. That fails no batch."""
        if not self.function.settings.notify_on.wants(summary):
            return
        try:
            notifier = self.function.notifier()
            if notifier is not None:
                notify_within(notifier, summary, seconds_left() - _LAST_MOMENT)
        except ImgmetaError as error:
            self.telemetry.untold(str(error))
        except Exception as error:  # noqa: BLE001 - what was done stays done, whoever hears of it
            self.telemetry.unexpected(error)
            self.telemetry.untold(f"unexpected {type(error).__name__}")

    def _digest(self, hours: object) -> Document:
        notifier = self.function.notifier()
        if notifier is None:
            msg = "a digest goes to a topic: set SNS_TOPIC_ARN"
            raise ConfigurationError(msg)
        until = datetime.now(UTC)
        message = digest(
            self.function.repository,
            since=until - timedelta(hours=_hours(hours)),
            until=until,
            environment=self.function.settings.environment,
        )
        notifier.notify(message)
        return counts_response(message.processed, message.failed)


def _seconds_left(context: Context | None) -> Callable[[], float]:
    if context is None:
        return lambda: inf
    return lambda: context.get_remaining_time_in_millis() / 1000


def _hours(value: object) -> float:
    hours = 24 if value is None else value
    if isinstance(hours, int | float) and not isinstance(hours, bool) and 0 < hours <= _MAX_HOURS:
        return hours
    msg = f"a digest is of some hours: give a number above 0, up to {_MAX_HOURS:,}"
    raise InvalidEventError(msg)
