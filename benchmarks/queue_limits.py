"""Limits of AWS in the simulation of the queue, and the settings that move them."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Limit", "Limits", "Settings", "TokenBucket"]


class Limit(StrEnum):
    """A limit that slows processing down, and how to move it."""

    SCALING = "event source scales up by 300 invocations a minute"
    MAXIMUM_CONCURRENCY = "MaximumConcurrency"
    EVENT_SOURCE = "1,250 invocations of one event source"
    FUNCTION = "concurrency of the function or the account"
    IN_FLIGHT = "120,000 messages in flight"
    TABLE = "DynamoDB writes of the table"
    PARTITION = "DynamoDB writes of one partition of an index"
    PREFIX = "S3 GET requests of one prefix"

    @property
    def remedy(self) -> str:
        """What moves the limit."""
        return _REMEDIES[self]


_REMEDIES = {
    Limit.SCALING: "nothing; a larger BatchSize with a BatchWindow needs fewer invocations",
    Limit.MAXIMUM_CONCURRENCY: "MaximumConcurrency, or BatchSize with BatchWindow",
    Limit.EVENT_SOURCE: "BatchSize with BatchWindow",
    Limit.FUNCTION: "ReservedConcurrency, and the quota of the account",
    Limit.IN_FLIGHT: "the quota of the queue, or a smaller BatchSize",
    Limit.TABLE: "warm throughput of the table; or a lower MaximumConcurrency, which waits longer",
    Limit.PARTITION: "keys with a varying part before the time, or several buckets",
    Limit.PREFIX: "keys with more prefixes; S3 splits busy ones within minutes",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of AWS, with the documented defaults.

    Attributes:
        first_invocations: invocations with which an event source starts.
        growth: further invocations after each minute with a backlog.
        event_source: the largest number of an event source. All three: AWS Lambda Developer Guide,
            "Configuring scaling behavior for SQS event source mappings".
        function: invocations of the function, or of the account: "Lambda quotas".
        in_flight: messages received and not deleted: Amazon SQS Developer Guide, "quotas".
        table_writes: writes of 1 KB a second of a new on-demand table: Amazon DynamoDB Developer
            Guide, "On-demand capacity mode".
        partition_writes: the same of one partition.
        prefix_gets: GET requests a second of one prefix: Amazon S3 User Guide, "Best practices
            design patterns: optimizing Amazon S3 performance".
    """

    first_invocations: int = 5
    growth: int = 300
    event_source: int = 1250
    function: int = 1000
    in_flight: int = 120_000
    table_writes: int = 4000
    partition_writes: int = 1000
    prefix_gets: int = 5500


@dataclass(frozen=True, slots=True)
class Settings:
    """The stack's settings, with the defaults of the template.

    Attributes:
        batch_size: messages in a batch.
        batch_window: seconds to wait for a batch to fill.
        maximum_concurrency: concurrent invocations of the event source; 1000: no limit.
        visibility_timeout: seconds after which an unfinished message is delivered again.
        max_receives: deliveries after which a message becomes a dead letter.
        is_ascending: whether each new key sorts after all others, so that all writes of a bucket
            reach one partition of the index.
    """

    batch_size: int = 10
    batch_window: float = 0.0
    maximum_concurrency: int = 20
    visibility_timeout: float = 360.0
    max_receives: int = 5
    is_ascending: bool = False


class TokenBucket:
    """Admits a number of requests a second, with bursts of one second.

    Args:
        rate: requests a second.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = float(rate)
        self._filled_at = 0.0

    def take(self, wanted: int, now: float) -> int:
        """Return how many of the requests are admitted at a time that never goes back."""
        self._tokens = min(self._rate, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        admitted = min(wanted, int(self._tokens))
        self._tokens -= admitted
        return admitted
