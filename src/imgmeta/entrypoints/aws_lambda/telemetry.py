"""Logs and metrics of the Lambda function: JSON lines and CloudWatch's embedded metric format."""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TextIO

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from imgmeta.config import Settings
from imgmeta.core.digest import Digest
from imgmeta.core.events import MalformedEntry
from imgmeta.core.hints import AuditRequest
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.text import redact_urls
from imgmeta.service import AuditProgress, BatchResult

__all__ = ["NAMESPACE", "Telemetry"]

NAMESPACE = "imgmeta"
"""The CloudWatch namespace of the metrics."""

_LOGGER = "imgmeta"

_LEVELS = {Outcome.ERROR: "error", Outcome.FAILED: "warning"}


class _StandardOutput(logging.StreamHandler[TextIO]):
    """A log handler that looks up standard output for each line, because Lambda may replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # read-only here
        return sys.stdout


@cache
def _logger() -> Logger:
    # One per process: Powertools does not configure a second logger of the same name.
    logger = Logger(
        service=_LOGGER,
        logger_handler=_StandardOutput(),
        use_rfc3339=True,
        utc=True,
        location=None,  # omitted: always a line of this module
        # ASCII only: control characters in a key never reach a terminal.
        json_serializer=_to_json,
    )
    logging.getLogger(_LOGGER).propagate = False  # else the runtime logs each line twice
    return logger


def _to_json(line: dict[str, object]) -> str:
    """Return a log line as JSON, with the URLs in the text of an exception redacted."""
    if "exception" in line:
        line |= {"exception": _redacted(line["exception"])}
    # The exception itself, in `stack_trace`, is not a JSON value.
    return json.dumps(line, ensure_ascii=True, default=_redacted)


def _redacted(value: object) -> str:
    return redact_urls(str(value))


class Telemetry:
    """Logs and metrics, written to standard output, which Lambda sends to CloudWatch.

    Args:
        settings: `service`, which distinguishes functions of one environment, and `environment`, if
            not empty, are keys of each log line and dimensions of each metric.
    """

    def __init__(self, settings: Settings) -> None:
        environment = settings.environment or None
        dimensions = {"environment": environment} if environment else {}
        self._logger = _logger()
        # Do not name the logger after the service: the name could be that of a library's logger.
        self._logger.append_keys(service=settings.service, environment=environment)  # None: omitted
        self._metrics = AmazonCloudWatchEMFProvider(
            namespace=NAMESPACE, service=settings.service, default_dimensions=dimensions
        )

    def begin_invocation(self, request_id: str) -> None:
        """Add the invocation's request ID to each following log line."""
        self._logger.append_keys(request_id=request_id)

    def log_malformed(
        self, entries: Iterable[MalformedEntry], receive_counts: Mapping[str, int]
    ) -> None:
        """Log the malformed entries of an event."""
        for entry in entries:
            delivery = _delivery(entry.message_id, receive_counts)
            self._logger.error("malformed", extra=delivery | {"reason": entry.reason})

    def log_failures(self, result: BatchResult, receive_counts: Mapping[str, int]) -> None:
        """Log failed items, unexpected exceptions and the number of unfinished hints."""
        for item in result.outcomes:
            self._log_failure(item, receive_counts)
        for error in result.unexpected:
            self.log_unexpected(error)
        if result.unfinished:
            self.log_unfinished(len(result.unfinished))

    def log_unfinished(self, number: int) -> None:
        """Log the number of hints or audits for which no time was left."""
        self._logger.warning("out of time", unfinished=number)

    def log_unexpected(self, error: Exception) -> None:
        """Log an unexpected exception with its traceback."""
        self._logger.error("unexpected", exc_info=error)

    def record_failed_notification(self, reason: str) -> None:
        """Log and count a notification that could not be sent."""
        self._logger.error("notification failed", reason=reason)
        self._metrics.add_metric("NotificationsFailed", MetricUnit.Count, 1)

    def log_digest(self, hours: float, message: Digest) -> None:
        """Log a digest that was sent."""
        since, until = message.since.isoformat(), message.until.isoformat()
        self._logger.info("digest sent", hours=hours, since=since, until=until)

    def record_audit(self, progress: AuditProgress) -> None:
        """Log and count the keys that a slice of an audit compared."""
        piece = {"keys": progress.slice_keys, "drift": progress.slice_drift}
        self._logger.info("audit slice", bucket=progress.bucket, extra=piece)
        self._metrics.add_metric("AuditedKeys", MetricUnit.Count, progress.slice_keys)
        if not progress.is_finished:
            return
        total = {"keys": progress.keys, "drift": progress.drift}
        total["complete"] = progress.is_complete
        self._logger.info("audit finished", bucket=progress.bucket, extra=total)
        if not progress.is_complete:
            reason = (
                f"the bucket has more than {progress.keys:,} keys: increase AUDIT_MAX_KEYS (the "
                "parameter AuditMaxKeys of the stack)"
            )
            self._logger.warning("audit incomplete", bucket=progress.bucket, reason=reason)

    def record_drift(self, items: Iterable[ItemOutcome]) -> None:
        """Log and count the differences from audits that were repaired."""
        for item in items:
            location = {"bucket": item.location.bucket, "key": item.location.key}
            self._logger.warning("drift", extra=location | {"difference": item.difference})
            self._metrics.add_metric("Drift", MetricUnit.Count, 1)

    def log_failed_audit(
        self, request: AuditRequest, reason: str, receive_counts: Mapping[str, int]
    ) -> None:
        """Log a request for an audit that failed."""
        delivery = _delivery(request.message_id, receive_counts)
        failure = {"bucket": request.bucket, "reason": reason}
        self._logger.error("audit failed", extra=failure | delivery)

    def record_batch(self, summary: BatchSummary, result: BatchResult) -> None:
        """Log one line for a batch, and add its metrics."""
        milliseconds = summary.duration.total_seconds() * 1000
        counts = {
            "ImagesProcessed": summary.processed,
            "ImagesFailed": summary.failed,
            "ImagesDeleted": summary.deleted,
            "ImagesStale": summary.stale,
            "ImagesUnchanged": summary.unchanged,
            "ImagesUnfinished": len(result.unfinished),
        }
        figures = {"BytesRead": summary.bytes_read, "BatchDuration": round(milliseconds)}
        self._logger.info("batch", extra=counts | figures)
        for name, count in counts.items():
            self._metrics.add_metric(name, MetricUnit.Count, count)
        self._metrics.add_metric("BytesRead", MetricUnit.Bytes, summary.bytes_read)
        self._metrics.add_metric("BatchDuration", MetricUnit.Milliseconds, milliseconds)
        for item in result.outcomes:
            if item.age is not None:
                age = item.age.total_seconds() * 1000
                self._metrics.add_metric("EventAge", MetricUnit.Milliseconds, age)

    def flush(self) -> None:
        """Write the metrics added since the last flush, if any."""
        if self._metrics.metric_set:
            self._metrics.flush_metrics()

    def _log_failure(self, item: ItemOutcome, receive_counts: Mapping[str, int]) -> None:
        level = _LEVELS.get(item.outcome)
        if level is not None:
            failure = {
                "bucket": item.location.bucket,
                "key": item.location.key,
                "reason": item.reason,
            }
            delivery = _delivery(item.message_id, receive_counts)
            getattr(self._logger, level)(item.outcome.value, extra=failure | delivery)


def _delivery(message_id: str, receive_counts: Mapping[str, int]) -> dict[str, object]:
    """Return the keys of a log line that name a message, and how often it was delivered."""
    count = receive_counts.get(message_id)
    named: dict[str, object] = {"message_id": message_id}
    return named if count is None else named | {"receive_count": count}
