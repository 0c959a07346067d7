"""The schema of the database: the statements that migrate it, and the backfill between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.adapters.sqlite.columns import (
    ADDED_COLUMNS,
    CAMERA_FUNCTION,
    CAMERA_TEXT,
    COLUMNS,
    NEW_VALUES,
    checksum,
    checksum_before_columns,
    values_of,
)
from imgmeta.core.decoding import decode_record
from imgmeta.errors import InvalidRecordError

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "APPLICATION_ID",
    "BATCH",
    "MIGRATIONS",
    "UNFILLED_VERSION",
    "add_missing_columns",
    "fill_batch",
]

APPLICATION_ID = 0x494D474D
"""`IMGM`, in the header of an imgmeta database (SQLite, "PRAGMA application_id")."""

_VIEW = """
    CREATE VIEW images AS  -- Version 1; imgmeta's docs/sqlite.md describes the columns.
    SELECT Uri AS uri, ImageId AS image_id, BucketName AS bucket_name, ObjectKey AS object_key,
        Status AS status, ProcessedDate AS processed_at, Revision AS revision,
        FileSize AS file_size, ContentType AS content_type,
        UploadTimestamp AS upload_timestamp, UploadDate AS upload_date,
        LastModified AS last_modified, ETag AS etag, VersionId AS version_id,
        StorageClass AS storage_class, Sequencer AS sequencer, Error AS error,
        ContentError AS content_error, ExpiresAt AS expires_at,
        SchemaVersion AS schema_version, ReaderVersion AS reader_version,
        Format AS format, MimeType AS mime_type, Width AS width, Height AS height,
        DisplayWidth AS display_width, DisplayHeight AS display_height,
        Orientation AS orientation, ColorMode AS color_mode, BitDepth AS bit_depth,
        HasAlpha AS has_alpha, FrameCount AS frame_count, IccProfile AS icc_profile,
        Camera AS camera, CameraMake AS camera_make, CameraModel AS camera_model,
        LensModel AS lens_model, ExposureTime AS exposure_time, FNumber AS f_number,
        Iso AS iso, FocalLength AS focal_length, Latitude AS latitude,
        Longitude AS longitude, Altitude AS altitude, TakenAt AS taken_at,
        TakenAtOffset AS taken_at_offset, TakenAtUtc AS taken_at_utc,
        TakenAtSource AS taken_at_source, Complete AS complete,
        PartialMetadata AS partial_metadata{}
    FROM Records WHERE Status <> 'deleted'
"""
"""The view of every schema since 5, with the columns that were added to its end."""

_CURRENT_NAME = f"{CAMERA_FUNCTION}(CAST(CameraMake AS BLOB), CAST(CameraModel AS BLOB))"
_OWN = {name: name for name in COLUMNS}
_RENAME_CAMERAS = f"""
    UPDATE Records
    SET Camera = {_CURRENT_NAME}, Checksum = {checksum(_OWN | {"Camera": _CURRENT_NAME})}
    WHERE Camera IS NOT {_CURRENT_NAME} AND Checksum = {checksum(_OWN)}
