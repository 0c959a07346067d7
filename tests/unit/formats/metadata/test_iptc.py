from datetime import UTC, datetime

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.metadata.iptc import read_iptc
from support.images.byte_sources import BytesSource
from support.images.samples import (
    EXPOSURE,
    IMAGE,
    UNDEFINED,
    app1_exif,
    chunk,
    iptc,
    jpeg,
    photoshop,
    png,
    segment,
    tiff,
)

CREATED = iptc({5: b"A title", 55: b"20200102", 60: b"030405+0100"})


def test_time_is_combined_from_date_and_time_of_day() -> None:
    assert read_iptc(CREATED) == {
        "taken_at": datetime(2020, 1, 2, 3, 4, 5),  # noqa: DTZ001 - local time, as written
        "taken_at_offset": "+01:00",
        "taken_at_utc": datetime(2020, 1, 2, 2, 4, 5, tzinfo=UTC),
        "taken_at_source": "IPTC:DateCreated",
    }


def test_utc_is_absent_without_an_offset() -> None:
    assert "taken_at_utc" not in read_iptc(iptc({55: b"20200102", 60: b"030405"}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        CREATED[:-1],
        iptc({55: b"20200102"}),
        iptc({60: b"030405+0100"}),
        iptc({55: b"00000000", 60: b"000000"}),
        iptc({55: b"20201301", 60: b"030405"}),
        b"\x1c\x02\x05\x80\x04\0\0\0\1x" + CREATED,
        photoshop({0x0425: CREATED}),
        photoshop({0x0404: CREATED})[:40],
        b"8BIM\x04\x04\xff\0\0\0\0\0",
    ],
)
def test_incomplete_data_has_no_time(data: bytes) -> None:
    assert read_iptc(data) == {}


def _source(data: bytes) -> str | None:
    properties = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(properties, ImageProperties)
    return properties.taken_at_source


def test_iptc_data_is_read_from_jpeg_tiff_and_png() -> None:
    resources = photoshop({0x03ED: b"odd", 0x0404: CREATED})
    raw = b"\nIPTC profile\n1\n" + resources.hex().encode()

    assert _source(jpeg(segment(0xED, b"Photoshop 3.0\0" + resources))) == "IPTC:DateCreated"
    assert _source(tiff({**IMAGE, 33723: (UNDEFINED, CREATED)})) == "IPTC:DateCreated"
    assert _source(tiff({**IMAGE, 34377: (UNDEFINED, resources)})) == "IPTC:DateCreated"
    assert _source(png(chunk(b"tEXt", b"Raw profile type iptc\0" + raw))) == "IPTC:DateCreated"


def test_exif_takes_precedence() -> None:
    both = jpeg(segment(0xED, photoshop({0x0404: CREATED})), app1_exif(tiff({}, exif=EXPOSURE)))

    assert _source(both) == "EXIF:DateTimeOriginal"
