"""An index with many different images."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["varied_records"]

_FORMATS = ("JPEG", "PNG", "HEIC", "NEF", "WEBP")
_BEGINNING = datetime(2001, 1, 1, tzinfo=UTC)


def varied_records(count: int) -> Iterator[ImageRecord]:
    """Yield records of which each has a place, camera, lens, time and size of its own."""
    for number in range(count):
        moment = _BEGINNING + timedelta(hours=number)
        key = f"archive/{number % 97}/photo {number} of a long afternoon.jpg"
        common = {
            "file_size": 100_000 + number * 7919 % 30_000_000,
            "upload_timestamp": int(moment.timestamp()),
            "upload_date": moment,
            "last_modified": moment,
            "content_hash": f"md5:{number // 3:032x}",
        }
        if number % 10 == 0:
            yield image_record(key, **common, status=Status.FAILED, error=f"block {number} is bad")
            continue
        yield image_record(
            key,
            **common,
            format=_FORMATS[number % len(_FORMATS)],
            display_width=1000 + number % 5000,
            display_height=1000 + number % 3000,
            camera_make=f"Maker {number % 5000}",
            camera_model=f"Model {number}",
            lens_model=f"Lens {number}",
            taken_at=moment.replace(tzinfo=None),
            latitude=-60 + number * 0.6180339887 % 140,
            longitude=-180 + number * 2.399963 % 360,
            complete=number % 11 != 0,
        )
