"""TIFF: directories, values, strips, tiles, pages and subdirectories."""

import struct

import pytest

from imgmeta.formats.completeness.tiff import tiff_is_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import ASCII, LONG, SHORT, Fields, directory, tiff


class _ShortSource(BytesSource):
    """An object whose stated size is greater than its readable content."""

    @property
    def size(self) -> int:
        return len(self.data) + 100_000


UNUSED = ImageHeader("TIFF", "image/tiff")


def is_complete(data: bytes, *, is_local: bool = True) -> bool | None:
    return tiff_is_complete(Window(BytesSource(data, is_local=is_local)), UNUSED)


@pytest.mark.parametrize(
    "tags", [(273, 279), (324, 325), (513, 514)], ids=["strips", "tiles", "JPEG"]
)
@pytest.mark.parametrize("kind", [SHORT, LONG], ids=["short", "long"])
def test_file_is_complete_with_all_its_pixels(tags: tuple[int, int], kind: int) -> None:
    starts, lengths = tags
    data = tiff({starts: (kind, [500, 900, 700]), lengths: (kind, [100, 50, 200])}).ljust(
        950, b"\0"
    )

    assert is_complete(data) is True
    assert is_complete(data + b"trailer") is True
    assert is_complete(data[:-1]) is False
    assert is_complete(data[:600]) is False


def test_directory_and_values_behind_the_end_are_missing() -> None:
    text: Fields = {0x010E: (ASCII, b"a description!")}
    data = tiff(text, exif={0x9003: (ASCII, b"2024:05:06 07:08:09\0")}, pages=3)

    assert is_complete(data) is True
    for end in range(8, len(data)):
        assert is_complete(data[:end]) is False


def test_pixels_of_other_pages_and_of_subdirectories_count() -> None:
    page = directory("<", 100, {273: (LONG, [500]), 279: (LONG, [10])})
    sub = directory("<", 200, {273: (LONG, [600]), 279: (LONG, [10])})
    first = directory("<", 8, {330: (LONG, [200])}, next_offset=100)
    data = (b"II*\0\x08\0\0\0" + first).ljust(100, b"\0") + page
    data = (data.ljust(200, b"\0") + sub).ljust(610, b"\0")

    assert is_complete(data) is True
    assert is_complete(data[:-1]) is False
    assert is_complete(data[:509]) is False


def test_strip_offset_that_means_unknown_is_ignored() -> None:
    assert is_complete(tiff({273: (LONG, [2**32 - 1]), 279: (LONG, [5])})) is True


@pytest.mark.parametrize("noise", [b"\xff\xfe", b"\x09\x00\xff\xff"], ids=["long", "short"])
def test_pointer_to_other_data_than_a_directory_is_ignored(noise: bytes) -> None:
    data = tiff({330: (LONG, [100])}).ljust(100, b"\0") + noise * 500

    assert is_complete(data) is True
    assert is_complete(data[:90]) is False


def test_long_chain_of_directories_ends() -> None:
    step = 6
    chain = b"".join(struct.pack("<HI", 0, 8 + number * step) for number in range(1, 5001))

    assert is_complete(b"II*\0\x08\0\0\0" + chain) is True


def test_loop_of_directories_ends() -> None:
    data = b"II*\0\x08\0\0\0" + directory("<", 8, {}, next_offset=8)

    assert is_complete(data) is True


def test_big_tiff_is_complete_with_all_its_pixels() -> None:
    entries = struct.pack("<HHQQ", 273, 16, 1, 400) + struct.pack("<HHQQ", 279, 16, 1, 50)
    data = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2) + entries + bytes(8)

    assert is_complete(data.ljust(450, b"\0")) is True
    assert is_complete(data.ljust(449, b"\0")) is False


@pytest.mark.parametrize(
    "fields",
    [
        {273: (ASCII, b"no numbers"), 279: (LONG, [1, 2])},
        {273: (LONG, [8] * 210_000), 279: (LONG, [1] * 210_000)},
    ],
    ids=["text", "too many"],
)
def test_unreadable_offsets_are_unknown(fields: Fields) -> None:
    assert is_complete(tiff(fields)) is None


def test_directories_that_need_a_third_request_are_unknown() -> None:
    far = 400_000
    first = b"II*\0\x08\0\0\0" + directory("<", 8, {}, next_offset=far)
    second = directory("<", far, {}, next_offset=2 * far)
    data = (first.ljust(far, b"\0") + second).ljust(2 * far, b"\0") + directory("<", 2 * far, {})

    assert is_complete(data, is_local=True) is True
    assert is_complete(data, is_local=False) is None


def test_long_table_of_offsets_is_not_fetched_from_a_bucket() -> None:
    data = tiff({273: (LONG, [8] * 50_000), 279: (LONG, [1] * 50_000)})

    assert is_complete(data, is_local=True) is True
    assert is_complete(data, is_local=False) is None


@pytest.mark.parametrize("is_local", [True, False], ids=["disk", "bucket"])
def test_object_that_ends_before_its_stated_size_is_unknown(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    head = tiff({273: (LONG, [7] * 3000), 279: (LONG, [7] * 3000)})[:20_000]
    source = _ShortSource(head, is_local=is_local)

    assert tiff_is_complete(Window(source), UNUSED) is None


def test_file_without_a_tiff_header_is_unknown() -> None:
    assert is_complete(b"IIs") is None
