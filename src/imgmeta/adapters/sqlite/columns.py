"""The columns of a row: their names, their values, and the checksum of the row."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from imgmeta.core.cameras import camera_name
from imgmeta.core.timestamps import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from imgmeta.core.records import ImageRecord

__all__ = [
    "ADDED_COLUMNS",
    "CAMERA_FUNCTION",
    "CAMERA_TEXT",
    "CHECKSUM_FUNCTION",
    "COLUMNS",
    "NEW_VALUES",
    "checked_bytes",
    "checksum",
    "checksum_before_columns",
    "values_of",
]


CHECKSUM_FUNCTION = "crc32"
"""The SQL function that the statements need: `zlib.crc32`."""

CAMERA_FUNCTION = "camera_name"
"""The SQL function that a migration needs: `joined_camera_name`."""

CAMERA_TEXT = "coalesce(CameraMake || ' ' || CameraModel, CameraMake, CameraModel)"
"""The expression of `camera_text`. The index of cameras has it, so it uses no other function."""

_ATTRIBUTES = {
    "ImageId": "image_id",
    "BucketName": "bucket_name",
    "ObjectKey": "object_key",
    "Revision": "revision",
    "Sequencer": "sequencer",
    "UploadTimestamp": "upload_timestamp",
    "ExpiresAt": "expires_at",
    "FileSize": "file_size",
    "ContentType": "content_type",
    "ETag": "etag",
    "VersionId": "version_id",
    "StorageClass": "storage_class",
    "ContentHash": "content_hash",
    "ThumbnailHash": "thumbnail_hash",
    "Error": "error",
    "ContentError": "content_error",
    "SchemaVersion": "schema_version",
    "ReaderVersion": "reader_version",
    "Format": "format",
    "MimeType": "mime_type",
    "Width": "width",
    "Height": "height",
    "DisplayWidth": "display_width",
    "DisplayHeight": "display_height",
    "Orientation": "orientation",
    "ColorMode": "color_mode",
    "BitDepth": "bit_depth",
    "HasAlpha": "has_alpha",
    "FrameCount": "frame_count",
    "IccProfile": "icc_profile",
    "CameraMake": "camera_make",
    "CameraModel": "camera_model",
    "LensModel": "lens_model",
    "ExposureTime": "exposure_time",
    "FNumber": "f_number",
    "Iso": "iso",
    "FocalLength": "focal_length",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Altitude": "altitude",
    "TakenAtOffset": "taken_at_offset",
    "TakenAtSource": "taken_at_source",
    "Complete": "complete",
    "PartialMetadata": "partial_metadata",
    "HasThumbnail": "has_thumbnail",
}
"""Columns that have an attribute's value."""

_COMPUTED = (
    "Status",
    # In microseconds since 1970, for the conditions of writes; as a text, it is `ProcessedDate`.
    *("ProcessedAt", "ProcessedDate", "UploadDate", "LastModified", "TakenAt", "TakenAtUtc"),
    *("Camera", "Uri", "Record"),
)

COLUMNS = (*_ATTRIBUTES, *_COMPUTED)
"""The columns that are written, except for the checksum, in the order of `values_of`."""

ADDED_COLUMNS = {"ContentHash": "TEXT", "ThumbnailHash": "TEXT", "HasThumbnail": "INTEGER"}
"""Columns since schema 6, and their types. Without a value, they do not change the checksum of a
row, so that the rows of schema 5 keep theirs."""

NEW_VALUES = f"(SELECT {', '.join(f'? AS {name}' for name in COLUMNS)}) AS new"
"""The table `new` with one row, whose parameters are those that `values_of` returns.

Each parameter occurs once and has no name, since Python's module looks up named ones slowly."""

_FRACTIONS = ("ExposureTime", "FNumber", "FocalLength", "Latitude", "Longitude", "Altitude")

_OLD_COLUMNS = (
    *("ImageId", "BucketName", "ObjectKey", "Status", "Revision", "Sequencer"),
    *("UploadTimestamp", "ExpiresAt", "FileSize", "ETag", "ReaderVersion"),
    *("StorageClass", "ContentError", "ProcessedAt"),
)

_attribute_values = itemgetter(*_ATTRIBUTES.values())


def checksum(values: dict[str, str]) -> str:
    """Return the expression of the checksum of a row, with the values of these expressions."""
    return f"{CHECKSUM_FUNCTION}({checked_bytes(values)})"


def checked_bytes(values: dict[str, str]) -> str:
    """Return the expression of the bytes that the checksum of a row covers.

    A migration that adds a column has to compute the checksums of the existing rows again, except
    for one that is used as `ADDED_COLUMNS` are.
    """
    # As text, fractions differ between versions of SQLite; as integers, they do not.
    checked = [
        f"CAST({value} * 1000000.0 AS INTEGER)" if name in _FRACTIONS else value
        for name, value in values.items()
        if name not in ("Record", *ADDED_COLUMNS)
    ]
    hashes = [f"ifnull('{name} ' || {values[name]}, '')" for name in ADDED_COLUMNS]
    return _bytes(" || ".join([f"ifnull({values['Record']}, '')", *hashes]), checked)


def checksum_before_columns() -> str:
    """Return the expression of the checksum of a row that was written before schema 4."""
    covered = _bytes("ifnull(Record, '')", list(_OLD_COLUMNS))
    return f"{CHECKSUM_FUNCTION}({covered})"


def _bytes(texts: str, values: list[str]) -> str:
    text = f"printf('{' '.join(['%s'] * len(values))}', {', '.join(values)})"
    return f"CAST({texts} || {text} AS BLOB)"


def values_of(record: ImageRecord) -> tuple[object, ...]:
    """Return the values of `COLUMNS`: the attributes of a record, and the record as JSON."""
    return (
        *_attribute_values(vars(record)),
        record.status.value,
        microseconds(record.processed_at),
        _text(record.processed_at),
        _text(record.upload_date),
        _text(record.last_modified),
        _text(record.taken_at),
        _text(record.taken_at_utc),
        camera_name(record),
        record.uri,
        record.to_json(),
    )


def _text(moment: datetime | None) -> str | None:
    """Return a time as SQLite's date functions write it, without a UTC offset.

    The texts sort as the times do.
    """
    return None if moment is None else moment.isoformat(" ").removesuffix("+00:00")
