"""SQL statements of the SQLite repository: one for each query and each conditional write."""

from imgmeta.core.records import ImageRecord
from imgmeta.core.timestamps import microseconds

__all__ = [
    "COUNT_PREFIX",
    "DELETE_EXPIRED",
    "INSERT_IF_ABSENT",
    "SELECT_ALL",
    "SELECT_ENTRIES",
    "SELECT_PREFIX",
    "SELECT_RECORD",
    "SELECT_UPLOADED",
    "UPDATE_IF_REVISION",
    "UPSERT_IF_NEWER",
    "parameters_from_record",
]

_INSERT = """
    INSERT INTO Images
        (ImageId, BucketName, ObjectKey, Status, Revision, Sequencer, UploadTimestamp, ExpiresAt,
         FileSize, ETag, ReaderVersion, Latitude, Longitude, Altitude, StorageClass, ContentError,
         ProcessedAt, Record)
    VALUES (:image_id, :bucket, :key, :status, :revision, :sequencer, :uploaded, :expires,
        :size, :etag, :reader, :latitude, :longitude, :altitude, :storage_class, :content_error,
        :processed_at, :record)
"""
_ASSIGNMENTS = """
    Status = :status, Revision = :revision, Sequencer = :sequencer, UploadTimestamp = :uploaded,
    ExpiresAt = :expires, FileSize = :size, ETag = :etag, ReaderVersion = :reader,
    Latitude = :latitude, Longitude = :longitude, Altitude = :altitude,
    StorageClass = :storage_class, ContentError = :content_error, ProcessedAt = :processed_at,
    Record = :record
"""
# Normalized sequencers have the same width and case, so they can be compared as text.
UPSERT_IF_NEWER = f"""
    {_INSERT} ON CONFLICT (ImageId) DO UPDATE SET {_ASSIGNMENTS}
    WHERE (Images.Sequencer IS NULL OR Images.Sequencer < :sequencer)
        AND (Images.ProcessedAt IS NULL OR Images.ProcessedAt <= :observed_after
            OR :observed_after IS NULL)
"""
INSERT_IF_ABSENT = f"{_INSERT} ON CONFLICT (ImageId) DO NOTHING"
UPDATE_IF_REVISION = f"""
    UPDATE Images SET {_ASSIGNMENTS} WHERE ImageId = :image_id AND Revision = :expected
"""  # noqa: S608 - built from the constants above

DELETE_EXPIRED = "DELETE FROM Images WHERE Status = 'deleted' AND ExpiresAt <= ? AND ImageId <> ?"

# As a BLOB, so that invalid UTF-8 is reported by ImageRecord.from_json, not by sqlite3.
SELECT_RECORD = "SELECT CAST(Record AS BLOB) FROM Images WHERE ImageId = ?"

# The first one or two parameters are the start of a page; the columns before the record are the
# start of the next page.
SELECT_PREFIX = """
    SELECT ObjectKey || char(0), CAST(Record AS BLOB) FROM Images
    WHERE ObjectKey >= ? AND ObjectKey < ? AND BucketName = ? AND (Status <> 'deleted' OR ?)
    ORDER BY ObjectKey LIMIT ?
"""
SELECT_ENTRIES = """
    SELECT ObjectKey, FileSize, ETag, ReaderVersion, Latitude, Longitude, Altitude, StorageClass,
        ContentError
    FROM Images
    WHERE ObjectKey >= ? AND ObjectKey < ? AND BucketName = ? AND Status <> 'deleted'
    ORDER BY ObjectKey LIMIT ?
"""
COUNT_PREFIX = """
    SELECT count(*) FROM Images
    WHERE ObjectKey >= ? AND ObjectKey < ? AND BucketName = ? AND Status <> 'deleted'
"""
SELECT_UPLOADED = """
    SELECT UploadTimestamp, ImageId, CAST(Record AS BLOB) FROM Images
    WHERE (UploadTimestamp, ImageId) > (?, ?) AND UploadTimestamp < ?
        AND UploadTimestamp IS NOT NULL AND Status <> 'deleted'
    ORDER BY UploadTimestamp, ImageId LIMIT ?
"""
SELECT_ALL = """
    SELECT Number, CAST(Record AS BLOB) FROM Images
    WHERE Number > ? AND (Status <> 'deleted' OR ?) ORDER BY Number LIMIT ?
"""


def parameters_from_record(record: ImageRecord) -> dict[str, str | int | float | None]:
    """Return the parameters of a write: the record as JSON, and the columns used in queries."""
    return {
        "image_id": record.image_id,
        "bucket": record.bucket_name,
        "key": record.object_key,
        "status": record.status.value,
        "revision": record.revision,
        "sequencer": record.sequencer,
        "uploaded": record.upload_timestamp,
        "expires": record.expires_at,
        "size": record.file_size,
        "etag": record.etag,
        "reader": record.reader_version,
        "latitude": record.latitude,
        "longitude": record.longitude,
        "altitude": record.altitude,
        "storage_class": record.storage_class,
        "content_error": record.content_error,
        "processed_at": microseconds(record.processed_at),
        "record": record.to_json(),
    }
