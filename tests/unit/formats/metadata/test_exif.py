from datetime import UTC, datetime

import pytest

from imgmeta.formats.metadata.exif import read_exif
from support.images.samples import (
    ASCII,
    BYTE,
    CAMERA,
    EXPOSURE,
    GPS,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    Fields,
    Order,
    exif,
    tiff,
)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0", b"EXIF\0\0"])
def test_all_values_are_read_in_either_byte_order(order: Order, prefix: bytes) -> None:
    fields = read_exif(prefix + exif(order))

    assert fields == {
        "camera_make": "Acme Corporation",
        "camera_model": "Model One",
        "lens_model": "Acme 50mm f/1.8",
        "orientation": 6,
        "exposure_time": 0.004,
        "f_number": 2.8,
        "iso": 400,
        "focal_length": 50.0,
        "latitude": pytest.approx(-33.875),
        "longitude": pytest.approx(151.2),
        "altitude": -12.5,
        "taken_at": datetime(2024, 5, 6, 7, 8, 9, 250_000),  # noqa: DTZ001 - local time, as written
        "taken_at_offset": "+05:30",
        "taken_at_utc": datetime(2024, 5, 6, 1, 38, 9, 250_000, tzinfo=UTC),
        "taken_at_source": "EXIF:DateTimeOriginal",
    }


@pytest.mark.parametrize(
    "data", [b"", b"Exif\0\0", b"II*\0", b"XX*\0\x08\0\0\0", b"MM\0+\0\x08\0\0"]
)
def test_invalid_block_has_no_values(data: bytes) -> None:
    assert read_exif(data) == {}


@pytest.mark.parametrize(
    ("kind", "raw", "make"),
    [
        (ASCII, b"NIKON CORPORATION\0", "NIKON CORPORATION"),
        (ASCII, b"no NUL at the end", "no NUL at the end"),
        (ASCII, b"  padded   \0", "padded"),
        (ASCII, b"text\0and more\0", "text"),
        (UNDEFINED, b"typed as bytes\0", "typed as bytes"),
        (BYTE, b"typed as numbers", "typed as numbers"),
        (129, "Ünïcode\0".encode(), "Ünïcode"),
        (ASCII, "Günther\0".encode("latin-1"), "Günther"),
        (ASCII, b"line\nfeed\x1b[31m\0", "linefeed[31m"),
        (ASCII, b"   \0", None),
        (ASCII, b"\0\0\0\0\0\0", None),
        (SHORT, [1, 2, 3], None),
    ],
)
def test_text_of_any_type_is_cleaned(kind: int, raw: bytes | list[int], make: str | None) -> None:
    assert read_exif(tiff({0x010F: (kind, raw)})).get("camera_make") == make


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ((RATIONAL, [(1, 60)]), 1 / 60),
        ((SRATIONAL, [(1, 60)]), 1 / 60),
        ((SHORT, [2]), 2.0),
        ((RATIONAL, [(0, 60)]), None),
        ((RATIONAL, [(1, 0)]), None),
        ((SRATIONAL, [(-1, 60)]), None),
        ((ASCII, b"1/60\0"), None),
        ((UNDEFINED, b"\1\2\3\4"), None),
    ],
)
def test_non_positive_and_invalid_numbers_are_ignored(
    value: tuple[int, bytes | list[int]], seconds: float | None
) -> None:
    assert read_exif(tiff({}, exif={0x829A: value})).get("exposure_time") == seconds


@pytest.mark.parametrize(("value", "expected"), [(0, None), (1, 1), (8, 8), (9, None)])
def test_orientation_out_of_range_is_ignored(value: int, expected: int | None) -> None:
    assert read_exif(tiff({0x0112: (SHORT, [value])})).get("orientation") == expected


def test_orientation_in_the_exif_directory_is_ignored() -> None:
    exif: Fields = {0x0112: (SHORT, [6])}

    assert "orientation" not in read_exif(tiff({}, exif=exif))
    assert read_exif(tiff({0x0112: (SHORT, [3])}, exif=exif))["orientation"] == 3


