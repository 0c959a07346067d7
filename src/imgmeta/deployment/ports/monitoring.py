"""Ports for what shows the health of a stack: alarms, queues, logs, metrics."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from imgmeta.deployment.core.findings import Invocation, MetricQuery, Subscription
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.core.stacks import Alarm, QueueDepth

__all__ = ["Alarms", "FunctionLogs", "Functions", "Metrics", "QueueGauge", "Subscriptions"]


class Alarms(Protocol):
    """The alarms of one account and region."""

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        """Yield the alarms with these names that exist, in any order.

        Raises:
            TransientError: the alarms cannot be read now.
            PermanentError: the alarms cannot be read.
        """
        ...


class FunctionLogs(Protocol):
    """The log groups of functions of one account and region."""

    def events(
        self, log_group: str, *, since: datetime, until: datetime, pattern: str = ""
    ) -> Iterator[LogEvent]:
        """Yield the events of a period, the oldest first, reading them as the iterator advances.

        Args:
            log_group: the log group's name. A group that does not exist has no events.
            since: the start of the period, which belongs to it; timezone-aware.
            until: the end of the period, which does not belong to it; timezone-aware.
            pattern: a filter pattern of Amazon CloudWatch Logs; empty: all events.

        Raises:
            TransientError: the log cannot be read now.
            PermanentError: the log cannot be read.
        """
        ...


class Functions(Protocol):
    """The functions of one account and region.

    Methods raise TransientError for a temporary failure, and PermanentError for a permanent one.
    """

    def invoke(self, function: str, event: str) -> Invocation:
        """Invoke the function once with the JSON `event`, and return the outcome.

        A failed or throttled invocation is an outcome, not an error.
        """
        ...

    def event_source_state(self, mapping_id: str) -> str | None:
        """Return the state of an event source mapping, such as `Enabled`; None: there is none."""
        ...

    def package_digest(self, function: str) -> bytes | None:
        """Return the SHA-256 of the function's deployment package.

        None: the function does not exist, or its digest is unknown.
        """
        ...


class Metrics(Protocol):
    """The metrics of one account and region."""

    def read(
        self, queries: Sequence[MetricQuery], *, since: datetime, until: datetime
    ) -> list[dict[datetime, float]]:
        """Return the values of each query by minute, the oldest first; none without data.

        Raises:
            TransientError: the metrics cannot be read now.
            PermanentError: the metrics cannot be read.
        """
        ...


class QueueGauge(Protocol):
    """Measures queues."""

    def depth(self, url: str) -> QueueDepth:
        """Return the approximate numbers of messages in the queue at this URL.

        Raises:
            TransientError: the queue cannot be read now.
            PermanentError: the queue does not exist or cannot be read.
        """
        ...


class Subscriptions(Protocol):
    """The subscriptions to the topics of one account and region."""

    def of_topic(self, topic: str) -> Iterator[Subscription]:
        """Yield the subscriptions to the topic with this ARN, in any order.

        Raises:
            TransientError: they cannot be read now.
            PermanentError: the topic does not exist, or they cannot be read.
        """
        ...
