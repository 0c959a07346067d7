"""The commands of the function, directly or in messages: to send a digest, and to audit."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

from imgmeta.bootstrap.function import Function
from imgmeta.core.digest import Digest
from imgmeta.core.events import ParsedEvent
from imgmeta.core.hints import AuditRequest, DigestRequest
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.entrypoints.aws_lambda.responses import OUT_OF_TIME, FailedCommand
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry
from imgmeta.errors import ConfigurationError, ImgmetaError, InvalidEventError
from imgmeta.service import AuditLimits, add_unindexed, digest, run_within, start_audits
from imgmeta.service.audit import audit

__all__ = ["Commands"]

_DIGEST_RESERVE = 10.0
"""Seconds kept for sending a digest while objects are counted."""

_SLICE_KEYS = 5_000
_SLICE_DIFFERENCES = 1_000
"""Limits of a slice of an audit: it takes a few seconds, most of them for these requests: about six
pages of keys, ten pages of records, and 100 batches of hints."""


@dataclass(frozen=True, slots=True)
class _AuditTimes:
    """Time limits, in seconds, for the audits of one invocation.

    Attributes:
        start: the least remaining time at which a slice starts.
        send: the time reserved for sending a slice's hints.
        respond: the time reserved for returning the response.
    """

    start: float
    send: float
    respond: float

    @classmethod
    def of(cls, seconds: float) -> Self:
        """Return the limits for an invocation with the given remaining seconds."""
        return cls(min(15.0, seconds / 4), min(10.0, seconds / 6), min(1.0, seconds / 6))


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs the commands to the function of one process."""

    function: Function
    telemetry: Telemetry

    def run_all(
        self,
        parsed: ParsedEvent,
        receive_counts: Mapping[str, int],
        remaining_seconds: Callable[[], float],
        seconds: float,
    ) -> Iterator[FailedCommand]:
        """Run the commands in messages; yield those that failed, which are then retried.

        A failure does not affect the other commands.

        Args:
            parsed: the event.
            receive_counts: how often each message was delivered.
            remaining_seconds: returns the remaining time of the invocation.
            seconds: its time at the start.
        """
        times = _AuditTimes.of(seconds)
        yield from self._send_digests(parsed.digests, remaining_seconds)
        for request in parsed.audits:
            if remaining_seconds() < times.start:
                self.telemetry.log_unfinished(1)
                yield FailedCommand(request.message_id, OUT_OF_TIME)
                continue
            run = partial(self._audit, request, remaining_seconds, times)
            reason = self._reason_of_failure(run)
            if reason is not None:
                self.telemetry.log_failed_audit(request, reason, receive_counts)
                yield FailedCommand(request.message_id, reason)

    def send_digest(self, hours: float, remaining_seconds: Callable[[], float]) -> Digest:
        """Send the digest of the last `hours`, and return it.

        Raises:
            ImgmetaError: it cannot be created or sent.
        """
        notifier = self.function.notifier()
        if notifier is None:
            msg = "cannot send a digest without a recipient: set SNS_TOPIC_ARN or IMGMETA_NOTIFY"
            raise ConfigurationError(msg)
        until = datetime.now(UTC)
        since = until - timedelta(hours=hours)
        settings, indexer = self.function.settings, self.function.indexer
        message = digest(
            self.function.repository, since=since, until=until, environment=settings.environment
        )
        if settings.buckets:
            message = add_unindexed(
                message,
                indexer.objects,
                [Target(bucket, settings.prefix) for bucket in settings.buckets],
                is_indexed=indexer.rules.is_indexed,
                is_time_left=lambda: remaining_seconds() > _DIGEST_RESERVE,
            )
        notifier.notify(message)
        self.telemetry.log_digest(hours, message)
        return message

    def _send_digests(
        self, requests: Iterable[DigestRequest], remaining_seconds: Callable[[], float]
    ) -> Iterator[FailedCommand]:
        """Send one digest for each different number of hours; yield the requests that failed."""
        reasons: dict[float, str | None] = {}
        for request in requests:
            if request.hours not in reasons:
                reasons[request.hours] = self._try_to_send_digest(request.hours, remaining_seconds)
            reason = reasons[request.hours]
            if reason is not None:
                yield FailedCommand(request.message_id, reason)

    def _try_to_send_digest(
        self, hours: float, remaining_seconds: Callable[[], float]
    ) -> str | None:
        """Send a digest. Log, count and return the reason if that fails."""
        reason = self._reason_of_failure(lambda: self.send_digest(hours, remaining_seconds))
        if reason is not None:
            self.telemetry.record_failed_notification(reason)
        return reason

    def _audit(
        self, request: AuditRequest, remaining_seconds: Callable[[], float], times: _AuditTimes
    ) -> None:
        settings, queue = self.function.settings, self.function.audit_queue()
        if request.bucket is None:
            start_audits(queue, settings.buckets)
            return
        if request.bucket not in settings.buckets:
            msg = f"cannot audit {printable(request.bucket)}: the function does not serve it"
            raise InvalidEventError(msg)
        served = Target(request.bucket, settings.prefix)
        limits = AuditLimits(
            max_keys=settings.audit_max_keys,
            slice_keys=_SLICE_KEYS,
            slice_differences=_SLICE_DIFFERENCES,
            is_time_left=lambda: remaining_seconds() > times.send,
        )
        # A slow bucket or index must not fail the other messages of the batch.
        progress = run_within(
            lambda: audit(self.function.indexer, queue, request, served, limits),
            remaining_seconds() - times.respond,
            "the audit timed out",
        )
        self.telemetry.record_audit(progress)

    def _reason_of_failure(self, command: Callable[[], object]) -> str | None:
        """Run a command; return the reason if it fails. A failure must not fail the batch."""
        try:
            command()
        except ImgmetaError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a failed command must not fail the batch
            self.telemetry.log_unexpected(error)
            return f"unexpected {type(error).__name__}"
        return None
