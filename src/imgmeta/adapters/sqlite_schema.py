"""The SQLite store's layout: whose file it is, and how an older one becomes today's."""

import sqlite3

from imgmeta.errors import ConfigurationError

__all__ = ["APPLICATION_ID", "MIGRATIONS", "bring_up_to_date"]

APPLICATION_ID = 0x494D474D
"""`IMGM`, in the header of a database file that is ours (SQLite, "PRAGMA application_id")."""

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
            Record TEXT NOT NULL
        )
        """,
        # Status stands in the index so that tombstones are passed over, and records counted,
        # without reading them. The collation is BINARY: the order of UTF-8 bytes.
        "CREATE INDEX BucketKeyIndex ON Images (BucketName, ObjectKey, Status)",
        """
        CREATE INDEX UploadTimestampIndex ON Images (UploadTimestamp, ImageId)
        WHERE UploadTimestamp IS NOT NULL AND Status <> 'deleted'
        """,
        "CREATE INDEX ExpiresAtIndex ON Images (ExpiresAt) WHERE Status = 'deleted'",
    ),
)
"""What makes each schema version (`PRAGMA user_version`) of the one before it; the first, of 0."""

# One statement, so one snapshot: the answers belong together even while another process migrates.
_STANDING = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""


def bring_up_to_date(connection: sqlite3.Connection, name: str, *, must_exist: bool) -> None:
    """Make the database one of today's schema, whatever version of ours it is, or is none yet.

    Each migration is one transaction; of several processes that start together, one makes it and
    the others find it made.

    Args:
        connection: in autocommit mode.
        name: what the database is called in messages.
        must_exist: refuse a database that holds nothing yet.

    Raises:
        ConfigurationError: the database is another application's, or a newer imgmeta's; or there
            is none, and there must be.
    """
    version = _version(connection, name)
    if version == 0 and must_exist:
        msg = f"there is no index at {name}: run `imgmeta sync FOLDER` first"
        raise ConfigurationError(msg)
    while version < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            version = _version(connection, name)
            if version < len(MIGRATIONS):
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
                version += 1
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version}")


def _version(connection: sqlite3.Connection, name: str) -> int:
    application: int
    version: int
    tables: int
    application, version, tables = connection.execute(_STANDING).fetchone()
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID:
        msg = f"{name} is another application's database: give another path for the index"
        raise ConfigurationError(msg)
    if version > len(MIGRATIONS):
        msg = (
            f"{name} was written by a newer imgmeta (schema {version}; this one knows "
            f"{len(MIGRATIONS)}): upgrade imgmeta"
        )
        raise ConfigurationError(msg)
    return version
