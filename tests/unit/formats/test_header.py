from collections.abc import Iterable
from datetime import datetime

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.header import ImageHeader, image_properties
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import (
    APP12_TEXT,
    ASCII,
    RECONYX,
    UNDEFINED,
    Fields,
    app1_exif,
    app1_xmp,
    canon_ciff,
    chunk,
    iptc,
    jpeg,
    photoshop,
    png,
    segment,
    tiff,
    xmp,
)

ORIGINAL = {0x9003: (ASCII, b"2024:01:01 01:01:01\0")}
DIGITIZED = {0x9004: (ASCII, b"2024:08:08 08:08:08\0")}
CREATED = iptc({55: b"20240707", 60: b"070707"})
XMP_CREATED = 'photoshop:DateCreated="2024-06-06T06:06:06"'
XMP_DIGITIZED = 'xmp:CreateDate="2024-09-09T09:09:09"'

EXIF_TIMES: dict[str, Fields] = {
    "EXIF:DateTimeOriginal": ORIGINAL,
    "MakerNotes:DateTimeOriginal": {0x927C: (UNDEFINED, RECONYX)},
    "EXIF:DateTimeDigitized": DIGITIZED,
}
XMP_TIMES = {
    "XMP:exif:DateTimeOriginal": 'exif:DateTimeOriginal="2024-04-04T04:04:04"',
    "XMP:photoshop:DateCreated": XMP_CREATED,
    "XMP:xmp:CreateDate": XMP_DIGITIZED,
}
SEGMENTS = {
    "CIFF:TimeStamp": segment(0xE0, canon_ciff()),
    "APP12:TimeDate": segment(0xEC, APP12_TEXT),
    "IPTC:DateCreated": segment(0xED, photoshop({0x0404: CREATED})),
}
SOURCES = (
    "EXIF:DateTimeOriginal",
    "MakerNotes:DateTimeOriginal",
    "CIFF:TimeStamp",
    "XMP:exif:DateTimeOriginal",
    "APP12:TimeDate",
    "XMP:photoshop:DateCreated",
    "IPTC:DateCreated",
    "EXIF:DateTimeDigitized",
    "XMP:xmp:CreateDate",
)
"""All sources of a capture time in a JPEG, by precedence."""


def _exif(*fields: Fields) -> bytes:
    return app1_exif(tiff({}, exif={tag: value for each in fields for tag, value in each.items()}))


def _iptc(resources: dict[int, bytes]) -> bytes:
    return segment(0xED, photoshop(resources))


def _segments(sources: Iterable[str]) -> list[bytes]:
    names = list(sources)
    packet = xmp(" ".join(XMP_TIMES[name] for name in names if name in XMP_TIMES))
    return [
        _exif(*[EXIF_TIMES[name] for name in names if name in EXIF_TIMES]),
        app1_xmp(packet),
        *[SEGMENTS[name] for name in names if name in SEGMENTS],
    ]


def _read(data: bytes) -> ImageProperties:
    properties = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(properties, ImageProperties)
    return properties


@pytest.mark.parametrize("best", range(len(SOURCES)), ids=SOURCES)
def test_capture_time_comes_from_the_source_that_takes_precedence(best: int) -> None:
    for other in range(best, len(SOURCES)):
        segments = _segments({SOURCES[best], SOURCES[other]})

        assert _read(jpeg(*segments)).taken_at_source == SOURCES[best]
        assert _read(jpeg(*reversed(segments))).taken_at_source == SOURCES[best]


def test_edited_iptc_data_takes_precedence_over_the_creation_date_in_xmp() -> None:
    packet = app1_xmp(xmp(f"{XMP_CREATED} {XMP_DIGITIZED}"))
    edited = _iptc({0x0404: CREATED, 0x0425: bytes(16)})

    assert _read(jpeg(packet, edited)).taken_at_source == "IPTC:DateCreated"
    assert _read(jpeg(_exif(ORIGINAL), packet, edited)).taken_at_source == "EXIF:DateTimeOriginal"
    assert _read(jpeg(_exif(DIGITIZED), edited)).taken_at_source == "IPTC:DateCreated"


@pytest.mark.parametrize(
    ("block", "source"),
    [
        (app1_xmp(xmp(f'photoshop:DateCreated="1943" {XMP_DIGITIZED}')), None),
        (app1_xmp(xmp(f'photoshop:DateCreated="2024-09-08" {XMP_DIGITIZED}')), None),
        (
            app1_xmp(xmp(f'photoshop:DateCreated="2024-09-09" {XMP_DIGITIZED}')),
            "XMP:xmp:CreateDate",
        ),
        (app1_xmp(xmp(f'photoshop:DateCreated="2024" {XMP_DIGITIZED}')), "XMP:xmp:CreateDate"),
        (_exif({0x9003: (ASCII, b"1943:05:01\0")}, DIGITIZED), None),
        (_exif({0x9003: (ASCII, b"0000:00:00 00:00:00\0")}, DIGITIZED), "EXIF:DateTimeDigitized"),
        (_iptc({0x0404: iptc({55: b"19430501"})}) + _exif(DIGITIZED), None),
        (
            _iptc({0x0404: CREATED}) + app1_xmp(xmp('photoshop:DateCreated="1943"')),
            "IPTC:DateCreated",
        ),
    ],
)
def test_time_of_digitization_on_another_day_than_the_original_is_ignored(
    block: bytes, source: str | None
) -> None:
    properties = _read(jpeg(block))

    assert properties.taken_at_source == source
    assert (properties.taken_at is None) is (source is None)


def test_creation_time_of_a_png_is_the_last_source() -> None:
    text = chunk(b"tEXt", b"Creation Time\0Mon, 05 Feb 2024 10:10:10 +0100")
    packet = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(XMP_DIGITIZED))

    properties = _read(png(text))
    assert properties.taken_at == datetime(2024, 2, 5, 10, 10, 10)  # noqa: DTZ001 - local time
    assert properties.taken_at_offset == "+01:00"
    assert properties.taken_at_source == "PNG:Creation Time"
    assert _read(png(text, packet)).taken_at_source == "XMP:xmp:CreateDate"


@pytest.mark.parametrize("size", [(0, 30), (40, 0), (2**32 - 1, 30), (40, 2**32 - 1)])
def test_size_of_zero_or_all_bits_set_is_unknown(size: tuple[int, int]) -> None:
    assert not ImageHeader("PNG", "image/png", *size).has_size


@pytest.mark.parametrize("frames", [0, 2**32 - 1])
def test_frame_count_of_zero_or_all_bits_set_is_unknown(frames: int) -> None:
    header = ImageHeader("PNG", "image/png", 40, 30, frame_count=frames)

    assert image_properties(header).frame_count is None
