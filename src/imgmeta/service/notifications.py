"""Telling people, without waiting for ever."""

from concurrent.futures import ThreadPoolExecutor, TimeoutError  # noqa: A004 - Python 3.11's own
from math import isfinite

from imgmeta.core.notifications import Notification
from imgmeta.errors import TransientError
from imgmeta.ports import Notifier

__all__ = ["notify_within"]


def notify_within(notifier: Notifier, message: Notification, seconds: float) -> None:
    """Send a message, and wait for that no longer than so many seconds.

    What takes longer may still be sent.

    Raises:
        TransientError: it could not be sent now, or not in that time.
        PermanentError: it cannot be sent.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="imgmeta")
    sending = pool.submit(notifier.notify, message)
    try:
        sending.result(timeout=max(seconds, 0) if isfinite(seconds) else None)
    except TimeoutError as error:
        msg = "people could not be told in time"
        raise TransientError(msg) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
