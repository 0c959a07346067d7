"""The use cases, wired."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from imgmeta.config import Settings
from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.ports import ImageRepository
from imgmeta.service import Indexer, Rules

__all__ = ["list_target", "open_indexer"]


def open_indexer(settings: Settings, repository: ImageRepository) -> Indexer:
    """Return the use cases over the local file system and `repository`."""
    from imgmeta.adapters.filesystem import LocalObjectStore
    from imgmeta.adapters.headers import HeaderPropertyReader
    from imgmeta.adapters.pillow import PillowPropertyReader

    is_indexed = suffix_filter(settings.suffixes)
    return Indexer(
        repository=repository,
        objects=LocalObjectStore(),
        reader=HeaderPropertyReader(fallback=PillowPropertyReader()),
        rules=Rules(is_indexed, settings.location_policy),
        clock=lambda: datetime.now(UTC),
        new_revision=lambda: uuid.uuid4().hex,
    )


def list_target(settings: Settings, target: Target) -> Iterator[Listing]:
    """Yield the images that there are in `target`, as a walk of its own: to count them.

    Raises:
        AdapterError: they cannot be listed any further.
    """
    from imgmeta.adapters.filesystem import LocalObjectStore

    is_indexed = suffix_filter(settings.suffixes)
    return LocalObjectStore().list(target.bucket, target.prefix, wanted=is_indexed)
