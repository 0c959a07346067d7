from datetime import datetime

import pytest

from imgmeta.formats.legacy.app12 import read_app12
from support.images.samples import APP12_TEXT

TIME = {
    "taken_at": datetime(1998, 10, 29, 22, 6, 59),  # noqa: DTZ001 - the camera's clock has no time zone
    "taken_at_source": "APP12:TimeDate",
}


def test_all_items_are_read() -> None:
    assert read_app12(APP12_TEXT) == {
        **TIME,
        "exposure_time": 0.033363,
        "f_number": 2.8,
        "camera_make": "Olympus",
        "camera_model": "D-320L",
    }


@pytest.mark.parametrize(
    "value", [b"909698819", b"1998:10:29 22:06:59", b"1998/10/29 22:06:59", b" 909698819 "]
)
def test_time_is_read_in_seconds_or_as_a_date(value: bytes) -> None:
    assert read_app12(b"[picture info]\r\nTimeDate=" + value + b"\r\n") == TIME


def test_items_on_one_line_are_read() -> None:
    fields = read_app12(b"[picture info] Model=Photo 1280 shtr=4000 FNumber=4.0[end]")

    assert fields == {"camera_model": "Photo 1280", "exposure_time": 0.004, "f_number": 4.0}


def test_first_of_two_equal_items_is_used() -> None:
    assert read_app12(b"FNumber=F2.8\nFNumber=F4\nShutter=5\nshtr=9\n") == {
        "f_number": 2.8,
        "exposure_time": 0.000005,
    }


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"Adobe\0\x01\x02",
        b"[picture info]",
        b"FNumber=",
        b"FNumber=F",
        b"FNumber=F0.0",
        b"Shutter=0",
        b"Shutter=-4",
        b"MyFNumber=4",
        b"fnumber=4",
        b"TimeDate=0",
        b"TimeDate=4294967295",
        b"TimeDate=" + b"9" * 5000,
        b"TimeDate=19981029220659",
        b"TimeDate=soon",
        b"Model= \r\n",
        b"\xff" * 60_000,
        b"a" * 65_000,
    ],
    ids=repr,
)
def test_invalid_values_are_ignored(text: bytes) -> None:
    assert read_app12(text[:65_000]) == {}


def test_values_of_a_long_text_are_shortened() -> None:
    fields = read_app12(b"Model=" + b"a" * 60_000 + b" Make= " + b"b=" * 30_000)

    assert len(str(fields["camera_model"])) <= 256
