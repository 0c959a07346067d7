"""Listings of the objects to index."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.objects import Listing, ObjectLocation, UnlistedPrefix
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.targets import Target
from imgmeta.ports import ObjectStore

__all__ = ["OnUnindexed", "list_indexed", "report_unindexed", "select_indexed"]

_Item = TypeVar("_Item", ItemOutcome, Comparison)

OnUnindexed = Callable[[str, str | None], object]
"""Takes the key of a file that is not indexed, and the reason; None: the rules exclude it."""


def list_indexed(
    objects: ObjectStore,
    target: Target,
    is_indexed: Callable[[str], bool],
    on_unindexed: OnUnindexed | None,
    *,
    after: str | None = None,
) -> Iterator[Listing]:
    """Yield the objects of a target that are indexed: see `ObjectStore.list`.

    Args:
        objects: the object store.
        target: the objects to list.
        is_indexed: whether a key is indexed.
        on_unindexed: is called for each file that is not yielded, while the listing is read.
        after: continue after this key.

    Raises:
        AdapterError: while iterating: the listing cannot be read.
    """
    if on_unindexed is None:
        return objects.list(target.bucket, target.prefix, after=after, wanted=is_indexed)

    def wanted(key: str) -> bool:
        if is_indexed(key):
            return True
        on_unindexed(key, None)
        return False

    return objects.list(
        target.bucket, target.prefix, after=after, wanted=wanted, skipped=on_unindexed
    )


def select_indexed(
    listing: Iterable[Listing], is_indexed: Callable[[str], bool]
) -> Iterator[Listing]:
    """Yield the objects of a listing that are indexed, and the prefixes that are not listed."""
    return (each for each in listing if isinstance(each, UnlistedPrefix) or is_indexed(each.key))


def report_unindexed(
    items: Iterator[_Item],
    objects: ObjectStore,
    location: ObjectLocation,
    on_unindexed: OnUnindexed | None,
) -> Iterator[_Item]:
    """Yield the items of one location; if it has no object, report the file that is there.

    Only a listing finds such a file, for example a broken link: to an observation, it is absent.

    Args:
        items: the comparison of the location, or the outcome of its sync; none if neither the index
            nor the object store has the location.
        objects: the object store.
        location: the location.
        on_unindexed: is called after the last item.

    Raises:
        AdapterError: while iterating: the listing cannot be read.
    """
    has_object = False
    for item in items:
        has_object = item.difference is not Difference.GONE
        yield item
    if has_object or on_unindexed is None:
        return

    def skipped(key: str, reason: str) -> None:
        if key == location.key:
            on_unindexed(key, reason)

    deque(
        objects.list(location.bucket, location.key, wanted=lambda _: False, skipped=skipped),
        maxlen=0,
    )
