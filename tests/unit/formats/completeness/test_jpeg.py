"""JPEG: end markers, fill bytes, trailers, Multi-Picture indexes and appended videos."""

import io
import random
import struct

import pytest
from PIL import Image

from imgmeta.core.objects import FIRST_BLOCK, LAST_BLOCK
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import LONG, UNDEFINED, app1_exif, app1_xmp, frame, jpeg, segment, tiff

EOI = b"\xff\xd9"
VIDEO = b"\0\0\0\x18ftypmp42" + random.Random(1).randbytes(50_000).replace(EOI, b"..")


def read(data: bytes, *, is_local: bool = True) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data, is_local=is_local))
    assert isinstance(result, ImageProperties), result
    return result


def scan(length: int) -> bytes:
    """Return a scan of this length, with stuffed bytes, and without the end marker."""
    data = random.Random(length).randbytes(length).replace(b"\xff", b"\xff\0")[: length - 1] + b"\1"
    return segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + data


def photo(length: int, *segments: bytes) -> bytes:
    return jpeg(*segments, end=frame() + scan(length) + EOI)


def index(*images: tuple[int, int]) -> bytes:
    """Return an APP2 segment with sizes and offsets of all images (CIPA DC-007, section 5.2)."""
    entries = b"".join(struct.pack("<IIIHH", 0, *image, 0, 0) for image in images)
    block = tiff({0xB001: (LONG, [len(images)]), 0xB002: (UNDEFINED, entries)})
    return segment(0xE2, b"MPF\0" + block)


def multi_picture(length: int, second: bytes) -> tuple[bytes, int]:
    """Return a file with an index of two images, and the offset of the second one."""
    start = len(photo(length, index((0, 0), (0, 0))))
    # Offsets count from the header of the index, after two markers, a length and four letters.
    return photo(length, index((start, 0), (len(second), start - 10))) + second, start


def both_sources(data: bytes) -> set[bool | None]:
    return {read(data, is_local=is_local).complete for is_local in (True, False)}


@pytest.mark.parametrize("length", [100, 300_000], ids=["small", "large"])
@pytest.mark.parametrize(
    "fill", [b"", b"\0" * 5000, b"\xff\xff", b"\r\n"], ids=["none", "zeros", "ones", "line break"]
)
def test_photo_with_an_end_marker_is_complete_despite_fill_bytes(length: int, fill: bytes) -> None:
    assert both_sources(photo(length) + fill) == {True}


@pytest.mark.parametrize("length", [100, 300_000], ids=["small", "large"])
@pytest.mark.parametrize("missing", [1, 2, 50], ids=str)
def test_photo_without_its_last_bytes_is_incomplete(length: int, missing: int) -> None:
    assert both_sources(photo(length)[:-missing]) == {False}


def test_photo_whose_last_part_was_never_written_is_incomplete() -> None:
    data = photo(300_000)

    assert read(data[:250_000] + bytes(50_000), is_local=True).complete is False
    assert read(data[:290_000] + bytes(10_000), is_local=False).complete is False


def test_zeros_that_fill_the_last_block_are_searched_only_locally() -> None:
    padded = photo(300_000) + bytes(50_000)

    assert read(padded, is_local=True).complete is True
    assert read(padded, is_local=False).complete is None


def test_file_that_ends_after_its_frame_header_is_incomplete() -> None:
    thumbnail = app1_exif(b"II*\0" + photo(500))

    assert both_sources(jpeg(thumbnail, end=frame())) == {False}


def test_image_without_a_scan_is_incomplete() -> None:
    assert both_sources(jpeg(end=frame() + EOI)) == {False}


def test_image_whose_scan_is_beyond_the_limit_of_segments_is_unknown() -> None:
    properties = read(jpeg(frame(), b"\xff\x01" * 101_000))

    assert (properties.complete, properties.partial_metadata) == (None, True)


@pytest.mark.parametrize("length", [100, 300_000], ids=["small", "large"])
@pytest.mark.parametrize(
    "trailer",
    [
        b"SEFH" + bytes(range(200)) + b"SEFT",
        b"PK\3\4 archive PK\5\6" + bytes(18),
        b"any text",
    ],
    ids=["Samsung", "ZIP", "text"],
)
def test_trailer_is_complete(length: int, trailer: bytes) -> None:
    assert both_sources(photo(length) + trailer) == {True}


def test_long_trailer_of_a_known_kind_is_complete() -> None:
    assert both_sources(photo(300_000) + b"\1" * 50_000 + b"SEFT") == {True}


@pytest.mark.parametrize(
    "trailer",
    [VIDEO, b"\xff\xe1" * LAST_BLOCK, b"moov" * LAST_BLOCK, b"plain text " * LAST_BLOCK],
    ids=["video", "markers", "boxes", "text"],
)
def test_long_trailer_of_an_unknown_kind_is_unknown(trailer: bytes) -> None:
    assert both_sources(photo(300_000) + trailer) == {None}


def test_large_uniform_photo_without_its_end_is_incomplete() -> None:
    blank = jpeg(end=frame() + segment(0xDA, bytes(6)) + b"\x28\xa2\x8a\0" * 80_000)

    assert both_sources(blank) == {False}


