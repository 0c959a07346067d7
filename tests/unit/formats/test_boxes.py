import struct

import pytest

from imgmeta.formats.boxes import Box, parse_boxes, top_level_boxes
from imgmeta.formats.window import Window
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import box

LARGE = struct.pack(">I4sQ", 1, b"skip", 20) + b"body"
LAST = struct.pack(">I4s", 0, b"last") + b"to the end"


def test_box_lengths_are_32_bit_or_64_bit_or_extend_to_the_end() -> None:
    data = box(b"free", b"ab") + LARGE + box(b"free", b"cd") + LAST

    assert list(parse_boxes(data)) == [
        Box(b"free", b"ab"),
        Box(b"skip", b"body"),
        Box(b"free", b"cd"),
        Box(b"last", b"to the end"),
    ]
    assert list(top_level_boxes(Window(BytesSource(data)))) == [
        (b"free", 8, 2),
        (b"skip", 26, 4),
        (b"free", 38, 2),
        (b"last", 48, 10),
    ]


@pytest.mark.parametrize("length", [2, 7])
def test_box_shorter_than_its_own_header_ends_the_list(length: int) -> None:
    data = box(b"free") + struct.pack(">I4s", length, b"skip") + bytes(100)

    assert [box.kind for box in parse_boxes(data)] == [b"free"]
    assert [kind for kind, _, _ in top_level_boxes(Window(BytesSource(data)))] == [b"free"]


def test_truncated_box_has_the_available_bytes() -> None:
    assert list(parse_boxes(box(b"meta", b"0123456789")[:12])) == [Box(b"meta", b"0123")]


def test_descendant_is_found_by_its_path_of_types() -> None:
    tree = Box(b"root", box(b"none", b"no") + box(b"minf", box(b"stbl", box(b"stsz", b"!"))))

    assert tree.descendant(b"minf", b"stbl", b"stsz") == Box(b"stsz", b"!")
    assert tree.descendant(b"minf", b"nope", b"stsz") is None
