"""Records for tests: an example to vary, and a strategy for all valid records."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from imgmeta.core.content_hashes import HashKind
from imgmeta.core.identity import image_id
from imgmeta.core.records import ImageRecord, Status

SEEN_AT = datetime(2026, 11, 23, 6, 30, 1, 234_567, tzinfo=UTC)


def image_record(key: str = "2026/beach.jpg", **changes: object) -> ImageRecord:
    """Return a processed record of a key, with some attributes changed."""
    bucket = str(changes.get("bucket_name", "holiday"))
    values: dict[str, Any] = {
        "image_id": image_id(bucket, key),
        "bucket_name": bucket,
        "object_key": key,
        "status": Status.PROCESSED,
        "processed_at": SEEN_AT,
        "revision": "r1",
        "file_size": 3,
        "etag": "e1",
        "reader_version": 1,
    }
    return ImageRecord.model_validate(values | changes)


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


_texts = st.text(min_size=1, max_size=256)
_instants = st.datetimes(timezones=st.just(UTC))
_counts = st.integers(1, 2**32 - 1)
_positives = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
_numbers = st.integers(0, 2**63 - 1)

_content_hashes = st.sampled_from(HashKind).flatmap(
    lambda kind: st.integers(0, 16**kind.digits - 1).map(
        lambda number: f"{kind}:{number:0{kind.digits}x}"
    )
)

_attributes: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(Status),
    "processed_at": _instants,
    "revision": st.text(min_size=1, max_size=64),
    "file_size": _optional(_numbers),
    "content_type": _optional(_texts),
    "upload_timestamp": _optional(st.integers(1 - 2**63, 2**63 - 1)),
    "upload_date": _optional(_instants),
    "last_modified": _optional(_instants),
    "etag": _optional(_texts),
    "version_id": _optional(_texts),
    "storage_class": _optional(_texts),
    "content_hash": _optional(_content_hashes),
    "thumbnail_hash": _optional(st.from_regex(r"[0-9a-f]{16}", fullmatch=True)),
    "sequencer": _optional(st.integers(0, 16**32 - 1).map("{:032X}".format)),
    "error": _optional(_texts),
    "content_error": _optional(_texts),
    "expires_at": _optional(_numbers),
    "reader_version": _optional(_counts),
    "format": _optional(_texts),
    "mime_type": _optional(_texts),
    "width": _optional(_counts),
    "height": _optional(_counts),
    "display_width": _optional(_counts),
    "display_height": _optional(_counts),
    "orientation": _optional(st.integers(1, 8)),
    "color_mode": _optional(_texts),
    "bit_depth": _optional(st.integers(1, 64)),
    "has_alpha": _optional(st.booleans()),
    "frame_count": _optional(_counts),
    "icc_profile": _optional(_texts),
    "camera_make": _optional(_texts),
    "camera_model": _optional(_texts),
    "lens_model": _optional(_texts),
    "exposure_time": _optional(_positives),
    "f_number": _optional(_positives),
    "iso": _optional(_counts),
    "focal_length": _optional(_positives),
    "latitude": _optional(st.floats(-90, 90)),
    "longitude": _optional(st.floats(-180, 180)),
    "altitude": _optional(st.floats(-100_000, 1_000_000)),
    "taken_at": _optional(st.datetimes()),
    "taken_at_offset": _optional(st.from_regex(r"[+-][0-9]{2}:[0-9]{2}", fullmatch=True)),
    "taken_at_utc": _optional(_instants),
    "taken_at_source": _optional(_texts),
    "complete": _optional(st.booleans()),
    "partial_metadata": _optional(st.booleans()),
    "has_thumbnail": _optional(st.booleans()),
}


@st.composite
def image_records(draw: st.DrawFn) -> ImageRecord:
    """Draw a valid record with any subset of the optional attributes."""
    bucket, key = draw(_texts), draw(_texts)
    given = draw(st.fixed_dictionaries({}, optional=_attributes))
    required: dict[str, Any] = {
        "status": Status.PROCESSED,
        "processed_at": SEEN_AT,
        "revision": "r1",
    }
    location = {"image_id": image_id(bucket, key), "bucket_name": bucket, "object_key": key}
    return ImageRecord.model_validate(required | given | location)