@pytest.mark.parametrize(
    ("fields", "iso"),
    [
        ({0x8827: (SHORT, [200, 0])}, 200),
        ({0x8827: (SHORT, [65535]), 0x8833: (LONG, [102_400])}, 102_400),
        ({0x8827: (SHORT, [65535]), 0x8832: (LONG, [204_800])}, 204_800),
        ({0x8827: (SHORT, [0]), 0x8832: (LONG, [80])}, 80),
        ({0x8827: (SHORT, [65535])}, None),
    ],
)
def test_sensitivity_above_65534_is_read_from_other_tags(fields: Fields, iso: int | None) -> None:
    assert read_exif(tiff({}, exif=fields)).get("iso") == iso


def test_exposure_tags_are_read_from_the_first_directory() -> None:
    fields = read_exif(tiff({**CAMERA, **EXPOSURE}))

    assert fields["iso"] == 400
    assert fields["taken_at_source"] == "EXIF:DateTimeOriginal"


def test_directory_offset_of_the_wrong_type_is_not_followed() -> None:
    assert read_exif(tiff({**CAMERA, 0x8769: (ASCII, b"\x1a\0\0\0")}))["orientation"] == 6


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (b"2024:05:06 07:08:09\0", "2024-05-06 07:08:09"),
        (b"2024-05-06 07:08:09\0", "2024-05-06 07:08:09"),
        (b"2024/05/06 07:08:09\0", "2024-05-06 07:08:09"),
        (b"2024:05:06 07:08\0", "2024-05-06 07:08:00"),
        (b"2024:05:06  7:08:09\0", "2024-05-06 07:08:09"),
        (b"2024: 5: 6  7: 8: 9\0", "2024-05-06 07:08:09"),
        (b"2024:05:06 07:08:09Z\0", "2024-05-06 07:08:09"),
        (b"0000:00:00 00:00:00\0", None),
        (b"    :  :     :  :  \0", None),
        (b"2024:13:01 00:00:00\0", None),
        (b"2023:02:29 00:00:00\0", None),
        (b"2024:05:06 25:00:00\0", None),
        (b"2024:05:06\0", None),
        (b"yesterday\0", None),
        (b"", None),
    ],
)
def test_incomplete_and_invalid_dates_are_ignored(text: bytes, time: str | None) -> None:
    fields = read_exif(tiff({}, exif={0x9003: (ASCII, text)}))

    assert (str(fields["taken_at"]) if "taken_at" in fields else None) == time


def test_utc_is_absent_without_an_offset() -> None:
    fields = read_exif(tiff({}, exif={0x9003: (ASCII, b"2024:05:06 07:08:09\0")}))

    assert fields.keys() == {"taken_at", "taken_at_source"}


@pytest.mark.parametrize(
    ("written", "offset", "utc"),
    [
        (b"+02:00\0", "+02:00", "2024-05-06 05:08:09+00:00"),
        (b"-0330\0", "-03:30", "2024-05-06 10:38:09+00:00"),
        (b"Z\0", "+00:00", "2024-05-06 07:08:09+00:00"),
        (b"+15:00\0", None, None),
        (b"+01:60\0", None, None),
        (b"   :  \0", None, None),
    ],
)
def test_utc_is_computed_from_the_offset(
    written: bytes, offset: str | None, utc: str | None
) -> None:
    fields = read_exif(tiff({}, exif={**_DATE, 0x9011: (ASCII, written)}))

    assert fields.get("taken_at_offset") == offset
    assert (str(fields["taken_at_utc"]) if "taken_at_utc" in fields else None) == utc


