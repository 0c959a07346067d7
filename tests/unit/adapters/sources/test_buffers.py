import struct

import pytest

from imgmeta.adapters.sources import open_buffer


@pytest.mark.parametrize(
    "data",
    [
        b"0123456789",
        bytearray(b"0123456789"),
        memoryview(b"0123456789"),
        memoryview(b"0_1_2_3_4_5_6_7_8_9_")[::2],
        memoryview(struct.pack("=5H", *struct.unpack("=5H", b"0123456789"))).cast("H"),
    ],
    ids=["bytes", "bytearray", "memoryview", "strided view", "view of integers"],
)
def test_any_object_in_memory_is_read_as_its_bytes(data: bytes | bytearray | memoryview) -> None:
    with open_buffer(data) as content:
        assert (content.size, content.is_local) == (10, True)
        assert content.read(0, 10) == b"0123456789"
        assert content.read(8, 5) == b"89"
        assert content.read(10, 1) == b""
        assert content.fetched == 12


def test_empty_object_has_no_bytes() -> None:
    with open_buffer(memoryview(b"")) as content:
        assert content.size == 0


def test_bytearray_can_be_resized_afterwards() -> None:
    data = bytearray(b"abc")
    with open_buffer(data) as content, pytest.raises(BufferError):
        data.append(content.size)
    data.append(4)

    assert len(data) == 4
