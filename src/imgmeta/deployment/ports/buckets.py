"""Ports for the events of existing buckets."""

from typing import Protocol

from imgmeta.deployment.core.bucket_notifications import NotificationConfiguration

__all__ = ["BucketNotifications", "EventRules"]


class BucketNotifications(Protocol):
    """The event notification configurations of buckets in one account and region.

    Methods raise TransientError for a temporary failure, PermanentError for a permanent failure,
    and for missing permissions a PermanentError whose message has the policy statement to add.
    """

    def check(self, bucket: str) -> None:
        """Check that a rule of Amazon EventBridge in this account and region gets its events.

        Raises:
            ConfigurationError: the bucket does not exist, is in another region, or belongs to
                another account.
        """
        ...

    def get(self, bucket: str) -> NotificationConfiguration:
        """Return the complete configuration of the bucket, including what imgmeta does not know.

        Raises:
            MissingBucketError: the bucket does not exist.
        """
        ...

    def put(self, bucket: str, configuration: NotificationConfiguration) -> None:
        """Replace the configuration of the bucket.

        Destinations in it are not validated again: a foreign one may no longer exist.
        """
        ...


class EventRules(Protocol):
    """The rules on the default event bus of Amazon EventBridge in one account and region."""

    def matching(self, bucket: str) -> list[str]:
        """Return the names of the rules that may match events of the bucket, in any order.

        Disabled rules count: someone may enable them again.

        Raises:
            TransientError: the rules cannot be read now.
            PermanentError: the rules cannot be read.
        """
        ...
