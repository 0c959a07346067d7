"""Switches the delivery of a bucket's events to Amazon EventBridge on and off."""

from dataclasses import dataclass

from imgmeta.core.text import printable
from imgmeta.deployment.core.bucket_notifications import NotificationConfiguration
from imgmeta.deployment.ports import BucketNotifications
from imgmeta.deployment.service.waiter import Sleep
from imgmeta.errors import TransientError

__all__ = ["EventDelivery"]

_ATTEMPTS = 5
_PAUSE = 0.5
"""Seconds to wait for another change to end."""
_READ_BACK_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each attempt to read a change back: bucket configurations are eventually
consistent (Amazon S3 User Guide, "Amazon S3 data consistency model")."""


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """Changes one entry in the notification configuration of a bucket, and keeps all others.

    S3 can replace only the whole configuration, and cannot make that conditional on its state. So
    the configuration is read twice before the change and read back after it. If it was
    changed meanwhile, the change is made again, in addition to the other one.

    Attributes:
        notifications: the notification configurations.
        sleep: pauses between two requests.
    """

    notifications: BucketNotifications
    sleep: Sleep

    def switch(self, bucket: str, *, enabled: bool) -> None:
        """Switch the delivery on or off; do nothing if it is already.

        Raises:
            TransientError: S3 is temporarily unavailable, or others keep changing the
                configuration.
            PermanentError: the configuration may not be read or changed.
        """
        for _ in range(_ATTEMPTS):
            before = self.notifications.get(bucket)
            if before.sends_to_eventbridge == enabled:
                return
            if self.notifications.get(bucket) == before:
                wanted = before.with_eventbridge(enabled=enabled)
                self.notifications.put(bucket, wanted)
                if self._is_stored(bucket, wanted, before):
                    return
            self.sleep(_PAUSE)
        msg = (
            f"the notifications of the bucket {printable(bucket)} do not stay as written, since "
            "someone else keeps changing them: wait until that ends, then run the command again"
        )
        raise TransientError(msg)

    def _is_stored(
        self, bucket: str, wanted: NotificationConfiguration, before: NotificationConfiguration
    ) -> bool:
        """Return whether the change is stored; False if someone else made another change."""
        for pause in _READ_BACK_PAUSES:
            self.sleep(pause)
            after = self.notifications.get(bucket)
            if after != before:
                return after == wanted
        return False  # someone else restored what was there, or S3 shows the change too late