def test_few_bytes_before_reserved_zeros_are_unknown() -> None:
    data = photo(300_000)[:290_000]

    assert read(data + bytes(LAST_BLOCK - 10), is_local=False).complete is None


@pytest.mark.parametrize("length", [500, 300_000], ids=["small", "large"])
def test_multi_picture_file_is_complete_with_all_its_images(length: int) -> None:
    second = photo(40_000)
    data, start = multi_picture(length, second)

    assert both_sources(data) == {True}
    assert both_sources(data + bytes(60) + b"trailer") == {True}
    assert both_sources(data[: start + 100]) == {False}
    assert both_sources(data[:-1]) == {False}


def test_multi_picture_file_of_pillow_is_complete_before_a_trailer() -> None:
    buffer = io.BytesIO()
    images = [Image.effect_noise((160, 120), sigma).convert("RGB") for sigma in (9, 60, 90, 30)]
    images[0].save(buffer, "MPO", save_all=True, append_images=images[1:])
    data = buffer.getvalue()

    for trailer in (b"", b"trailer" * 500, VIDEO):
        assert both_sources(data + trailer) == {True}
    for missing in (1, 100, 2000):
        assert both_sources(data[:-missing]) == {False}


def test_multi_picture_file_whose_last_image_is_all_zeros_is_not_complete() -> None:
    data, start = multi_picture(300_000, photo(40_000))

    assert read(data[:start] + bytes(len(data) - start)).complete is True
    assert read(data[: start - 1000] + bytes(len(data) - start + 1000)).complete is False


@pytest.mark.parametrize(
    "part", [segment(0xE2, b"MPF\0II*\0\x08\0\0\0\0\0\0\0\0\0"), segment(0xE2, b"MPF\0nothing")]
)
def test_invalid_multi_picture_index_is_ignored(part: bytes) -> None:
    assert both_sources(photo(300_000, part)[:-1]) == {False}
    assert both_sources(photo(300_000, part) + b"!") == {True}


def container(*lengths: int) -> bytes:
    items = "".join(f'<Container:Item Item:Mime="video/mp4" Item:Length="{n}"/>' for n in lengths)
    return app1_xmp(f"<x>{items}</x>".encode())


@pytest.mark.parametrize(
    "packet",
    [
        app1_xmp(f'<x GCamera:MicroVideoOffset="{len(VIDEO)}"/>'.encode()),
        app1_xmp(f"<x><MicroVideoOffset>{len(VIDEO)}</MicroVideoOffset></x>".encode()),
        container(len(VIDEO)),
        container(9_999_999, len(VIDEO)),
    ],
    ids=["attribute", "element", "item", "second item"],
)
def test_motion_photo_is_complete_with_its_video(packet: bytes) -> None:
    data = photo(300_000, packet) + VIDEO

    assert both_sources(data) == {True}
    assert read(data[:-1]).complete is False
    assert read(data[:200_000]).complete is False
    assert read(photo(300_000, packet), is_local=True).complete is True


@pytest.mark.parametrize("length", [3000, 300_000], ids=["short video", "long video"])
def test_motion_photo_that_ends_within_its_photo_is_incomplete(length: int) -> None:
    video = VIDEO[:30] + VIDEO[30:][-1:] * length + b"moov" + VIDEO[-500:]
    data = photo(300_000, container(len(video))) + video
    whole = len(data) - len(video)

    assert both_sources(data) == {True}
    for end in (135_000, 200_000, whole - 20_000, whole - 2):
        assert both_sources(data[:end]) == {False}
    # All bytes of the photo, without the video.
    assert both_sources(data[:whole]) == {True}


def test_motion_photo_with_a_tail_that_proves_nothing_is_unknown_in_a_bucket() -> None:
    video = VIDEO[:30] + b"\0\0\x12\x80" * 20_000
    data = photo(300_000, container(len(video))) + video

    assert read(data, is_local=True).complete is True
    assert read(data, is_local=False).complete is None


def test_photo_with_appended_gain_map_is_complete() -> None:
    gain_map = photo(2000)
    packet = app1_xmp(f'<x Item:Length="{len(gain_map)}"/>'.encode())

    assert both_sources(photo(300_000, packet) + gain_map) == {True}
    assert both_sources((photo(300_000, packet) + gain_map)[:-500]) == {False}


def test_long_header_leaves_no_request_for_the_end_of_a_photo_in_a_bucket() -> None:
    data = photo(300_000, *[segment(0xE5, bytes(60_000))] * 3)

    assert read(data, is_local=True).complete is True
    assert read(data, is_local=False).complete is None


def test_at_most_two_requests_are_made_in_a_bucket() -> None:
    for data in (
        photo(300_000),
        photo(300_000)[:-1],
        photo(300_000, container(len(VIDEO))) + VIDEO,
        photo(300_000, container(len(VIDEO))) + VIDEO[:-1],
        multi_picture(300_000, photo(40_000))[0] + b"trailer",
    ):
        source = BytesSource(data)
        HeaderPropertyReader().read(source)
        assert len(source.ranges) <= 2
        assert source.fetched <= FIRST_BLOCK + LAST_BLOCK
