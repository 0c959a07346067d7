"""The port of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.core.reports import Report

__all__ = ["ReportEncoder"]


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
