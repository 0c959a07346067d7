"""Decoding of stored records, some of which may be unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from imgmeta.errors import InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imgmeta.core.records import ImageRecord

__all__ = ["decode_record", "decode_records"]

_Stored = TypeVar("_Stored")
_Decoded = TypeVar("_Decoded")


def decode_record(text: str | bytes) -> ImageRecord:
    """Return the record of its JSON: see `ImageRecord.from_json`."""
    # Pydantic and the model take longer to load than most queries.
    from imgmeta.core.records import ImageRecord  # noqa: PLC0415 - see above

    return ImageRecord.from_json(text)


def decode_records(
    stored: Iterable[_Stored],
    decode: Callable[[_Stored], _Decoded],
    on_unreadable: Callable[[InvalidRecordError], object] | None,
) -> Iterator[_Decoded]:
    """Yield the decoded data of records; handle unreadable data as `ImageRepository` requires.

    Args:
        stored: the data of each record.
        decode: returns the record, or a part of it, or raises InvalidRecordError.
        on_unreadable: takes that error; None: the error is raised.
    """
    for each in stored:
        try:
            record = decode(each)
        except InvalidRecordError as error:
            if on_unreadable is None:
                raise
            on_unreadable(error)
        else:
            yield record
