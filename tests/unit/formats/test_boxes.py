import struct

import pytest

from imgmeta.formats.boxes import Box, boxes, top_level
from imgmeta.formats.window import Window
from support.images.byte_sources import Bytes
from support.images.samples import box

LARGE = struct.pack(">I4sQ", 1, b"skip", 20) + b"body"
LAST = struct.pack(">I4s", 0, b"last") + b"to the end"


def test_boxes_have_32_or_64_bit_lengths_or_go_on_to_the_end() -> None:
    data = box(b"free", b"ab") + LARGE + LAST

    assert list(boxes(data)) == [
        Box(b"free", b"ab"),
        Box(b"skip", b"body"),
        Box(b"last", b"to the end"),
    ]
    assert list(top_level(Window(Bytes(data)))) == [
        (b"free", 8, 2),
        (b"skip", 26, 4),
        (b"last", 38, 10),
    ]


@pytest.mark.parametrize("length", [2, 7])
def test_a_box_shorter_than_its_own_head_ends_the_list(length: int) -> None:
    data = box(b"free") + struct.pack(">I4s", length, b"skip") + bytes(100)

    assert [found.kind for found in boxes(data)] == [b"free"]
    assert [kind for kind, _, _ in top_level(Window(Bytes(data)))] == [b"free"]


def test_a_box_cut_short_is_there_as_far_as_it_goes() -> None:
    assert list(boxes(box(b"meta", b"0123456789")[:12])) == [Box(b"meta", b"0123")]


def test_a_box_is_found_by_going_down() -> None:
    tree = Box(b"root", box(b"none", b"no") + box(b"minf", box(b"stbl", box(b"stsz", b"!"))))

    assert tree.descendant(b"minf", b"stbl", b"stsz") == Box(b"stsz", b"!")
    assert tree.descendant(b"minf", b"nope", b"stsz") is None
