"""What operators see: logs as JSON, and metrics in them (CloudWatch's embedded metric format)."""

import json
import logging
import sys
from functools import cache, partial
from typing import TextIO

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from imgmeta.config import Settings
from imgmeta.core.events import MalformedEntry
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.service import BatchResult

__all__ = ["NAMESPACE", "Telemetry"]

NAMESPACE = "imgmeta"
"""The metrics' namespace in CloudWatch."""

_LOGGER = "imgmeta"

_LEVELS = {Outcome.ERROR: "error", Outcome.FAILED: "warning"}


class _StandardOutput(logging.StreamHandler[TextIO]):
    """Writes to what standard output is when it writes; Lambda may replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # it can be asked, not set
        return sys.stdout


@cache
def _logger() -> Logger:
    # One for the process, as logging's own are: a second one would find the first one's handler.
    logger = Logger(
        service=_LOGGER,
        logger_handler=_StandardOutput(),
        use_rfc3339=True,
        utc=True,
        location=None,  # always a line of this module
        # A line is plain ASCII: what a key holds cannot reach a terminal.
        json_serializer=partial(json.dumps, ensure_ascii=True, default=str),
    )
    logging.getLogger(_LOGGER).propagate = False  # Lambda's own handler would write it again
    return logger


class Telemetry:
    """Writes to standard output, which Lambda hands to CloudWatch.

    Args:
        settings: `service` is in each line and a dimension of each metric, so that what functions
            of one environment say is not mixed up; so is `environment`, unless it is empty.
    """

    def __init__(self, settings: Settings) -> None:
        environment = settings.environment or None
        dimensions = {"environment": environment} if environment else {}
        self._logger = _logger()
        # The logger's own name stays: a service may be called as some library's logger is.
        self._logger.append_keys(service=settings.service, environment=environment)  # None: no key
        self._metrics = AmazonCloudWatchEMFProvider(
            namespace=NAMESPACE, service=settings.service, default_dimensions=dimensions
        )

    def begin(self, request_id: str) -> None:
        """Have each line say which invocation it is of."""
        self._logger.append_keys(request_id=request_id)

    def malformed(self, entry: MalformedEntry) -> None:
        """Tell of an entry that cannot be understood."""
        self._logger.error("malformed", message_id=entry.message_id, reason=entry.reason)

    def result(self, result: BatchResult) -> None:
        """Tell of each item that failed, and of what should not have happened."""
        for item in result.outcomes:
            self._item(item)
        for error in result.unexpected:
            self.unexpected(error)
        if result.unfinished:
            self._logger.warning("out of time", unfinished=len(result.unfinished))

    def unexpected(self, error: Exception) -> None:
        """Tell of what should not have happened, and of where it did."""
        self._logger.error("unexpected", exc_info=error)

    def untold(self, reason: str) -> None:
        """Tell that people could not be told."""
        self._logger.error("notification failed", reason=reason)
        self._metrics.add_metric("NotificationsFailed", MetricUnit.Count, 1)

    def summary(self, summary: BatchSummary, result: BatchResult) -> None:
        """Tell of a batch as a whole, in one line and in the metrics."""
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
        """Write the metrics, if there are any."""
        if self._metrics.metric_set:
            self._metrics.flush_metrics()

    def _item(self, item: ItemOutcome) -> None:
        level = _LEVELS.get(item.outcome)
        if level is not None:
            getattr(self._logger, level)(
                item.outcome.value,
                bucket=item.location.bucket,
                key=item.location.key,
                reason=item.reason,
                message_id=item.message_id,
            )