"""  # noqa: S608 - constants
"""Until schema 6, `Camera` repeated the make. A row whose checksum is wrong stays as it is."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE Images (
            Number INTEGER PRIMARY KEY,
            ImageId TEXT NOT NULL UNIQUE,
            BucketName TEXT NOT NULL,
            ObjectKey TEXT NOT NULL,
            Status TEXT NOT NULL,
            Revision TEXT NOT NULL,
            Sequencer TEXT,
            UploadTimestamp INTEGER,
            ExpiresAt INTEGER,
            FileSize INTEGER,
            ETag TEXT,
            ReaderVersion INTEGER,
            Latitude REAL,
            Longitude REAL,
            Altitude REAL,
            Record TEXT NOT NULL
        )
        """,
        # With Status in the index, tombstones are skipped and records counted without reading
        # the table. The collation is BINARY: the order of UTF-8 bytes.
        "CREATE INDEX BucketKeyIndex ON Images (BucketName, ObjectKey, Status)",
        """
        CREATE INDEX UploadTimestampIndex ON Images (UploadTimestamp, ImageId)
        WHERE UploadTimestamp IS NOT NULL AND Status <> 'deleted'
        """,
        "CREATE INDEX ExpiresAtIndex ON Images (ExpiresAt) WHERE Status = 'deleted'",
    ),
    (
        "ALTER TABLE Images ADD COLUMN StorageClass TEXT",
        "ALTER TABLE Images ADD COLUMN ContentError TEXT",
        "ALTER TABLE Images ADD COLUMN ProcessedAt INTEGER",
    ),
    ("ALTER TABLE Images ADD COLUMN Checksum INTEGER",),
    # SQLite does not distinguish `Images` from `images`, which is the view. Since the table has
    # another name, an older imgmeta that has the file open cannot write rows without the columns.
    (
        "ALTER TABLE Images RENAME TO Records",
        *(
            f"ALTER TABLE Records ADD COLUMN {column}"
            for column in (
                *("Uri TEXT", "ProcessedDate TEXT", "ContentType TEXT", "UploadDate TEXT"),
                *("LastModified TEXT", "VersionId TEXT", "Error TEXT", "SchemaVersion INTEGER"),
                *("Format TEXT", "MimeType TEXT", "Width INTEGER", "Height INTEGER"),
                *("DisplayWidth INTEGER", "DisplayHeight INTEGER", "Orientation INTEGER"),
                *("ColorMode TEXT", "BitDepth INTEGER", "HasAlpha INTEGER", "FrameCount INTEGER"),
                *("IccProfile TEXT", "Camera TEXT", "CameraMake TEXT", "CameraModel TEXT"),
                *("LensModel TEXT", "ExposureTime REAL", "FNumber REAL", "Iso INTEGER"),
                *("FocalLength REAL", "TakenAt TEXT", "TakenAtOffset TEXT", "TakenAtUtc TEXT"),
                *("TakenAtSource TEXT", "Complete INTEGER", "PartialMetadata INTEGER"),
            )
        ),
    ),
    # After the rows are filled; see `fill_batch`.
    (
        "CREATE INDEX CameraIndex ON Records (Camera) WHERE Status <> 'deleted'",
        "CREATE INDEX FileSizeIndex ON Records (FileSize) WHERE Status <> 'deleted'",
        """
        CREATE INDEX PlaceIndex ON Records (Latitude, Longitude)
        WHERE Latitude IS NOT NULL AND Status <> 'deleted'
        """,
        "CREATE INDEX TakenAtIndex ON Records (TakenAt) WHERE Status <> 'deleted'",
        _VIEW.format(""),
    ),
    # An older imgmeta that has the file open does not write these columns. A row that has a hash
    # and is written by it is unreadable until the next sync.
    (
        *(f"ALTER TABLE Records ADD COLUMN {name} {kind}" for name, kind in ADDED_COLUMNS.items()),
        """
        CREATE INDEX ContentHashIndex ON Records (ContentHash)
        WHERE ContentHash IS NOT NULL AND Status <> 'deleted'
        """,
        "DROP VIEW images",
        _VIEW.format(
            ", ContentHash AS content_hash, ThumbnailHash AS thumbnail_hash,"
            " HasThumbnail AS has_thumbnail"
        ),
    ),
    (
        "DROP INDEX CameraIndex",
        _RENAME_CAMERAS,
        f"CREATE INDEX CameraIndex ON Records (Camera, {CAMERA_TEXT}) WHERE Status <> 'deleted'",
    ),
)
"""The statements that migrate the schema from each version (`PRAGMA user_version`) to the next."""

UNFILLED_VERSION = 4
"""The version in which rows must be filled (see `fill_batch`) before the next migration."""

BATCH = 500
"""Rows that one transaction fills."""

# Rows before schema 3 have no checksum.
_SELECT_UNFILLED = f"""
    SELECT Number, Checksum IS NULL OR Checksum = {checksum_before_columns()},
        CAST(Record AS BLOB)
    FROM Records WHERE Number > ? AND Uri IS NULL ORDER BY Number LIMIT ?
"""  # noqa: S608 - constants
_FILLED = {name: f"new.{name}" for name in COLUMNS if name not in ADDED_COLUMNS}
_WRITTEN = _FILLED | {"Checksum": checksum(_FILLED | dict.fromkeys(ADDED_COLUMNS, "NULL"))}
_INDEXED = ("ImageId", "BucketName", "ObjectKey", "Status", "UploadTimestamp", "ExpiresAt")
"""Columns of the first schema that have an index, which an assignment would write again. If one
differs from the record, which only damage causes, the checksum is wrong."""

_ASSIGNED = {name: value for name, value in _WRITTEN.items() if name not in _INDEXED}
_FILL = f"""
    UPDATE Records SET ({", ".join(_ASSIGNED)})
        = (SELECT {", ".join(_ASSIGNED.values())} FROM {NEW_VALUES})
    WHERE Number = ? AND ImageId = ?
"""  # noqa: S608 - constants


def fill_batch(connection: sqlite3.Connection, after: int) -> int | None:
    """Fill the columns of the next rows from their records, in the open transaction.

    A row whose checksum is wrong, or whose record is unreadable, stays as it is. Its old checksum
    is a wrong one for the new columns, so the row stays unreadable.

    Args:
        connection: to a database with version `UNFILLED_VERSION`.
        after: the number of the last row of the batch before; 0 for the first batch.

    Returns:
        The number of the last row of this batch; None if no row was left.
    """
    rows = connection.execute(_SELECT_UNFILLED, (after, BATCH)).fetchall()
    for number, is_intact, text in rows:
        try:
            record = decode_record(text or b"")
        except InvalidRecordError:
            continue
        if is_intact:
            connection.execute(_FILL, (*values_of(record), number, record.image_id))
    return rows[-1][0] if rows else None


def add_missing_columns(connection: sqlite3.Connection) -> bool:
    """Hide the table of an older schema behind a view that has all columns; change no file.

    The missing columns are NULL, and the checksums are those of the current schema.

    Args:
        connection: to a database that is not migrated.

    Returns:
        Whether columns are missing.
    """
    (version,) = connection.execute("PRAGMA main.user_version").fetchone()
    if not 0 < version < len(MIGRATIONS):
        return False
    table = "Records" if version >= UNFILLED_VERSION else "Images"
    existing = {row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")}
    values = {name: name if name in existing else "NULL" for name in COLUMNS}
    columns = [f"{value} AS {name}" for name, value in values.items()]
    check = "NULL"
    if "Checksum" in existing:
        old = checksum_before_columns()
        check = f"CASE WHEN Checksum = {old} THEN {checksum(values)} ELSE Checksum END"
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(
        f"CREATE TEMP VIEW Records AS SELECT Number, {', '.join(columns)}, {check} AS Checksum"  # noqa: S608 - constants
        f" FROM main.{table}"
    )
    return True
