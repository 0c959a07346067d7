"""In-memory notification configurations of buckets, and rules of EventBridge."""

from collections.abc import Callable
from dataclasses import dataclass, field

from imgmeta.core.text import printable
from imgmeta.deployment.core.bucket_notifications import (
    MissingBucketError,
    NotificationConfiguration,
)
from imgmeta.deployment.core.event_rules import may_match_bucket
from imgmeta.errors import AdapterError, ConfigurationError

__all__ = ["InMemoryNotifications", "InMemoryRules", "notification_document"]

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def notification_document(*entries: str) -> bytes:
    """Return the document of a configuration with these entries, each as XML."""
    root = "NotificationConfiguration"
    return f'<{root} xmlns="{NAMESPACE}">{"".join(entries)}</{root}>'.encode()


def _ignore(_: str) -> None:
    """Do nothing."""


@dataclass
class InMemoryNotifications:
    """The notification configurations of an account's buckets.

    Attributes:
        documents: the document of each bucket.
        errors: the error of each bucket that cannot be read.
        put_errors: the error of each bucket that cannot be changed.
        unsuitable: the reason for each bucket whose events do not reach the account and region.
        after_get: called after each `get`, with the bucket; can change the configuration.
        after_put: called after each `put`.
        puts: the buckets changed so far.
        stale_reads: how many reads after a `put` return the configuration before it.
    """

    documents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    errors: dict[str, AdapterError] = field(default_factory=dict[str, AdapterError])
    put_errors: dict[str, AdapterError] = field(default_factory=dict[str, AdapterError])
    unsuitable: dict[str, str] = field(default_factory=dict[str, str])
    after_get: Callable[[str], None] = _ignore
    after_put: Callable[[str], None] = _ignore
    puts: list[str] = field(default_factory=list[str])
    stale_reads: int = 0
    _stale: list[bytes] = field(default_factory=list[bytes])

    def add(self, bucket: str, *entries: str) -> None:
        """Add a bucket, or replace its configuration."""
        self.documents[bucket] = notification_document(*entries)

    def check(self, bucket: str) -> None:
        """Check that the account and region get the bucket's events: see the port."""
        if bucket not in self.documents:
            msg = f"the bucket {printable(bucket)} does not exist"
            raise ConfigurationError(msg)
        if bucket in self.unsuitable:
            raise ConfigurationError(self.unsuitable[bucket])

    def get(self, bucket: str) -> NotificationConfiguration:
        """Return the configuration of the bucket: see `BucketNotifications.get`."""
        if bucket in self.errors:
            raise self.errors[bucket]
        document = self._stale.pop() if self._stale else self._document(bucket)
        self.after_get(bucket)
        return NotificationConfiguration(document)

    def put(self, bucket: str, configuration: NotificationConfiguration) -> None:
        """Replace the configuration of the bucket: see `BucketNotifications.put`."""
        if bucket in self.put_errors:
            raise self.put_errors[bucket]
        self._stale = [self._document(bucket)] * self.stale_reads
        self.documents[bucket] = configuration.document
        self.puts.append(bucket)
        self.after_put(bucket)

    def _document(self, bucket: str) -> bytes:
        if bucket not in self.documents:
            msg = f"the bucket {printable(bucket)} does not exist"
            raise MissingBucketError(msg)
        return self.documents[bucket]


@dataclass
class InMemoryRules:
    """The rules of an account's default event bus.

    Attributes:
        patterns: the event pattern of each rule.
        error: raised by each call while it is set.
    """

    patterns: dict[str, str] = field(default_factory=dict[str, str])
    error: AdapterError | None = None

    def matching(self, bucket: str) -> list[str]:
        """Return the rules that may match events of the bucket: see `EventRules.matching`."""
        if self.error is not None:
            raise self.error
        return [name for name, each in self.patterns.items() if may_match_bucket(each, bucket)]
