"""The ports of files that imgmeta writes for people and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imgmeta.core.records import ImageRecord
    from imgmeta.core.reports import Report

__all__ = ["RecordEncoder", "ReportEncoder"]


class RecordEncoder(Protocol):
    """Encodes records as a file of one format."""

    def __call__(self, records: Iterable[ImageRecord], /) -> Iterator[bytes]:
        """Yield the bytes of a file with the records, in pieces and in the order of the records.

        The file has a value for each of `core.exports.COLUMNS`, except that JSON Lines omit unknown
        values. Records are read as the pieces are requested, and the memory that is needed does not
        depend on their number. A file without records is valid, too. An error of the records is
        passed on.
        """
        ...


class ReportEncoder(Protocol):
    """Encodes a report as a document that people read."""

    def __call__(self, report: Report, /) -> Iterator[bytes]:
        """Yield the bytes of a document with the report, in pieces.

        The document is complete: it loads nothing from another file or place. Any text of the
        report is shown as text, with control characters and characters that change the direction of
        text escaped. Equal reports have equal documents. A report without images is a document,
        too.
        """
        ...
