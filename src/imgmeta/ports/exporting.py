"""The port of exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imgmeta.core.records import ImageRecord

__all__ = ["RecordEncoder"]


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
