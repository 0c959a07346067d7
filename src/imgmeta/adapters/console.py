"""Notifications on a text stream."""

from typing import TextIO

from imgmeta.core.notifications import Notification
from imgmeta.errors import PermanentError

__all__ = ["ConsoleNotifier"]


class ConsoleNotifier:
    """Writes notifications to a text stream, such as standard error.

    Characters that the stream's encoding lacks are written as backslash escapes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def notify(self, notification: Notification) -> None:
        """Write the subject and the text: see `Notifier.notify`."""
        text = f"{notification.subject()}\n\n{notification.text()}"
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            msg = f"cannot write the notification: {error}"
            raise PermanentError(msg) from error
