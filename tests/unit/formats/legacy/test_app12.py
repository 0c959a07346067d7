from datetime import datetime

import pytest

from imgmeta.formats.legacy.app12 import read_picture_info
from support.images.samples import PICTURE_INFO

TIME = {
    "taken_at": datetime(1998, 10, 29, 22, 6, 59),  # noqa: DTZ001 - the camera's clock has no zone
    "taken_at_source": "APP12:TimeDate",
}


def test_everything_is_read() -> None:
    assert read_picture_info(PICTURE_INFO) == {
        **TIME,
        "exposure_time": 0.033363,
        "f_number": 2.8,
        "camera_make": "Olympus",
        "camera_model": "D-320L",
    }


@pytest.mark.parametrize(
    "value", [b"909698819", b"1998:10:29 22:06:59", b"1998/10/29 22:06:59", b" 909698819 "]
)
def test_the_time_is_counted_or_written(value: bytes) -> None:
    assert read_picture_info(b"[picture info]\r\nTimeDate=" + value + b"\r\n") == TIME


def test_items_may_share_a_line() -> None:
    fields = read_picture_info(b"[picture info] Model=Photo 1280 shtr=4000 FNumber=4.0[end]")

    assert fields == {"camera_model": "Photo 1280", "exposure_time": 0.004, "f_number": 4.0}


def test_the_first_of_two_alike_counts() -> None:
    assert read_picture_info(b"FNumber=F2.8\nFNumber=F4\nShutter=5\nshtr=9\n") == {
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
def test_what_is_no_value_is_left_out(text: bytes) -> None:
    assert read_picture_info(text[:65_000]) == {}


def test_a_text_of_nothing_but_items_is_read_in_bounds() -> None:
    fields = read_picture_info(b"Model=" + b"a" * 60_000 + b" Make= " + b"b=" * 30_000)

    assert len(str(fields["camera_model"])) <= 256
