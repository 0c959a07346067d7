"""The SQL of the SQLite store: one statement for each query, and one for each conditional write."""

from imgmeta.core.records import ImageRecord

__all__ = [
    "COUNT",
    "ENTRIES",
    "FORGET",
    "GET",
    "LIST",
    "PUT_IF_ABSENT",
    "PUT_IF_NEWER",
    "PUT_IF_REVISION",
    "SCAN",
    "SEQUENCER",
    "UPLOADED",
    "values_of",
]

_VALUES = """
    INSERT INTO Images
        (ImageId, BucketName, ObjectKey, Status, Revision, Sequencer, UploadTimestamp, ExpiresAt,
         FileSize, ETag, ReaderVersion, Latitude, Longitude, Altitude, Record)
    VALUES (:image_id, :bucket, :key, :status, :revision, :sequencer, :uploaded, :expires,
        :size, :etag, :reader, :latitude, :longitude, :altitude, :record)
"""
_ASSIGNMENTS = """
    Status = :status, Revision = :revision, Sequencer = :sequencer, UploadTimestamp = :uploaded,
    ExpiresAt = :expires, FileSize = :size, ETag = :etag, ReaderVersion = :reader,
    Latitude = :latitude, Longitude = :longitude, Altitude = :altitude, Record = :record
"""
# Normalised sequencers have one width and one case: they compare as text as their numbers do.
PUT_IF_NEWER = f"""
    {_VALUES} ON CONFLICT (ImageId) DO UPDATE SET {_ASSIGNMENTS}
    WHERE Images.Sequencer IS NULL OR Images.Sequencer < :sequencer
"""
PUT_IF_ABSENT = f"{_VALUES} ON CONFLICT (ImageId) DO NOTHING"
PUT_IF_REVISION = f"""
    UPDATE Images SET {_ASSIGNMENTS} WHERE ImageId = :image_id AND Revision = :expected
"""  # noqa: S608 - made of the constants above

FORGET = "DELETE FROM Images WHERE Status = 'deleted' AND ExpiresAt <= ? AND ImageId <> ?"

# As a BLOB, so that its encoding is judged where its content is: by ImageRecord.from_json.
GET = "SELECT CAST(Record AS BLOB) FROM Images WHERE ImageId = ?"
SEQUENCER = "SELECT Sequencer FROM Images WHERE ImageId = ?"

# The first parameter, or first two, say where a page starts; the columns before the record, where
# it ended.
LIST = """
    SELECT ObjectKey || char(0), CAST(Record AS BLOB) FROM Images
    WHERE ObjectKey >= ? AND ObjectKey < ? AND BucketName = ? AND (Status <> 'deleted' OR ?)
    ORDER BY ObjectKey LIMIT ?
"""
ENTRIES = """
    SELECT ObjectKey, FileSize, ETag, ReaderVersion, Latitude, Longitude, Altitude FROM Images
    WHERE ObjectKey >= ? AND ObjectKey < ? AND BucketName = ? AND Status <> 'deleted'
    ORDER BY ObjectKey LIMIT ?
"""
COUNT = """
    SELECT count(*) FROM Images
    WHERE ObjectKey >= ? AND ObjectKey < ? AND BucketName = ? AND Status <> 'deleted'
"""
UPLOADED = """
    SELECT UploadTimestamp, ImageId, CAST(Record AS BLOB) FROM Images
    WHERE (UploadTimestamp, ImageId) > (?, ?) AND UploadTimestamp < ?
        AND UploadTimestamp IS NOT NULL AND Status <> 'deleted'
    ORDER BY UploadTimestamp, ImageId LIMIT ?
"""
SCAN = """
    SELECT Number, CAST(Record AS BLOB) FROM Images
    WHERE Number > ? AND (Status <> 'deleted' OR ?) ORDER BY Number LIMIT ?
"""


def values_of(record: ImageRecord) -> dict[str, str | int | float | None]:
    """Return what a record is written with: its JSON, and the columns that queries need."""
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
        "record": record.to_json(),
    }
