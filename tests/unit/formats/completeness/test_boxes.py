"""HEIF and other files of boxes: lengths of boxes, extents of items."""

import struct

import pytest

from imgmeta.formats.completeness.boxes import boxes_are_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window
from imgmeta.testing.byte_sources import BytesSource

UNUSED = ImageHeader("HEIC", "image/heic")


def box(kind: bytes, data: bytes, *, length: int | None = None) -> bytes:
    return struct.pack(">I4s", len(data) + 8 if length is None else length, kind) + data


def meta(*extents: tuple[int, int], method: int = 0) -> bytes:
    """Return a meta box whose items have one extent each."""
    items = b"".join(
        struct.pack(">HHHHII", number, method, 0, 1, *extent)
        for number, extent in enumerate(extents, 1)
    )
    iloc = b"\1\0\0\0\x44\0" + struct.pack(">H", len(extents)) + items
    return box(b"meta", bytes(4) + box(b"iloc", iloc))


FTYP = box(b"ftyp", b"heic\0\0\0\0mif1heic")


def is_complete(data: bytes, *, is_local: bool = True) -> bool | None:
    return boxes_are_complete(Window(BytesSource(data, is_local=is_local)), UNUSED)


def test_file_is_complete_if_it_ends_with_its_last_box() -> None:
    data = FTYP + meta((100, 50)) + box(b"mdat", bytes(500)) + box(b"free", bytes(20))

    assert is_complete(data) is True
    for end in (20, 40, 100, 300, len(data) - 20):
        assert is_complete(data[:end]) is False


def test_box_with_a_64_bit_length_is_followed() -> None:
    data = FTYP + struct.pack(">I4sQ", 1, b"mdat", 516) + bytes(500)

    assert is_complete(data) is True
    assert is_complete(data[:-1]) is False


def test_extents_decide_if_the_last_box_has_no_length() -> None:
    data = FTYP + meta((200, 300), (100, 50)) + box(b"mdat", bytes(500), length=0)

    assert is_complete(data[:500]) is True
    assert is_complete(data[:499]) is False


def test_trailer_after_the_boxes_is_complete() -> None:
    data = FTYP + meta((100, 50)) + box(b"mdat", bytes(500))

    assert is_complete(data + bytes(20)) is True
    assert is_complete(data + b"\0\0\0\3trailer") is True
    assert is_complete(data + b"abc") is True


@pytest.mark.parametrize(
    "trailer",
    [b"Copyright 2024", b"\xff" * 700, b"<html></html>", b"\xff\xd8\xff\xe0\0\x10JFIF\0"],
)
@pytest.mark.parametrize("first", [meta((100, 50)), b""], ids=["items", "no items"])
def test_trailer_that_is_not_a_box_is_complete(first: bytes, trailer: bytes) -> None:
    data = FTYP + first + box(b"mdat", bytes(500))

    assert is_complete(data + trailer * 3) is True
    assert is_complete(data[:-1]) is False


def test_file_that_ends_before_its_media_data_is_incomplete() -> None:
    assert is_complete(FTYP + meta((300, 50))) is False


def test_file_without_media_data_and_extents_is_unknown() -> None:
    assert is_complete(FTYP) is None
    assert is_complete(FTYP + meta()) is None
    assert is_complete(FTYP + meta((0, 50), method=1)) is None
    assert is_complete(FTYP + box(b"moov", bytes(90))) is None


@pytest.mark.parametrize("is_local", [True, False], ids=["disk", "bucket"])
def test_last_boxes_are_read_only_locally(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    parts = [box(kind, bytes(400_000)) for kind in (b"mdat", b"mpvd", b"free")]
    data = FTYP + meta((200, 300_000)) + b"".join(parts)

    assert is_complete(data, is_local=is_local) is True
    assert is_complete(data[:-1], is_local=is_local) is not is_local


def test_number_of_extents_is_limited() -> None:
    iloc = b"\1\0\0\0\x00\0\xff\xff" + struct.pack(">HHHH", 1, 0, 0, 0xFFFF) * 5

    assert is_complete(FTYP + box(b"meta", bytes(4) + box(b"iloc", iloc))) is None
