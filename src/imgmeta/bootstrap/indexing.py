"""The use cases, wired."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.objects import RoutingObjectStore
from imgmeta.config import Settings
from imgmeta.core.objects import Listing
from imgmeta.core.targets import LOCAL_BUCKET, Target, suffix_filter
from imgmeta.ports import ImageRepository, ObjectStore
from imgmeta.service import Indexer, Rules

__all__ = ["concurrency_of", "list_target", "open_indexer", "open_objects"]


def open_objects(settings: Settings, aws: AWSConnection | None = None) -> RoutingObjectStore:
    """Return the objects that targets lead to: files, and objects in S3.

    Args:
        settings: what AWS is asked with counts, where `aws` is not given.
        aws: the clients to use.
    """
    return RoutingObjectStore(aws or AWSConnection(settings))


def open_indexer(
    settings: Settings, repository: ImageRepository, *, objects: ObjectStore | None = None
) -> Indexer:
    """Return the use cases over `repository` and the objects that targets lead to.

    Args:
        settings: what is indexed, and what is kept of it.
        repository: the index.
        objects: where the objects are; None: files here, and objects in S3.
    """
    from imgmeta.adapters.pillow import PillowPropertyReader
    from imgmeta.formats import HeaderPropertyReader

    return Indexer(
        repository=repository,
        objects=objects or open_objects(settings),
        reader=HeaderPropertyReader(fallback=PillowPropertyReader()),
        rules=Rules(suffix_filter(settings.suffixes), settings.gps_policy),
        clock=lambda: datetime.now(UTC),
        new_revision=lambda: uuid.uuid4().hex,
    )


def concurrency_of(settings: Settings, target: Target) -> int:
    """Return how many objects of `target` to look at at once.

    Files and a store on this computer take its processors' time; all else is waited for.
    """
    is_here = target.bucket == LOCAL_BUCKET and settings.store.startswith("sqlite:")
    return 1 if is_here else settings.concurrency


def list_target(settings: Settings, objects: ObjectStore, target: Target) -> Iterator[Listing]:
    """Yield the images that there are in `target`, as a walk of its own: to count them.

    Raises:
        AdapterError: they cannot be listed any further.
    """
    is_indexed = suffix_filter(settings.suffixes)
    return objects.list(target.bucket, target.prefix, wanted=is_indexed)
