"""SQL statements of the SQLite repository: one for each query and each conditional write."""

from collections.abc import Iterable

from imgmeta.adapters.sqlite.columns import COLUMNS, NEW_VALUES, checked_bytes, checksum

__all__ = [
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
    "SELECT_VERSION",
    "UPDATE_IF_DAMAGED",
    "UPDATE_IF_REVISION",
    "UPSERT_IF_NEWER",
    "select_columns",
    "select_ids",
    "select_numbers",
    "select_values",
]

_WRITTEN = ", ".join((*COLUMNS, "Checksum"))
_NEW = {name: f"new.{name}" for name in COLUMNS}
_NEW_ROW = f"SELECT {', '.join(_NEW.values())}, {checksum(_NEW)} FROM {NEW_VALUES}"  # noqa: S608 - built from the constants above

# The first parameters of all statements that write a record are those of `NEW_VALUES`.
# Without WHERE, SQLite would parse ON as part of FROM (SQLite, "UPSERT", "Parsing Ambiguity").
_INSERT = f"INSERT INTO Records ({_WRITTEN}) {_NEW_ROW} WHERE true"
_UPDATE = f"UPDATE Records SET ({_WRITTEN}) = ({_NEW_ROW})"  # noqa: S608 - as above
_ASSIGNMENTS = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "Checksum"))
_HAS_SAME_CONTENT = """
    Records.Status <> 'deleted' AND excluded.Status <> 'deleted'
    AND excluded.ETag IS NOT NULL AND Records.ETag IS excluded.ETag
    AND Records.FileSize IS excluded.FileSize
"""
_LACKS_HASH = " OR ".join(
    f"Records.{name} IS NOT NULL AND Records.{name} IS NOT excluded.{name}"
    for name in ("ContentHash", "ThumbnailHash")
)
# The last parameter is when the observation began. Normalized sequencers have the same width and
# case, so they can be compared as text.
UPSERT_IF_NEWER = f"""
    {_INSERT} ON CONFLICT (ImageId) DO UPDATE SET {_ASSIGNMENTS}
    WHERE (Records.Sequencer IS NULL OR Records.Sequencer < excluded.Sequencer)
        AND ifnull(Records.ProcessedAt <= ?, true)
        AND NOT ({_HAS_SAME_CONTENT} AND ({_LACKS_HASH}))
"""
INSERT_IF_ABSENT = f"{_INSERT} ON CONFLICT (ImageId) DO NOTHING"
# The last parameters are the ID and the expected revision.
UPDATE_IF_REVISION = f"{_UPDATE} WHERE ImageId = ? AND Revision = ?"
# The last parameters are the ID, the damaged checksum and the damaged record.
UPDATE_IF_DAMAGED = f"""
    {_UPDATE} WHERE ImageId = ? AND Checksum IS ? AND CAST(Record AS BLOB) IS ?
"""

DELETE_EXPIRED = "DELETE FROM Records WHERE Status = 'deleted' AND ExpiresAt <= ? AND ImageId <> ?"

# SQLite reads the columns of an index from the index, but the checksum must verify the row itself.
_FOUND_ROWS = "Records AS found CROSS JOIN Records AS row ON row.Number = found.Number"

_ROW = {name: f"row.{name}" for name in COLUMNS}
_IS_INTACT = f"row.Checksum = {checksum(_ROW)}"
"""Whether the checksum is correct; NULL if an older imgmeta wrote the row without a checksum."""

# The last columns of all queries for records: the key for messages, whether the row is intact (NULL
# without a checksum), and the record, as a BLOB, so that invalid UTF-8 is reported by
# ImageRecord.from_json, not by sqlite3.
_RECORD = f"row.ObjectKey, {_IS_INTACT}, CAST(row.Record AS BLOB)"

