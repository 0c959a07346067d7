"""Functions, metrics and subscriptions in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from imgmeta.deployment.core.findings import Invocation, MetricQuery, Subscription

__all__ = ["InMemoryFunctions", "InMemoryMetrics", "InMemorySubscriptions"]


@dataclass
class InMemoryFunctions:
    """Functions that all respond the same.

    Attributes:
        invocation: the outcome of each invocation.
        events: the events of all invocations.
        mappings: the states of event source mappings.
        digest: the SHA-256 of their package; None: unknown.
        error: is raised by each request; None: none.
    """

    invocation: Invocation = field(default_factory=Invocation)
    events: list[str] = field(default_factory=list[str])
    mappings: Mapping[str, str] = field(default_factory=dict[str, str])
    digest: bytes | None = None
    error: Exception | None = None

    def invoke(self, function: str, event: str) -> Invocation:
        assert function
        if self.error is not None:
            raise self.error
        self.events.append(event)
        return self.invocation

    def event_source_state(self, mapping_id: str) -> str | None:
        if self.error is not None:
            raise self.error
        return self.mappings.get(mapping_id)

    def package_digest(self, function: str) -> bytes | None:
        assert function
        if self.error is not None:
            raise self.error
        return self.digest


@dataclass
class InMemoryMetrics:
    """Metrics in memory.

    Attributes:
        values: the values of each metric, by its name and the value of its last dimension.
        error: is raised by each request; None: none.
    """

    values: dict[tuple[str, str], dict[datetime, float]] = field(
        default_factory=dict[tuple[str, str], dict[datetime, float]]
    )
    error: Exception | None = None

    def read(
        self, queries: Sequence[MetricQuery], *, since: datetime, until: datetime
    ) -> list[dict[datetime, float]]:
        if self.error is not None:
            raise self.error
        return [
            {
                minute: value
                for minute, value in self.values.get(
                    (query.name, query.dimensions[-1][1]), {}
                ).items()
                if since <= minute < until
            }
            for query in queries
        ]


class InMemorySubscriptions:
    """The subscriptions to one topic."""

    def __init__(self, *subscriptions: Subscription) -> None:
        self._subscriptions = subscriptions

    def of_topic(self, topic: str) -> Iterator[Subscription]:
        assert topic
        yield from self._subscriptions
