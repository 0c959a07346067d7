"""Handler of one Lambda event: parses it, calls one use case and returns the response."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Protocol

from imgmeta.bootstrap.function import Function
from imgmeta.core.digest import Digest
from imgmeta.core.event_values import value_at
from imgmeta.core.events import ParsedEvent, parse_event
from imgmeta.core.hints import DigestRequest
from imgmeta.core.notifications import Failure
from imgmeta.core.outcomes import BatchSummary
from imgmeta.core.transports import parse_digest
from imgmeta.entrypoints.aws_lambda.responses import (
    ProcessedEvent,
    Response,
    UnsentDigest,
    counts_response,
    ping_response,
)
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry
from imgmeta.errors import ConfigurationError, ImgmetaError, InvalidEventError
from imgmeta.service import (
    BatchLimits,
    BatchResult,
    add_unindexed,
    digest,
    notify_within,
    process_batch,
)

__all__ = ["Context", "EventHandler"]

# No object is started if less than the reserve is left: a share of the time at the start, within
# these bounds in seconds. The minimum is at most half of that time, so that some work can start.
_RESERVE_SHARE = 0.25
_MIN_RESERVE = 1.5
_MAX_RESERVE = 5.0

_RESPONSE_SECONDS = 0.5
"""Seconds kept for returning the response."""

_DIGEST_RESERVE = 10.0
"""Seconds kept for sending a digest while objects are counted."""


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
                message = self._send_digest(hours, _remaining_seconds(context))
                return counts_response(message.processed, message.failed)
            if command == "ping":
                return ping_response()
            if command is not None:
                msg = 'unknown command: send {"imgmeta": "digest", "hours": 24}'
                raise InvalidEventError(msg)
            return self._process(event, _remaining_seconds(context))
        finally:
            self.telemetry.flush()

    def _process(self, event: object, remaining_seconds: Callable[[], float]) -> Response:
        started = time.monotonic()
        parsed = parse_event(event)
        for entry in parsed.malformed:
            self.telemetry.log_malformed(entry)
        if parsed.transport is None and parsed.malformed:
            msg = f"unsupported event: {parsed.malformed[0].reason}"
            raise InvalidEventError(msg)
        result = process_batch(self.function.indexer, parsed.hints, self._limits(remaining_seconds))
        self.telemetry.log_failures(result)
        summary = replace(
            _summarize(parsed, result),
            environment=self.function.settings.environment,
            duration=timedelta(seconds=time.monotonic() - started),
        )
        self._notify(summary, remaining_seconds)
        unsent = tuple(self._send_digests(parsed.digests, remaining_seconds))
        self.telemetry.record_batch(summary, result)
        return ProcessedEvent(event, parsed, result, summary, unsent).response()

    def _limits(self, remaining_seconds: Callable[[], float]) -> BatchLimits:
        seconds = remaining_seconds()
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

    def _send_digests(
        self, requests: Iterable[DigestRequest], remaining_seconds: Callable[[], float]
    ) -> Iterator[UnsentDigest]:
        """Send one digest for each different number of hours; yield the requests that failed.

        They came in messages, which are retried, so that a failure must not affect the others.
        """
        reasons: dict[float, str | None] = {}
        for request in requests:
            if request.hours not in reasons:
                reasons[request.hours] = self._try_to_send_digest(request.hours, remaining_seconds)
            reason = reasons[request.hours]
            if reason is not None:
                yield UnsentDigest(request.message_id, reason)

    def _try_to_send_digest(
        self, hours: float, remaining_seconds: Callable[[], float]
    ) -> str | None:
        """Send a digest. Log, count and return the reason if that fails."""
        try:
            self._send_digest(hours, remaining_seconds)
        except ImgmetaError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - a failed digest must not fail the batch
            self.telemetry.log_unexpected(error)
            reason = f"unexpected {type(error).__name__}"
        else:
            return None
        self.telemetry.record_failed_notification(reason)
        return reason

    def _send_digest(self, hours: float, remaining_seconds: Callable[[], float]) -> Digest:
        notifier = self.function.notifier()
        if notifier is None:
            msg = "cannot send a digest without a topic: set SNS_TOPIC_ARN"
            raise ConfigurationError(msg)
        until = datetime.now(UTC)
        since = until - timedelta(hours=hours)
        settings, indexer = self.function.settings, self.function.indexer
        message = digest(
            self.function.repository, since=since, until=until, environment=settings.environment
        )
        if settings.bucket:
            message = add_unindexed(
                message,
                indexer.objects,
                settings.bucket,
                is_indexed=indexer.rules.is_indexed,
                is_time_left=lambda: remaining_seconds() > _DIGEST_RESERVE,
            )
        notifier.notify(message)
        return message


def _summarize(parsed: ParsedEvent, result: BatchResult) -> BatchSummary:
    """Return the counts of a batch; each malformed entry counts as failed."""
    malformed = tuple(Failure(e.message_id or "no message ID", e.reason) for e in parsed.malformed)
    summary = sum(map(BatchSummary.of, result.outcomes), BatchSummary())
    return summary + BatchSummary(failed=len(malformed), failures=malformed)


def _remaining_seconds(context: Context | None) -> Callable[[], float]:
    if context is None:
        return lambda: inf
    return lambda: context.get_remaining_time_in_millis() / 1000
