"""Sending of notifications within a time limit."""

from concurrent.futures import ThreadPoolExecutor, TimeoutError  # noqa: A004 - Python 3.11's own
from math import isfinite

from imgmeta.core.notifications import Notification
from imgmeta.errors import TransientError
from imgmeta.ports import Notifier

__all__ = ["notify_within"]


def notify_within(notifier: Notifier, notification: Notification, seconds: float) -> None:
    """Send a notification, and wait at most `seconds` for it.

    After a timeout it may still be sent.

    Raises:
        TransientError: it could not be sent now, or it timed out.
        PermanentError: it cannot be sent.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="imgmeta")
    sending = pool.submit(notifier.notify, notification)
    try:
        sending.result(timeout=max(seconds, 0) if isfinite(seconds) else None)
    except TimeoutError as error:
        msg = "the notification timed out"
        raise TransientError(msg) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
