import hashlib
from datetime import UTC, datetime

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.metadata.iptc import read_iptc
from imgmeta.testing.byte_sources import BytesSource
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
    raw_profile,
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
        iptc({60: b"030405+0100"}),
        iptc({55: b"00000000", 60: b"000000"}),
        iptc({55: b"20201301", 60: b"030405"}),
        b"\x1c\x02\x05\x80\x04\0\0\0\1x" + CREATED,
        photoshop({0x0425: CREATED}),
        b"8BIM\x04\x04\xff\0\0\0\0\0",
    ],
)
def test_incomplete_data_has_no_time(data: bytes) -> None:
    assert read_iptc(data) == {}


@pytest.mark.parametrize(
    ("data", "day"),
    [
        (CREATED[:-1], "2020-01-02"),
        (iptc({55: b"20200102"}), "2020-01-02"),
        (iptc({55: b"20200100"}), "2020-01"),
        (iptc({55: b"19430000", 60: b"      "}), "1943"),
        (photoshop({0x0404: CREATED})[:40], "2020-01-02"),
    ],
)
def test_date_without_a_time_of_day_is_not_a_time(data: bytes, day: str) -> None:
    assert read_iptc(data) == {"taken_on": day}


def test_padding_of_date_and_time_is_ignored() -> None:
    padded = iptc({55: b"20200102\0", 60: b"030405 "})

    assert str(read_iptc(padded)["taken_at"]) == "2020-01-02 03:04:05"


@pytest.mark.parametrize(
    ("resources", "edited"),
    [
        ({0x0404: CREATED}, False),
        ({0x0404: CREATED, 0x0425: hashlib.md5(CREATED).digest()}, False),  # noqa: S324 - Photoshop's digest
        ({0x0404: CREATED, 0x0425: bytes(16)}, True),
    ],
    ids=["no digest", "same digest", "other digest"],
)
def test_data_is_edited_if_the_digest_of_photoshop_differs(
    resources: dict[int, bytes],
    edited: bool,  # noqa: FBT001 - a test parameter
) -> None:
    assert ("iptc_edited" in read_iptc(photoshop(resources))) is edited


def _source(data: bytes) -> str | None:
    properties = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(properties, ImageProperties)
    return properties.taken_at_source


def test_iptc_data_is_read_from_jpeg_tiff_and_png() -> None:
    resources = photoshop({0x03ED: b"odd", 0x0404: CREATED})
    raw = raw_profile(b"iptc", resources)

    assert _source(jpeg(segment(0xED, b"Photoshop 3.0\0" + resources))) == "IPTC:DateCreated"
    assert _source(tiff({**IMAGE, 33723: (UNDEFINED, CREATED)})) == "IPTC:DateCreated"
    assert _source(tiff({**IMAGE, 34377: (UNDEFINED, resources)})) == "IPTC:DateCreated"
    assert _source(png(chunk(b"tEXt", b"Raw profile type iptc\0" + raw))) == "IPTC:DateCreated"
    assert _source(png(chunk(b"tEXt", b"Raw profile type 8bim\0" + raw))) == "IPTC:DateCreated"


def test_exif_takes_precedence() -> None:
    both = jpeg(segment(0xED, photoshop({0x0404: CREATED})), app1_exif(tiff({}, exif=EXPOSURE)))

    assert _source(both) == "EXIF:DateTimeOriginal"
