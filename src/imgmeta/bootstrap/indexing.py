"""Wiring of the use cases."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.loading import property_reader
from imgmeta.bootstrap.objects import RoutingObjectStore
from imgmeta.config import Settings, SQLiteFile, Store
from imgmeta.core.targets import LOCAL_BUCKET, suffix_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.core.objects import Listing
    from imgmeta.core.targets import Target
    from imgmeta.ports import ImageRepository, ObjectStore
    from imgmeta.service import Indexer

__all__ = ["concurrency_of", "list_target", "open_indexer", "open_objects"]


def open_objects(settings: Settings, aws: AWSConnection | None = None) -> RoutingObjectStore:
    """Return the object store of all targets: local files, S3 and plug-ins.

    Args:
        settings: who pays for requests; and the AWS settings, used if `aws` is None.
        aws: the AWS clients.
    """
    connection = aws or AWSConnection(settings)
    return RoutingObjectStore(connection, requester_pays=settings.requester_pays)


def open_indexer(
    settings: Settings, repository: ImageRepository, *, objects: ObjectStore | None = None
) -> Indexer:
    """Return the indexer of a repository and an object store.

    Args:
        settings: the suffixes to index, and the GPS policy.
        repository: the index.
        objects: the object store; None: local files, S3 and plug-ins.
    """
    from imgmeta.adapters.pillow import PillowThumbnailHasher
    from imgmeta.service import Indexer, Rules

    return Indexer(
        repository=repository,
        objects=objects or open_objects(settings),
        reader=property_reader(),
        rules=Rules(suffix_filter(settings.suffixes), settings.gps_policy),
        clock=lambda: datetime.now(UTC),
        new_revision=lambda: os.urandom(16).hex(),
        hasher=PillowThumbnailHasher(),
    )


def concurrency_of(settings: Settings, store: Store, bucket: str) -> int:
    """Return the number of objects of a bucket to process concurrently.

    With local files and a SQLite store it is 1, since the work is CPU-bound. S3 and DynamoDB mostly
    wait for the network.
    """
    is_local = bucket == LOCAL_BUCKET and isinstance(store, SQLiteFile)
    return 1 if is_local else settings.concurrency


def list_target(
    settings: Settings, objects: ObjectStore, target: Target, *, after: str | None = None
) -> Iterator[Listing]:
    """Yield the objects of `target` that are indexed, or only those whose keys are after a key.

    Raises:
        AdapterError: they cannot be listed.
    """
    is_indexed = suffix_filter(settings.suffixes)
    return objects.list(target.bucket, target.prefix, after=after, wanted=is_indexed)
