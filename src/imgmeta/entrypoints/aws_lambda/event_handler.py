"""Handler of one Lambda event: parses it, calls one use case and returns the response."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Protocol

from imgmeta.bootstrap.function import Function
from imgmeta.core.audit import drift_of
from imgmeta.core.audit_requests import parse_audit
from imgmeta.core.event_values import value_at
from imgmeta.core.events import ParsedEvent, parse_event, receive_counts
from imgmeta.core.notifications import Failure
from imgmeta.core.outcomes import BatchSummary
from imgmeta.core.transports import parse_digest
from imgmeta.entrypoints.aws_lambda.responses import (
    ProcessedEvent,
    Response,
    counts_response,
    ping_response,
)
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry
from imgmeta.errors import ImgmetaError, InvalidEventError
from imgmeta.service import BatchLimits, BatchResult, notify_within, process_batch

if TYPE_CHECKING:
    from imgmeta.entrypoints.aws_lambda.commands import Commands

__all__ = ["Context", "EventHandler"]

# No object is started if less than the reserve is left: a share of the time at the start, within
# these bounds in seconds. The minimum is at most half of that time, so that some work can start.
_RESERVE_SHARE = 0.25
_MIN_RESERVE = 1.5
_MAX_RESERVE = 5.0

_RESPONSE_SECONDS = 0.5
"""Seconds kept for returning the response."""


class Context(Protocol):
    """Used part of Lambda's context object. See AWS Lambda Developer Guide, "context object"."""

    @property
    def aws_request_id(self) -> str:
        """The invocation's request ID."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the invocation."""
        ...


@dataclass(frozen=True, slots=True)
class EventHandler:
    """Handles the events of one process."""

    function: Function
    telemetry: Telemetry

    def run(self, event: object, context: Context | None) -> Response:
        """Handle an event; return a JSON-serializable response.

        Raises:
            ImgmetaError: as documented for `handler`.
        """
        self.telemetry.begin_invocation(getattr(context, "aws_request_id", ""))
        command = value_at(event, "imgmeta")
        try:
            if command == "digest":
                hours = parse_digest(event).hours
                message = self._commands.send_digest(hours, _remaining_seconds(context))
                return counts_response(message.processed, message.failed)
            if command == "ping":
                return ping_response()
            if command == "audit":
                parse_audit(event)  # raises the reason if it is invalid
            elif command is not None:
                msg = 'unknown command: send {"imgmeta": "digest", "hours": 24}'
                raise InvalidEventError(msg)
            return self._process(event, _remaining_seconds(context))
        finally:
            self.telemetry.flush()

    @property
    def _commands(self) -> "Commands":
        from imgmeta.entrypoints.aws_lambda.commands import Commands  # noqa: PLC0415 - most events have no command

        return Commands(self.function, self.telemetry)

    def _process(self, event: object, remaining_seconds: Callable[[], float]) -> Response:
        started, seconds = time.monotonic(), remaining_seconds()
        parsed = parse_event(event)
        counts = receive_counts(event)
        self.telemetry.log_malformed(parsed.malformed, counts)
        if parsed.transport is None and parsed.malformed:
            msg = f"unsupported event: {parsed.malformed[0].reason}"
            raise InvalidEventError(msg)
        limits = self._limits(seconds, remaining_seconds)
        result = process_batch(self.function.indexer, parsed.hints, limits)
        self.telemetry.log_failures(result, counts)
        self.telemetry.record_drift(drift_of(parsed.hints, result.outcomes))
        summary = replace(
            _summarize(parsed, result),
            environment=self.function.settings.environment,
            duration=timedelta(seconds=time.monotonic() - started),
        )
        self._notify(summary, remaining_seconds)
        failed_commands = (
            tuple(self._commands.run_all(parsed, counts, remaining_seconds, seconds))
            if parsed.digests or parsed.audits
            else ()
        )
        self.telemetry.record_batch(summary, result)
        return ProcessedEvent(event, parsed, result, summary, failed_commands).response()

    def _limits(self, seconds: float, remaining_seconds: Callable[[], float]) -> BatchLimits:
        share = max(seconds * _RESERVE_SHARE, min(seconds / 2, _MIN_RESERVE))
        reserve = min(_MAX_RESERVE, max(share, _RESPONSE_SECONDS))
        return BatchLimits(self.function.settings.concurrency, remaining_seconds, reserve)

    def _notify(self, summary: BatchSummary, remaining_seconds: Callable[[], float]) -> None:
        """Send the summary if the settings require it. Log and count a failure to send it."""
        if not self.function.settings.notify_on.wants(summary):
            return
        try:
            notifier = self.function.notifier()
            if notifier is not None:
                notify_within(notifier, summary, remaining_seconds() - _RESPONSE_SECONDS)
        except ImgmetaError as error:
            self.telemetry.record_failed_notification(str(error))
        except Exception as error:  # noqa: BLE001 - a failed notification must not fail the batch
            self.telemetry.log_unexpected(error)
            self.telemetry.record_failed_notification(f"unexpected {type(error).__name__}")


def _summarize(parsed: ParsedEvent, result: BatchResult) -> BatchSummary:
    """Return the counts of a batch; each malformed entry counts as failed."""
    malformed = tuple(Failure(e.message_id or "no message ID", e.reason) for e in parsed.malformed)
    summary = sum(map(BatchSummary.of, result.outcomes), BatchSummary())
    return summary + BatchSummary(failed=len(malformed), failures=malformed)


def _remaining_seconds(context: Context | None) -> Callable[[], float]:
    if context is None:
        return lambda: inf
    return lambda: context.get_remaining_time_in_millis() / 1000
