import struct
from datetime import datetime

import pytest

from imgmeta.formats.legacy.ciff import read_ciff
from support.images.samples import Order, canon_ciff, ciff, ciff_heap

MODEL = b"Canon\0Canon PowerShot A5\0"
CAMERA = {"camera_make": "Canon", "camera_model": "Canon PowerShot A5"}


@pytest.mark.parametrize("order", ["<", ">"])
def test_all_values_are_read_in_either_byte_order(order: Order) -> None:
    assert read_ciff(canon_ciff(order)) == {
        **CAMERA,
        "focal_length": 5.0,
        "taken_at": datetime(2000, 10, 27, 22, 56, 26),  # noqa: DTZ001 - the camera's clock has no time zone
        "taken_at_source": "CIFF:TimeStamp",
    }


def test_focal_length_without_units_is_in_millimeters() -> None:
    length = struct.pack("<4H", 1, 5, 0, 0)

    assert read_ciff(ciff({0x1029: length})) == {"focal_length": 5.0}
    assert read_ciff(ciff({0x1029: length, 0x102D: bytes(60)})) == {"focal_length": 5.0}


def test_inline_value_in_the_directory_is_read() -> None:
    assert read_ciff(ciff({0x5029: struct.pack("<4H", 1, 5, 0, 0)})) == {"focal_length": 5.0}


@pytest.mark.parametrize(
    "records",
    [
        {},
        {0x080A: b""},
        {0x080A: b"\0\0"},
        {0x180E: b"\0\0\0"},
        {0x180E: bytes(12)},
        {0x180E: b"\xff" * 12},
        {0x1029: b"\1\0"},
        {0x1029: bytes(8)},
        {0x0810: b"Somebody"},
        {0x800A: MODEL},
        {0x2807: b""},
        {0x2807: b"\xff" * 40},
    ],
)
def test_invalid_values_are_ignored(records: dict[int, bytes]) -> None:
    assert read_ciff(ciff(records)) == {}


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II",
        b"XX" + canon_ciff()[2:],
        canon_ciff().replace(b"JPGM", b"CCDR"),
        canon_ciff()[:26],
    ],
)
def test_invalid_block_has_no_values(block: bytes) -> None:
    assert read_ciff(block) == {}


def test_block_truncated_anywhere_is_read_without_errors() -> None:
    complete = read_ciff(canon_ciff())

    for length in range(len(canon_ciff())):
        assert read_ciff(canon_ciff()[:length]).keys() <= complete.keys()


def test_record_with_invalid_length_and_offset_does_not_affect_other_records() -> None:
    block = ciff({0x080A: MODEL, 0x180E: bytes(12)})
    damaged = block.replace(struct.pack("<HII", 0x180E, 12, len(MODEL)), b"\x0e\x18" + b"\xff" * 8)

    assert damaged != block
    assert read_ciff(damaged) == CAMERA


def test_directory_with_too_high_a_record_count_is_read() -> None:
    block = ciff({0x080A: MODEL})
    damaged = block.replace(struct.pack("<HH", 1, 0x080A), struct.pack("<HH", 65_535, 0x080A))

    assert damaged != block
    assert read_ciff(damaged) == CAMERA


def test_heap_that_contains_itself_is_read_once() -> None:
    records = struct.pack("<HHIIHII", 2, 0x2807, 48, 0, 0x080A, 22, 22)
    data = records + MODEL[:22] + struct.pack("<I", 0)

    assert len(data) == 48
    assert read_ciff(ciff({})[:26] + data)["camera_make"] == "Canon"


def test_many_and_deeply_nested_heaps_are_bounded() -> None:
    many = struct.pack("<H", 6000) + b"".join(
        struct.pack("<HII", 0x2807, 60_000 + n, n % 50) for n in range(6000)
    )
    data = many + struct.pack("<I", 0)
    deep = ciff_heap({0x080A: MODEL})
    for _ in range(2000):
        deep = ciff_heap({0x2807: deep})

    assert read_ciff(ciff({})[:26] + data) == {}
    assert read_ciff(ciff({})[:26] + deep) == {}
