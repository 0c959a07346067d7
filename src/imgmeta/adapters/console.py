"""Messages to people, written to a text stream."""

from typing import TextIO

from imgmeta.core.notifications import Notification
from imgmeta.errors import PermanentError

__all__ = ["ConsoleNotifier"]


class ConsoleNotifier:
    """Writes each message's subject and text to a stream, such as standard error.

    What the stream's encoding cannot hold is written as a backslash escape.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def notify(self, message: Notification) -> None:
        """Write the message's subject and text, as the port says."""
        written = f"{message.subject()}\n\n{message.text()}"
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(written.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            msg = f"the message cannot be written: {error}"
            raise PermanentError(msg) from error
