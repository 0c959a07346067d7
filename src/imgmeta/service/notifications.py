"""Sending of notifications within a time limit."""

from imgmeta.core.notifications import Notification
from imgmeta.ports import Notifier
from imgmeta.service.concurrency import run_within

__all__ = ["notify_within"]


def notify_within(notifier: Notifier, notification: Notification, seconds: float) -> None:
    """Send a notification, and wait at most `seconds` for it.

    After a timeout it may still be sent.

    Raises:
        TransientError: it could not be sent now, or it timed out.
        PermanentError: it cannot be sent.
    """
    run_within(lambda: notifier.notify(notification), seconds, "the notification timed out")