# The first column is whether `BucketKeyIndex` has the row. If it is damaged, `SELECT_ENTRIES` may
# omit rows, and nothing else would report that.
SELECT_RECORD = f"""
    SELECT row.Number IS (
            SELECT listed.Number FROM Records AS listed WHERE listed.BucketName = row.BucketName
                AND listed.ObjectKey = row.ObjectKey AND listed.Status = row.Status
        ), {_RECORD}
    FROM {_FOUND_ROWS} WHERE found.ImageId = ?
"""  # noqa: S608 - as above
SELECT_NUMBER = f"SELECT {_RECORD} FROM Records AS row WHERE row.Number = ?"  # noqa: S608 - as above
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
_ENTRY = [
    f"row.{name}"
    for name in (
        *("FileSize", "ETag", "ReaderVersion", "Latitude", "Longitude", "Altitude"),
        *("StorageClass", "ContentError", "ContentHash"),
    )
]
_HAS_NO_BLOB = f"'blob' NOT IN ({', '.join(f'typeof({column})' for column in _ENTRY)})"
"""A bit that makes a BLOB of a text does not change the checksum, which covers texts."""

# The column after those of the entry is the number of a row that must be read completely, since it
# is damaged, or an older imgmeta wrote it without a checksum.
SELECT_ENTRIES = f"""
    SELECT CAST(row.ObjectKey AS TEXT), {", ".join(_ENTRY)},
        CASE WHEN {_IS_INTACT} AND {_HAS_NO_BLOB} THEN NULL ELSE row.Number END
    FROM {_FOUND_ROWS}
    WHERE found.ObjectKey >= CAST(? AS TEXT) AND found.ObjectKey < ? AND found.BucketName = ?
        AND found.Status <> 'deleted'
    ORDER BY found.ObjectKey LIMIT ?
"""  # noqa: S608 - as above
COUNT_PREFIX = """
    SELECT count(*) FROM Records
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
    SELECT row.Number, {_RECORD} FROM Records AS row
    WHERE row.Number > ? AND (row.Status <> 'deleted' OR ?) ORDER BY row.Number LIMIT ?
"""  # noqa: S608 - as above


# Changes after a commit of another connection, and after a write of this one.
SELECT_VERSION = "SELECT data_version, total_changes() FROM pragma_data_version"


def select_ids(count: int) -> str:
    """Return the query that selects those of `count` image IDs under which something is stored."""
    return f"SELECT ImageId FROM Records WHERE ImageId IN ({', '.join('?' * count)})"  # noqa: S608 - as above


def select_values(expressions: Iterable[str], where: str) -> str:
    """Return the query for values of rows.

    The columns after the values are the size of the file, the number of the row, its checksum and
    the bytes that the checksum covers: a call of the SQL function takes longer than one in Python.

    Args:
        expressions: the expressions of the values.
        where: the conditions of the rows.
    """
    columns = ", ".join(
        [*expressions, "row.FileSize", "row.Number", "row.Checksum", checked_bytes(_ROW)]
    )
    return f"SELECT {columns} FROM Records AS row WHERE {where}"  # noqa: S608 - as above


def select_columns(names: Iterable[str], version: tuple[int, int], count: int) -> str:
    """Return the query for the numbers and columns of rows, their checksums, and what these cover.

    The checksum is NULL if a row has been written since the version.

    Args:
        names: the columns.
        version: the row of `SELECT_VERSION`.
        count: how many numbers are the parameters.
    """
    columns = ", ".join(f"row.{each}" for each in names)
    numbers = ", ".join("?" * count)
    return f"""
        SELECT row.Number, {columns},
            CASE WHEN ({SELECT_VERSION}) = {version} THEN row.Checksum END, {checked_bytes(_ROW)}
        FROM Records AS row WHERE row.Number IN ({numbers})
    """  # noqa: S608 - as above


def select_numbers(count: int) -> str:
    """Return the query for the numbers and records of rows, given `count` numbers."""
    numbers = ", ".join("?" * count)
    return f"SELECT row.Number, {_RECORD} FROM Records AS row WHERE row.Number IN ({numbers})"  # noqa: S608 - as above
