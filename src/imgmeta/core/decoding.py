"""Decoding of stored records, some of which may be unreadable."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from imgmeta.errors import InvalidRecordError

__all__ = ["decode_records"]

_Stored = TypeVar("_Stored")
_Decoded = TypeVar("_Decoded")


def decode_records(
    stored: Iterable[_Stored],
    decode: Callable[[_Stored], _Decoded],
    on_unreadable: Callable[[InvalidRecordError], object] | None,
) -> Iterator[_Decoded]:
    """Yield what is in stored data; handle unreadable data as `ImageRepository` requires.

    Args:
        stored: the data of each record.
        decode: returns what the data has of the record, or raises InvalidRecordError.
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
