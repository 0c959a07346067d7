"""Sending of notifications: within a time limit, and to several recipients."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from imgmeta.core.notifications import Notification
from imgmeta.errors import ImgmetaError, PermanentError, TransientError
from imgmeta.ports import Notifier
from imgmeta.service.threads import run_within

__all__ = ["NotifierGroup", "notify_within"]


class NotifierGroup:
    """Sends each notification through several notifiers at once.

    Neither a failing nor a slow notifier stops the others.

    Args:
        notifiers: the notifiers; at least one.
    """

    def __init__(self, notifiers: Sequence[Notifier]) -> None:
        self._notifiers = notifiers

    def notify(self, notification: Notification) -> None:
        """Send the notification through all notifiers: see `Notifier.notify`.

        Raises:
            TransientError: one or more could not send it now; sending it again would repeat it for
                the others.
            PermanentError: one or more cannot send it.
        """
        with ThreadPoolExecutor(len(self._notifiers)) as pool:
            results = [pool.submit(each.notify, notification) for each in self._notifiers]
        errors = [error for each in results if (error := each.exception()) is not None]
        if not errors:
            return
        expected = [error for error in errors if isinstance(error, ImgmetaError)]
        if len(errors) == 1 or len(expected) < len(errors):
            raise next((error for error in errors if error not in expected), errors[0])
        is_temporary = any(isinstance(error, TransientError) for error in expected)
        msg = "; ".join(map(str, expected))
        raise (TransientError if is_temporary else PermanentError)(msg) from expected[0]


def notify_within(notifier: Notifier, notification: Notification, seconds: float) -> None:
    """Send a notification, and wait at most `seconds` for it.

    After a timeout it may still be sent.

    Raises:
        TransientError: it could not be sent now, or it timed out.
        PermanentError: it cannot be sent.
    """
    run_within(lambda: notifier.notify(notification), seconds, "the notification timed out")
