import struct

import pytest

from imgmeta.formats.metadata.ifd import Tiff, open_tiff
from support.images.samples import ASCII, LONG, SHORT, Fields, tiff


def opened(data: bytes) -> Tiff:
    result = open_tiff(lambda offset, length: data[offset : offset + length])
    assert result is not None
    return result


FIELDS: Fields = {256: (SHORT, [7]), 257: (LONG, [70_000]), 0x010F: (ASCII, b"Acme Corporation\0")}


def test_only_wanted_tags_are_returned() -> None:
    file = opened(tiff(FIELDS))
    directory = file.directory(file.first, {256})

    assert directory is not None
    assert directory.entries.keys() == {256}
    assert file.integers(directory.entries[256]) == (7,)
    assert directory.following == 0


def test_only_what_is_wanted_is_read() -> None:
    data = tiff({**FIELDS, 273: (LONG, list(range(100_000)))})
    ranges: list[int] = []

    def read(offset: int, length: int) -> bytes:
        ranges.append(length)
        return data[offset : offset + length]

    file = open_tiff(read)
    assert file is not None
    directory = file.directory(file.first, {0x010F})

    assert directory is not None
    assert file.text(directory.entries[0x010F]) == "Acme Corporation"
    assert sum(ranges) < 1200


def test_a_count_that_is_too_high_gives_the_entries_that_are_there() -> None:
    data = bytearray(tiff({256: (SHORT, [7])}))
    struct.pack_into("<H", data, 8, 60_000)
    file = opened(bytes(data))
    directory = file.directory(file.first, {256})

    assert directory is not None
    assert file.integers(directory.entries.get(256)) == (7,)
    assert directory.following == 0


def test_of_a_tag_that_stands_twice_the_first_counts() -> None:
    entries = struct.pack("<HHIHH", 256, 3, 1, 7, 0) + struct.pack("<HHIHH", 256, 3, 1, 8, 0)
    file = opened(b"II*\0\x08\0\0\0\x02\0" + entries + bytes(4))
    directory = file.directory(8, {256})

    assert directory is not None
    assert file.integers(directory.entries[256]) == (7,)


@pytest.mark.parametrize("count", [2**63, 2**64 - 1])
def test_a_big_tiff_that_lies_about_its_entries_has_nothing_behind_them(count: int) -> None:
    entry = struct.pack("<HHQQ", 256, 16, 1, 2**40)
    file = opened(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, count) + entry)
    directory = file.directory(file.first, {256})

    assert directory is not None
    assert file.integers(directory.entries[256]) == (2**40,)
    assert directory.following == 0


@pytest.mark.parametrize("offset", [0, 10_000])
def test_where_there_is_no_directory_there_is_none(offset: int) -> None:
    file = opened(tiff(FIELDS))

    assert file.directory(offset, {256}) is None
    assert file.following(offset) is None
