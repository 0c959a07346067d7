"""SQL statements of the SQLite repository: one for each query and each conditional write."""

from imgmeta.core.records import ImageRecord
from imgmeta.core.timestamps import microseconds

__all__ = [
    "CHECKSUM_FUNCTION",
    "COLUMNS",
    "COUNT_PREFIX",
    "DELETE_EXPIRED",
    "INSERT_IF_ABSENT",
    "SELECT_ALL",
    "SELECT_CHECKSUM",
    "SELECT_ENTRIES",
    "SELECT_NUMBER",
    "SELECT_PREFIX",
    "SELECT_RECORD",
    "SELECT_UPLOADED",
    "UPDATE_IF_DAMAGED",
    "UPDATE_IF_REVISION",
    "UPSERT_IF_NEWER",
    "parameters_from_record",
]

CHECKSUM_FUNCTION = "crc32"
"""The SQL function that the statements need: `zlib.crc32`."""

_PARAMETERS = {
    "ImageId": ":image_id",
    "BucketName": ":bucket",
    "ObjectKey": ":key",
    "Status": ":status",
    "Revision": ":revision",
    "Sequencer": ":sequencer",
    "UploadTimestamp": ":uploaded",
    "ExpiresAt": ":expires",
    "FileSize": ":size",
    "ETag": ":etag",
    "ReaderVersion": ":reader",
    "Latitude": ":latitude",
    "Longitude": ":longitude",
    "Altitude": ":altitude",
    "StorageClass": ":storage_class",
    "ContentError": ":content_error",
    "ProcessedAt": ":processed_at",
    "Record": ":record",
}
"""The columns, and the parameters that are written to them."""

# As text, fractions differ between versions of SQLite. Nothing but the GPS policy uses these
# columns, so damage to them causes at most an unnecessary observation.
_WITHOUT_CHECKSUM = ("Record", "Latitude", "Longitude", "Altitude")


def _checksum(values: dict[str, str]) -> str:
    """Return the expression of the checksum of a row, with the values of these expressions.

    A migration that adds a column has to set the checksums of the existing rows to NULL.
    """
    checked = [value for name, value in values.items() if name not in _WITHOUT_CHECKSUM]
    text = f"printf('{' '.join(['%s'] * len(checked))}', {', '.join(checked)})"
    return f"{CHECKSUM_FUNCTION}(CAST(ifnull({values['Record']}, '') || {text} AS BLOB))"


_WRITTEN = _PARAMETERS | {"Checksum": _checksum(_PARAMETERS)}

COLUMNS = tuple(_WRITTEN)
"""The columns that the statements need."""

_INSERT = f"""
    INSERT INTO Images ({", ".join(_WRITTEN)}) VALUES ({", ".join(_WRITTEN.values())})
"""  # noqa: S608 - built from the constants above
_ASSIGNMENTS = ", ".join(f"{name} = {value}" for name, value in _WRITTEN.items())
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
"""  # noqa: S608 - as above
UPDATE_IF_DAMAGED = f"""
    UPDATE Images SET {_ASSIGNMENTS} WHERE ImageId = :image_id
        AND CAST(Record AS BLOB) IS :damaged_record AND Checksum IS :damaged_checksum
"""  # noqa: S608 - as above

DELETE_EXPIRED = "DELETE FROM Images WHERE Status = 'deleted' AND ExpiresAt <= ? AND ImageId <> ?"

# SQLite reads the columns of an index from the index, but the checksum must verify the row itself.
_FOUND_ROWS = "Images AS found CROSS JOIN Images AS row ON row.Number = found.Number"

_IS_INTACT = f"row.Checksum = {_checksum({name: f'row.{name}' for name in _PARAMETERS})}"
"""Whether the checksum is correct; NULL if an older imgmeta wrote the row without a checksum."""

# The last columns of all queries for records: the key for messages, whether the row is intact (NULL
# without a checksum), and the record, as a BLOB, so that invalid UTF-8 is reported by
# ImageRecord.from_json, not by sqlite3.
_RECORD = f"row.ObjectKey, {_IS_INTACT}, CAST(row.Record AS BLOB)"

# The first column is whether `BucketKeyIndex` has the row. If it is damaged, `SELECT_ENTRIES` may
# omit rows, and nothing else would report that.
SELECT_RECORD = f"""
    SELECT row.Number IS (
            SELECT listed.Number FROM Images AS listed WHERE listed.BucketName = row.BucketName
                AND listed.ObjectKey = row.ObjectKey AND listed.Status = row.Status
        ), {_RECORD}
    FROM {_FOUND_ROWS} WHERE found.ImageId = ?
"""  # noqa: S608 - as above
SELECT_NUMBER = f"SELECT {_RECORD} FROM Images AS row WHERE row.Number = ?"  # noqa: S608 - as above
SELECT_CHECKSUM = f"""
    SELECT row.Checksum, {_RECORD} FROM {_FOUND_ROWS} WHERE found.ImageId = ?
"""  # noqa: S608 - as above

# The first one or two parameters are the start of a page; the columns before the record are the
# start of the next page. Texts in them are passed as BLOBs, since a damaged one may not be UTF-8.
SELECT_PREFIX = f"""
    SELECT CAST(found.ObjectKey || char(0) AS BLOB), {_RECORD} FROM {_FOUND_ROWS}
    WHERE found.ObjectKey >= CAST(? AS TEXT) AND found.ObjectKey < ? AND found.BucketName = ?
        AND (found.Status <> 'deleted' OR ?)
    ORDER BY found.ObjectKey LIMIT ?
"""  # noqa: S608 - as above
# The column after those of the entry is the number of a row that must be read completely, since it
# is damaged, or an older imgmeta wrote it without a checksum.
SELECT_ENTRIES = f"""
    SELECT row.ObjectKey, row.FileSize, row.ETag, row.ReaderVersion, row.Latitude, row.Longitude,
        row.Altitude, row.StorageClass, row.ContentError,
        CASE WHEN {_IS_INTACT} THEN NULL ELSE row.Number END
    FROM {_FOUND_ROWS}
    WHERE found.ObjectKey >= CAST(? AS TEXT) AND found.ObjectKey < ? AND found.BucketName = ?
        AND found.Status <> 'deleted'
    ORDER BY found.ObjectKey LIMIT ?
"""  # noqa: S608 - as above
COUNT_PREFIX = """
    SELECT count(*) FROM Images
    WHERE ObjectKey >= CAST(? AS TEXT) AND ObjectKey < ? AND BucketName = ?
        AND Status <> 'deleted'
"""
SELECT_UPLOADED = f"""
    SELECT found.UploadTimestamp, CAST(found.ImageId AS BLOB), {_RECORD} FROM {_FOUND_ROWS}
    WHERE (found.UploadTimestamp, found.ImageId) > (?, CAST(? AS TEXT))
        AND found.UploadTimestamp < ?
        AND found.UploadTimestamp IS NOT NULL AND found.Status <> 'deleted'
    ORDER BY found.UploadTimestamp, found.ImageId LIMIT ?
"""  # noqa: S608 - as above
SELECT_ALL = f"""
    SELECT row.Number, {_RECORD} FROM Images AS row
    WHERE row.Number > ? AND (row.Status <> 'deleted' OR ?) ORDER BY row.Number LIMIT ?
"""  # noqa: S608 - as above


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
