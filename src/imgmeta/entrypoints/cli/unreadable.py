"""Counts the unreadable records that a query skipped."""

from imgmeta.entrypoints.cli.remedies import error_message
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

    def ignore(self, _: InvalidRecordError) -> None:
        """Take the error of a record that was counted before, or is not of interest."""

    def lines(self, participle: str = "shown") -> list[str]:
        """Return a line that reports them, safe to print; no line if there are none.

        Args:
            participle: the missing action, such as `shown`.
        """
        if not self.count:
            return []
        noun = "record is" if self.count == 1 else "records are"
        return [f"{self.count:,} unreadable {noun} not {participle}, for example: {self._first}"]