_DATE: Fields = {0x9003: (ASCII, b"2024:05:06 07:08:09\0")}


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (b"2024:05:06\0", (5, 8, 0), "2024-05-06 05:08:09+00:00"),
        (b"2024:05:06\0", (1, 36, 0), "2024-05-06 01:38:09+00:00"),
        (b"2024:05:05\0", (21, 8, 9), "2024-05-05 21:08:09+00:00"),
        (b"2024:05:06\0", (5, 1, 9), None),
        (b"2024:05:07\0", (5, 8, 9), None),
        (b"2024:05:06\0", (61, 0, 0), None),
        (b"2024:99:06\0", (5, 8, 9), None),
        (b"\0", (5, 8, 9), None),
    ],
)
def test_utc_is_computed_from_the_gps_time_if_the_difference_is_an_offset(
    day: bytes, clock: tuple[int, int, int], utc: str | None
) -> None:
    gps: Fields = {7: (RATIONAL, [(part, 1) for part in clock]), 0x1D: (ASCII, day)}

    fields = read_exif(tiff({}, exif=_DATE, gps=gps))

    assert "taken_at_offset" not in fields
    assert (str(fields["taken_at_utc"]) if "taken_at_utc" in fields else None) == utc


def test_offset_takes_precedence_over_the_gps_time() -> None:
    gps: Fields = {
        7: (RATIONAL, [(5, 1), (8, 1), (9, 1)]),
        0x1D: (ASCII, b"2024:05:06\0"),
    }

    fields = read_exif(tiff({}, exif={**_DATE, 0x9011: (ASCII, b"+03:00\0")}, gps=gps))

    assert fields["taken_at_utc"] == datetime(2024, 5, 6, 4, 8, 9, tzinfo=UTC)


def test_date_in_year_1_is_ignored() -> None:
    fields = read_exif(
        tiff({}, exif={0x9003: (ASCII, b"0001:01:01 00:00:00\0"), 0x9011: (ASCII, b"+14:00\0")})
    )

    assert fields == {}


DIGITIZED: Fields = {
    0x9004: (ASCII, b"2024:05:06 07:08:09\0"),
    0x9292: (ASCII, b"25\0"),
    0x9012: (ASCII, b"+05:30\0"),
}


def test_time_of_digitization_is_read_with_its_fraction_and_offset() -> None:
    assert read_exif(tiff({}, exif=DIGITIZED)) == {
        "taken_at": datetime(2024, 5, 6, 7, 8, 9, 250_000),  # noqa: DTZ001 - local time, as written
        "taken_at_offset": "+05:30",
        "taken_at_utc": datetime(2024, 5, 6, 1, 38, 9, 250_000, tzinfo=UTC),
        "taken_at_source": "EXIF:DateTimeDigitized",
    }


def test_time_of_the_original_takes_precedence_without_parts_of_the_other() -> None:
    fields = read_exif(tiff({}, exif={**DIGITIZED, 0x9003: (ASCII, b"2020:01:02 03:04:05\0")}))

    assert str(fields["taken_at"]) == "2020-01-02 03:04:05"
    assert fields.keys() == {"taken_at", "taken_at_source"}


def test_time_of_modification_is_not_a_capture_time() -> None:
    modified = tiff(
        {0x0132: (ASCII, b"2024:05:06 07:08:09\0")}, exif={0x9010: (ASCII, b"+05:30\0")}
    )

    assert read_exif(modified) == {}


