"""Counts the unreadable records that a query skipped."""

from imgmeta.entrypoints.cli.remedies import error_message
from imgmeta.entrypoints.cli.rendering.screen import Screen
from imgmeta.errors import InvalidRecordError

__all__ = ["UnreadableRecords"]


class UnreadableRecords:
    """The number of unreadable records, and the error of the first.

    Attributes:
        count: their number.
    """

    def __init__(self) -> None:
        self.count = 0
        self._first = ""

    def add(self, error: InvalidRecordError) -> None:
        """Count one record."""
        self.count += 1
        self._first = self._first or error_message(error)

    def report(self, stderr: Screen, participle: str = "shown") -> None:
        """Print a line about them, if there are any.

        Args:
            stderr: the stream for errors.
            participle: the missing action, such as `shown`.
        """
        if self.count:
            noun = "record is" if self.count == 1 else "records are"
            stderr.raw(
                f"{self.count:,} unreadable {noun} not {participle}, for example: {self._first}"
            )
