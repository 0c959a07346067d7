"""Listings of the objects to index."""

from collections.abc import Callable, Iterator

from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target
from imgmeta.ports import ObjectStore

__all__ = ["OnUnindexed", "list_indexed"]

OnUnindexed = Callable[[str, str | None], object]
"""Takes the key of a file that is not indexed, and the reason; None: the rules exclude it."""


def list_indexed(
    objects: ObjectStore,
    target: Target,
    is_indexed: Callable[[str], bool],
    on_unindexed: OnUnindexed | None,
) -> Iterator[Listing]:
    """Yield the objects of a target that are indexed: see `ObjectStore.list`.

    Args:
        objects: the object store.
        target: the objects to list.
        is_indexed: whether a key is indexed.
        on_unindexed: is called for each file that is not yielded, while the listing is read.

    Raises:
        AdapterError: while iterating: the listing cannot be read.
    """
    if on_unindexed is None:
        return objects.list(target.bucket, target.prefix, wanted=is_indexed)

    def wanted(key: str) -> bool:
        if is_indexed(key):
            return True
        on_unindexed(key, None)
        return False

    return objects.list(target.bucket, target.prefix, wanted=wanted, skipped=on_unindexed)