@pytest.mark.parametrize(
    ("clock", "day", "utc"),
    [
        ((10, 30, 0), b"2021:05:17\0", None),
        ((10, 15, 0), b"2021:05:17\0", None),
        ((0, 45, 0), b"2021:05:18\0", None),
        ((17, 15, 0), b"2021:05:17\0", None),
        ((10, 45, 0), b"2021:05:17\0", "2021-05-17 10:45:00+00:00"),
        ((7, 0, 0), b"2021:05:17\0", "2021-05-17 07:00:00+00:00"),
        ((7, 15, 0), b"2021:05:17\0", "2021-05-17 07:15:00+00:00"),
        ((15, 15, 0), b"2021:05:17\0", "2021-05-17 15:15:00+00:00"),
        ((10, 45, 0), b"2021:05:170\0", None),
        ((34, 45, 0), b"2021:05:16\0", None),
    ],
    ids=["+02:15", "+02:30", "-12:00", "-04:30", "+02", "+05:45", "+05:30", "-02:30", "day", "h"],
)
def test_gps_time_is_only_used_if_a_place_has_the_offset(
    clock: tuple[int, int, int], day: bytes, utc: str | None
) -> None:
    taken: Fields = {0x9003: (ASCII, b"2021:05:17 12:45:00\0")}
    gps: Fields = {7: (RATIONAL, [(part, 1) for part in clock]), 0x1D: (ASCII, day)}

    fields = read_exif(tiff({}, exif=taken, gps=gps))

    assert (str(fields["taken_at_utc"]) if "taken_at_utc" in fields else None) == utc


ALL_BITS = 2**32 - 1


@pytest.mark.parametrize("tag", [0x829A, 0x829D, 0x920A])
@pytest.mark.parametrize(
    "value",
    [
        (RATIONAL, [(ALL_BITS, 1)]),
        (RATIONAL, [(ALL_BITS, 100)]),
        (RATIONAL, [(ALL_BITS, ALL_BITS)]),
        (RATIONAL, [(1, ALL_BITS)]),
        (RATIONAL, [(ALL_BITS, 0)]),
        (RATIONAL, [(0, 0)]),
        (RATIONAL, [(65535, 1)]),
        (SRATIONAL, [(-1, -1)]),
        (SRATIONAL, [(2**31 - 1, 1)]),
        (LONG, [ALL_BITS]),
        (SHORT, [65535]),
    ],
)
def test_number_with_all_bits_set_is_unknown(tag: int, value: tuple[int, list[int]]) -> None:
    assert read_exif(tiff({}, exif={tag: value})) == {}


@pytest.mark.parametrize("iso", [ALL_BITS, 2**31 - 1, 65535, 0, 2_000_000_000])
def test_sensitivity_that_no_camera_has_is_unknown(iso: int) -> None:
    assert read_exif(tiff({}, exif={0x8833: (LONG, [iso])})) == {}


def test_gps_values_with_all_bits_set_are_unknown() -> None:
    unknown = [(ALL_BITS, ALL_BITS)] * 3

    fields = read_exif(
        tiff(
            {},
            exif={0x9003: (ASCII, b"2021:05:17 03:01:01\0")},
            gps={
                2: (RATIONAL, unknown),
                4: (RATIONAL, unknown),
                6: (RATIONAL, unknown[:1]),
                7: (RATIONAL, unknown),
                0x1D: (ASCII, b"2021:05:17\0"),
            },
        )
    )

    assert fields.keys() == {"taken_at", "taken_at_source"}


def _gps(latitude: list[tuple[int, int]], longitude: list[tuple[int, int]]) -> Fields:
    return {**GPS, 2: (RATIONAL, latitude), 4: (RATIONAL, longitude)}


