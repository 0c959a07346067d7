"""Messages to people, written to a text stream."""

from typing import TextIO

from imgmeta.core.batch import BatchSummary
from imgmeta.errors import PermanentError

__all__ = ["ConsoleNotifier"]


class ConsoleNotifier:
    """Writes each message's subject and text to a stream, such as standard error.

    What the stream's encoding cannot hold is written as a backslash escape.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def notify(self, summary: BatchSummary) -> None:
        """Write the summary's subject and text, as the port says."""
        message = f"{summary.subject()}\n\n{summary.text()}"
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(message.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            msg = f"the message cannot be written: {error}"
            raise PermanentError(msg) from error
