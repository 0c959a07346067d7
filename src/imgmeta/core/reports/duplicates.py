"""Duplicates among images that are ordered by size, from the hashes in the index."""

from __future__ import annotations

from typing import NamedTuple

from imgmeta.core.duplicates import ContentEntry, DuplicateGroup, group_duplicates, hash_requests
from imgmeta.core.reports.tallies import FirstItems
from imgmeta.core.reports.values import DuplicateImages, Listed
from imgmeta.core.targets import LOCAL_BUCKET

__all__ = ["DuplicateTally", "FoundDuplicates"]

_MAX_LOCATIONS = 5


class FoundDuplicates(NamedTuple):
    """The duplicates of a report: see the attributes of `Report`."""

    groups: Listed[DuplicateImages]
    images: int
    other_bytes: int
    uncompared: int


class DuplicateTally:
    """Finds images with the same content; only those of one size are in memory.

    Args:
        limit: the number of groups to keep.
    """

    def __init__(self, limit: int) -> None:
        self._same_size: list[ContentEntry] = []
        self._groups = FirstItems[DuplicateImages](
            limit, key=lambda group: (-group.other_bytes, group.images[0])
        )
        self._images = 0
        self._other_bytes = 0
        self._uncompared = 0

    def add(self, entry: ContentEntry) -> None:
        """Take an image; images of equal size must follow each other."""
        if self._same_size and self._same_size[0].size != entry.size:
            self._compare()
        self._same_size.append(entry)

    def found(self) -> FoundDuplicates:
        """Return the duplicates; call it after all images were added."""
        self._compare()
        groups = self._groups.listed()
        return FoundDuplicates(groups, self._images, self._other_bytes, self._uncompared)

    def _compare(self) -> None:
        if len(self._same_size) > 1 and self._same_size[0].size:
            self._uncompared += len(hash_requests(self._same_size))
            for group in group_duplicates(self._same_size):
                self._images += len(group.images)
                self._other_bytes += group.other_bytes
                self._groups.add(_shortened(group))
        self._same_size = []


def _shortened(group: DuplicateGroup) -> DuplicateImages:
    return DuplicateImages(
        tuple(image.location for image in group.images[:_MAX_LOCATIONS]),
        len(group.images),
        group.size,
        # In S3, equal content has equal ETags.
        sum(location.bucket == LOCAL_BUCKET for location in group.possible_links),
    )
