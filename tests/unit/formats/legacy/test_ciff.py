import struct
from datetime import datetime

import pytest

from imgmeta.formats.legacy.ciff import read_ciff
from support.images.samples import Order, canon, ciff, heap

MODEL = b"Canon\0Canon PowerShot A5\0"
CAMERA = {"camera_make": "Canon", "camera_model": "Canon PowerShot A5"}


@pytest.mark.parametrize("order", ["<", ">"])
def test_everything_is_read_in_either_byte_order(order: Order) -> None:
    assert read_ciff(canon(order)) == {
        **CAMERA,
        "focal_length": 5.0,
        "taken_at": datetime(2000, 10, 27, 22, 56, 26),  # noqa: DTZ001 - it has no zone
        "taken_at_source": "CIFF:TimeStamp",
    }


def test_a_focal_length_without_units_is_in_millimetres() -> None:
    length = struct.pack("<4H", 1, 5, 0, 0)

    assert read_ciff(ciff({0x1029: length})) == {"focal_length": 5.0}
    assert read_ciff(ciff({0x1029: length, 0x102D: bytes(60)})) == {"focal_length": 5.0}


def test_a_value_may_stand_in_the_directory() -> None:
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
def test_what_is_no_value_is_left_out(records: dict[int, bytes]) -> None:
    assert read_ciff(ciff(records)) == {}


@pytest.mark.parametrize(
    "block", [b"", b"II", b"XX" + canon()[2:], canon().replace(b"JPGM", b"CCDR"), canon()[:26]]
)
def test_what_is_no_block_says_nothing(block: bytes) -> None:
    assert read_ciff(block) == {}


def test_a_block_cut_short_anywhere_is_read_without_failing() -> None:
    whole = read_ciff(canon())

    for length in range(len(canon())):
        assert read_ciff(canon()[:length]).keys() <= whole.keys()


def test_lengths_and_places_that_lie_take_nothing_from_their_neighbours() -> None:
    block = ciff({0x080A: MODEL, 0x180E: bytes(12)})
    lies = block.replace(struct.pack("<HII", 0x180E, 12, len(MODEL)), b"\x0e\x18" + b"\xff" * 8)

    assert lies != block
    assert read_ciff(lies) == CAMERA


def test_a_directory_that_claims_more_records_than_there_are_gives_those_that_are() -> None:
    block = ciff({0x080A: MODEL})
    claims = block.replace(struct.pack("<HH", 1, 0x080A), struct.pack("<HH", 65_535, 0x080A))

    assert claims != block
    assert read_ciff(claims) == CAMERA


def test_a_heap_that_holds_itself_is_read_once() -> None:
    itself = struct.pack("<HHIIHII", 2, 0x2807, 48, 0, 0x080A, 22, 22)
    data = itself + MODEL[:22] + struct.pack("<I", 0)

    assert len(data) == 48
    assert read_ciff(ciff({})[:26] + data)["camera_make"] == "Canon"


def test_heaps_upon_heaps_come_to_an_end() -> None:
    many = struct.pack("<H", 6000) + b"".join(
        struct.pack("<HII", 0x2807, 60_000 + n, n % 50) for n in range(6000)
    )
    data = many + struct.pack("<I", 0)
    deep = heap({0x080A: MODEL})
    for _ in range(2000):
        deep = heap({0x2807: deep})

    assert read_ciff(ciff({})[:26] + data) == {}
    assert read_ciff(ciff({})[:26] + deep) == {}
