import struct

import pytest

from imgmeta.formats.metadata.ifd import TiffReader, open_tiff
from support.images.samples import ASCII, LONG, SHORT, Fields, tiff


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
