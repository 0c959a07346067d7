import math
import struct

import pytest

from imgmeta.formats.metadata.ifd import TiffReader, open_tiff
from support.images.samples import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    Fields,
    Value,
    directory,
    tiff,
)


def opened(data: bytes) -> TiffReader:
    result = open_tiff(lambda offset, length: data[offset : offset + length])
    assert result is not None
    return result


FIELDS: Fields = {256: (SHORT, [7]), 257: (LONG, [70_000]), 0x010F: (ASCII, b"Acme Corporation\0")}


def test_only_wanted_tags_are_returned() -> None:
    file = opened(tiff(FIELDS))
    directory = file.directory(file.first_offset, {256})

    assert directory is not None
    assert directory.entries.keys() == {256}
    assert file.integers(directory.entries[256]) == (7,)
    assert directory.next_offset == 0


def test_only_bytes_of_wanted_values_are_read() -> None:
    data = tiff({**FIELDS, 273: (LONG, list(range(100_000)))})
    ranges: list[int] = []

    def read(offset: int, length: int) -> bytes:
        ranges.append(length)
        return data[offset : offset + length]

    file = open_tiff(read)
    assert file is not None
    directory = file.directory(file.first_offset, {0x010F})

    assert directory is not None
    assert file.text(directory.entries[0x010F]) == "Acme Corporation"
    assert sum(ranges) < 1200


def test_directory_with_too_high_a_count_has_the_available_entries() -> None:
    data = bytearray(tiff({256: (SHORT, [7])}))
    struct.pack_into("<H", data, 8, 60_000)
    file = opened(bytes(data))
    directory = file.directory(file.first_offset, {256})

    assert directory is not None
    assert file.integers(directory.entries.get(256)) == (7,)
    assert directory.next_offset == 0


def test_first_entry_of_a_repeated_tag_is_used() -> None:
    entries = struct.pack("<HHIHH", 256, 3, 1, 7, 0) + struct.pack("<HHIHH", 256, 3, 1, 8, 0)
    file = opened(b"II*\0\x08\0\0\0\x02\0" + entries + bytes(4))
    directory = file.directory(8, {256})

    assert directory is not None
    assert file.integers(directory.entries[256]) == (7,)


@pytest.mark.parametrize("count", [2**63, 2**64 - 1])
def test_big_tiff_with_a_huge_entry_count_has_no_next_directory(count: int) -> None:
    entry = struct.pack("<HHQQ", 256, 16, 1, 2**40)
    file = opened(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, count) + entry)
    directory = file.directory(file.first_offset, {256})

    assert directory is not None
    assert file.integers(directory.entries[256]) == (2**40,)
    assert directory.next_offset == 0


@pytest.mark.parametrize("offset", [0, 10_000])
def test_offset_without_a_directory_returns_none(offset: int) -> None:
    file = opened(tiff(FIELDS))

    assert file.directory(offset, {256}) is None
    assert file.next_offset(offset) is None


@pytest.mark.parametrize(
    ("kind", "value", "number", "integer"),
    [
        (SHORT, [7], 7, 7),
        (LONG, [70_000, 5], 70_000, 70_000),
        (BYTE, [3, 2, 1], 3, 3),
        (RATIONAL, [(1, 4)], 0.25, -1),
        (RATIONAL, [(1, 0), (1, 4)], math.inf, -1),
        (SRATIONAL, [(-3, 2)], -1.5, -1),
        (ASCII, b"1\0", math.nan, -1),
        (UNDEFINED, b"\1\2", math.nan, 1),
    ],
)
def test_first_value_of_a_field_is_returned(
    kind: int, value: Value, number: float, integer: int
) -> None:
    file = opened(tiff({256: (kind, value)}))
    first = file.directory(file.first_offset, {256})

    assert first is not None
    entry = first.entries[256]
    assert file.number(entry) == pytest.approx(number, nan_ok=True)
    assert file.integer(entry, -1) == integer
    assert file.numbers(entry)[:1] == pytest.approx(
        () if math.isnan(number) else (number,), nan_ok=True
    )


def test_missing_field_has_no_value() -> None:
    file = opened(tiff(FIELDS))

    assert math.isnan(file.number(None))
    assert file.integer(None, 5) == 5
    assert file.offset(None) == 0


def test_value_beyond_the_end_is_missing() -> None:
    file = opened(tiff({256: (RATIONAL, [(1, 4)])})[:-1])
    first = file.directory(file.first_offset, {256})

    assert first is not None
    assert math.isnan(file.number(first.entries[256]))


@pytest.mark.parametrize(
    ("kind", "value", "offset"),
    [(LONG, [0, 70, 80], 70), (LONG, [0], 0), (BYTE, [70], 0), (UNDEFINED, b"F", 0)],
)
def test_first_offset_of_a_field_is_the_first_positive_one(
    kind: int, value: Value, offset: int
) -> None:
    file = opened(tiff({330: (kind, value)}))
    first = file.directory(file.first_offset, {330})

    assert first is not None
    assert file.offset(first.entries[330]) == offset


def test_next_directory_follows_the_entries() -> None:
    parts = directory("<", 8, {256: (SHORT, [1])}, next_offset=100)
    file = opened((b"II*\0\x08\0\0\0" + parts).ljust(100) + directory("<", 100, FIELDS))
    first = file.directory(8, {256})

    assert first is not None
    assert (first.entry_count, first.next_offset) == (1, 100)
    second = file.next_directory(first, {257})
    assert second is not None
    assert file.integer(second.entries[257]) == 70_000
    assert file.next_directory(second, {257}) is None


@pytest.mark.parametrize("count", [0, 2049])
def test_directory_with_no_or_too_many_entries_has_no_next_one(count: int) -> None:
    table = struct.pack("<H", count) + bytes(12 * count) + struct.pack("<I", 8)
    file = opened(b"II*\0\x08\0\0\0" + table)
    first = file.directory(8, {256})

    assert first is not None
    assert first.next_offset == 8
    assert file.next_directory(first, {256}) is None