@pytest.mark.parametrize(
    ("gps", "position"),
    [
        (_gps([(33, 1), (30, 1), (36, 1)], [(5, 1), (0, 1), (0, 1)]), (-33.51, 5.0)),
        (_gps([(33, 1), (3051, 100)], [(5, 1)]), (-33.5085, 5.0)),
        ({**GPS, 1: (ASCII, b"north\0"), 3: (ASCII, b"w\0")}, (33.875, -151.2)),
        ({2: (RATIONAL, [(33, 1)]), 4: (SRATIONAL, [(-5, 1), (30, 1)])}, (33.0, -5.5)),
        (_gps([(33, 1), (30, 1), (0, 0)], [(5, 1), (0, 0), (0, 0)]), (-33.5, 5.0)),
        (_gps([(0, 1), (0, 1), (0, 1)], [(0, 1), (0, 1), (0, 1)]), None),
        (_gps([(0, 0), (0, 0), (0, 0)], [(5, 1), (0, 1), (0, 1)]), None),
        (_gps([(33, 1), (30, 0), (0, 1)], [(5, 1), (0, 1), (0, 1)]), None),
        (_gps([(91, 1), (0, 1), (0, 1)], [(5, 1), (0, 1), (0, 1)]), None),
        (_gps([(9, 1), (0, 1), (0, 1)], [(181, 1), (0, 1), (0, 1)]), None),
        ({2: GPS[2]}, None),
        ({**GPS, 3: (ASCII, b"E\0"), 4: (SRATIONAL, [(-5, 1)])}, None),
        ({**GPS, 3: (ASCII, b"W\0"), 4: (SRATIONAL, [(-5, 1)])}, (-33.875, -5.0)),
        ({**GPS, 3: (ASCII, b"S\0")}, None),
        ({**GPS, 3: (ASCII, b" \0")}, (-33.875, 151.2)),
        ({2: (ASCII, b"33 52 30\0"), 4: GPS[4]}, None),
    ],
)
def test_invalid_gps_positions_are_ignored(
    gps: Fields, position: tuple[float, float] | None
) -> None:
    fields = read_exif(tiff({}, gps=gps))

    if position is None:
        assert "latitude" not in fields
        assert "longitude" not in fields
    else:
        assert (fields["latitude"], fields["longitude"]) == pytest.approx(position)


def test_position_is_the_same_on_every_python_version() -> None:
    # From Python 3.12 on, `sum` adds floats more exactly than before.
    fields = read_exif(tiff({}, gps=_gps([(33, 1)], [(151, 1), (12, 1), (554, 10)])))

    assert fields["longitude"] == 151 + 12 / 60 + 55.4 / 3600


def test_altitude_is_ignored_with_an_invalid_gps_position() -> None:
    no_fix = [(0, 1), (0, 1), (0, 1)]

    assert read_exif(tiff({}, gps=_gps(no_fix, no_fix))) == {}


@pytest.mark.parametrize(
    ("reference", "meters"),
    [
        ((BYTE, [0]), 12.5),
        ((BYTE, [1]), -12.5),
        ((BYTE, [2]), 12.5),
        ((BYTE, [3]), -12.5),
        ((ASCII, b"1\0"), -12.5),
        ((ASCII, b"0\0"), 12.5),
        ((BYTE, b"1"), -12.5),
        ((ASCII, b"\0"), 12.5),
    ],
)
def test_altitude_reference_determines_the_sign(
    reference: tuple[int, bytes | list[int]], meters: float
) -> None:
    fields = read_exif(tiff({}, gps={5: reference, 6: (RATIONAL, [(25, 2)])}))

    assert fields == {"altitude": meters}


def test_negative_altitude_above_sea_level_is_ignored() -> None:
    negative = (SRATIONAL, [(-25, 2)])

    assert read_exif(tiff({}, gps={5: (BYTE, [0]), 6: negative})) == {}
    assert read_exif(tiff({}, gps={5: (BYTE, [1]), 6: negative})) == {"altitude": -12.5}
    assert read_exif(tiff({}, gps={6: negative})) == {"altitude": -12.5}


def test_negative_zero_becomes_zero() -> None:
    equator = {**GPS, 2: (RATIONAL, [(0, 1)]), 5: (BYTE, [1]), 6: (RATIONAL, [(0, 1)])}

    fields = read_exif(tiff({}, gps=equator))

    assert (str(fields["latitude"]), str(fields["altitude"])) == ("0.0", "0.0")


def test_altitude_out_of_range_is_ignored() -> None:
    assert read_exif(tiff({}, gps={6: (RATIONAL, [(2**32 - 1, 1)])})) == {}
    assert read_exif(tiff({}, gps={6: (RATIONAL, [(1, 0)])})) == {}
