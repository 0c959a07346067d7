"""Repositories, opened by store, path or URL."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.config import DynamoDBTable, PluginStore, Settings, SQLiteFile, Store, parse_store
from imgmeta.core.text import printable, redact_url
from imgmeta.errors import ConfigurationError, Remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from imgmeta.core.duplicates import ContentEntry
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.core.summaries import RecordSummary
    from imgmeta.core.table_size import TableSize
    from imgmeta.ports import ImageRepository, OnUnreadable

__all__ = [
    "find_same_sizes",
    "find_sorted",
    "find_sorted_summaries",
    "migrate_table",
    "open_existing_or_empty",
    "open_repository",
    "table_size",
]


def open_repository(
    store: Store | str,
    *,
    must_exist: bool = False,
    keep_schema: bool = False,
    aws: AWSConnection | None = None,
) -> AbstractContextManager[ImageRepository]:
    """Return the repository of a store, as a context manager.

    Args:
        store: the store, the path of a SQLite file, or a URL: `sqlite:///relative.db`,
            `sqlite:////absolute.db`, `dynamodb://table`, or one that a plug-in opens.
        must_exist: fail if the SQLite file does not exist. A table is never created. A plug-in
            creates its store or fails, as its package documents.
        keep_schema: leave a SQLite file of an older imgmeta as it is, for callers that only read.
        aws: the AWS clients; None: those of the default settings.

    Raises:
        ConfigurationError: the store is invalid or is not an imgmeta index, or its plug-in is
            missing or broken; for a plug-in, when the context is entered.
        TransientError: the store cannot respond now.
    """
    if isinstance(store, str):
        store = parse_store(store)
    if isinstance(store, PluginStore):
        from imgmeta.bootstrap.plugins import open_plugin_store

        return open_plugin_store(store)
    if isinstance(store, DynamoDBTable):
        return _open_table(store, aws or AWSConnection(Settings()))
    from imgmeta.adapters.sqlite import SQLiteImageRepository

    return SQLiteImageRepository(store.path, must_exist=must_exist, keep_schema=keep_schema)


@contextmanager
def open_existing_or_empty(store: Store, *, aws: AWSConnection) -> Generator[ImageRepository]:
    """Open a store without changing it; a SQLite file that does not exist yet has no records.

    Args:
        store: the store.
        aws: the AWS clients.

    Raises:
        ConfigurationError: the store is invalid, is not an imgmeta index, or could not be created.
        TransientError: the store cannot respond now.
    """
    with ExitStack() as stack:
        try:
            opened = open_repository(store, must_exist=True, keep_schema=True, aws=aws)
            repository = stack.enter_context(opened)
        except ConfigurationError as error:
            if error.remedy is not Remedy.SYNC_FIRST or not isinstance(store, SQLiteFile):
                raise
            folder = Path(store.path).resolve().parent
            if not folder.is_dir():
                msg = f"there is no folder {printable(str(folder))}: create it, or use another path"
                raise ConfigurationError(msg) from error
            from imgmeta.adapters.memory import InMemoryImageRepository

            repository = InMemoryImageRepository()
        yield repository


def find_sorted(
    repository: ImageRepository, query: Query, *, on_unreadable: OnUnreadable | None = None
) -> Iterator[ImageRecord]:
    """Yield the records that a query finds, sorted in temporary files if memory is too small.

    The arguments and errors are those of `service.find`.
    """
    from imgmeta.adapters.sorting import sort_on_disk
    from imgmeta.service import find

    return find(repository, query, on_unreadable=on_unreadable, sort=sort_on_disk)


def find_sorted_summaries(
    repository: ImageRepository, query: Query, *, on_unreadable: OnUnreadable | None = None
) -> Iterator[RecordSummary]:
    """Yield the summaries of the records of `find_sorted`."""
    from imgmeta.adapters.sorting import sort_on_disk
    from imgmeta.service import find_summaries

    return find_summaries(repository, query, on_unreadable=on_unreadable, sort=sort_on_disk)


def find_same_sizes(
    repository: ImageRepository, query: Query, *, on_unreadable: OnUnreadable | None = None
) -> Iterator[ContentEntry]:
    """Yield images of equal size, sorted in temporary files if memory is too small.

    The arguments and errors are those of `service.duplicates.find_same_sizes`.
    """
    from imgmeta.adapters.sorting import sort_on_disk
    from imgmeta.service import duplicates

    return duplicates.find_same_sizes(
        repository, query, on_unreadable=on_unreadable, sort=sort_on_disk
    )


def migrate_table(store: Store, aws: AWSConnection, *, report: Callable[[str], None]) -> int:
    """Give a table of the original system the indexes that imgmeta queries.

    Args:
        store: the table.
        aws: the AWS clients.
        report: is called with one line for each step that takes time, safe to print.

    Returns:
        The number of records that were added to an index.

    Raises:
        ConfigurationError: the store is not a DynamoDB table, or the table has another key.
        TransientError: DynamoDB cannot respond now.
        PermanentError: the table cannot be changed.
    """
    if not isinstance(store, DynamoDBTable):
        msg = "only a DynamoDB table can be migrated: pass --store dynamodb://TABLE"
        raise ConfigurationError(msg)
    client = aws.clients.dynamodb
    from imgmeta.adapters.dynamodb import TableMigration

    migration = TableMigration(
        client=client,
        table=store.name,
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
        report=report,
    )
    return migration.run()


def table_size(store: Store, aws: AWSConnection) -> TableSize | None:
    """Return the size of a DynamoDB table; None for another store, or if permission is denied.

    Raises:
        ConfigurationError: the table cannot be used.
        TransientError: DynamoDB cannot respond now.
    """
    if not isinstance(store, DynamoDBTable):
        return None
    client = aws.clients.dynamodb
    from imgmeta.adapters.dynamodb import size_of_table

    return size_of_table(client, store.name)


def _open_table(
    table: DynamoDBTable, aws: AWSConnection
) -> AbstractContextManager[ImageRepository]:
    if not table.has_valid_name:
        shown = printable(redact_url(table.name))
        msg = f"invalid table name '{shown}': use letters, digits, _, - and ."
        raise ConfigurationError(msg)
    client = aws.clients.dynamodb
    from imgmeta.adapters.dynamodb import DynamoDBImageRepository

    repository = DynamoDBImageRepository(client, table.name, clock=lambda: datetime.now(UTC))
    repository.check()
    return repository
