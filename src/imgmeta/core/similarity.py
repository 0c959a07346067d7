"""Groups of images whose thumbnails have similar hashes."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from itertools import combinations
from typing import NamedTuple

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.perceptual_hashes import distance

__all__ = [
    "MAX_DISTANCE",
    "SimilarGroup",
    "SimilarImage",
    "ThumbnailEntry",
    "group_similar",
    "without_links",
]

MAX_DISTANCE = 15
"""Largest distance to group by. Unrelated images have 32 on average, and few have less than 16."""

_QUARTERS = 4
_QUARTER_BITS = 16
_QUARTER_MASK = 2**_QUARTER_BITS - 1


class ThumbnailEntry(NamedTuple):
    """An image and the hash of its thumbnail.

    Attributes:
        location: where the image is.
        size: its size in bytes; 0 if unknown.
        width: pixels per row, as displayed; 0 if unknown.
        height: rows of pixels, as displayed; 0 if unknown.
        bits: the hash of its thumbnail.
    """

    location: ObjectLocation
    size: int
    width: int
    height: int
    bits: int

    @property
    def pixels(self) -> int:
        """The number of its pixels."""
        return self.width * self.height


class SimilarImage(NamedTuple):
    """An image of a group, and the distance of its thumbnail from that of the first image."""

    entry: ThumbnailEntry
    distance: int


class SimilarGroup(NamedTuple):
    """Images that are similar to the first of them, which has the most pixels."""

    images: tuple[SimilarImage, ...]

    @property
    def other_bytes(self) -> int:
        """The size of all images but the first."""
        return sum(each.entry.size for each in self.images[1:])


def without_links(
    groups: Iterable[SimilarGroup], file_ids: Mapping[ObjectLocation, Hashable]
) -> list[SimilarGroup]:
    """Return the groups with each file once.

    Args:
        groups: the groups.
        file_ids: an ID for locations that may be links; equal IDs mean the same file.
    """

    def unlinked(group: SimilarGroup) -> SimilarGroup:
        files = dict[Hashable, SimilarImage]()
        for image in group.images:
            location = image.entry.location
            files.setdefault(file_ids.get(location, location), image)
        return SimilarGroup(tuple(files.values()))

    return _ordered(map(unlinked, groups))


def group_similar(entries: Iterable[ThumbnailEntry], limit: int) -> list[SimilarGroup]:
    """Return the groups of images with similar thumbnails, those with the largest rest first.

    Images are taken by pixels, then by size, the largest first, then by location. Each joins the
    nearest group whose first image has at most the distance `limit`, of equally near ones the
    earlier group; without one, it is the first image of a new group. Images with equal hashes are
    in the same group. No group is a chain of images of which the ends have nothing in common.

    Args:
        entries: the images, in any order.
        limit: the largest distance of an image from the first of its group, up to `MAX_DISTANCE`.
    """
    index = _HashIndex(limit)
    groups: list[list[SimilarImage]] = []
    nearest: dict[int, tuple[int, int]] = {}
    for entry in sorted(entries, key=_rank):
        if entry.bits not in nearest:
            found = index.nearest(entry.bits)
            if found is None:
                found = (0, len(groups))
                index.add(entry.bits)
                groups.append([])
            nearest[entry.bits] = found
        bits_apart, number = nearest[entry.bits]
        groups[number].append(SimilarImage(entry, bits_apart))
    return _ordered(SimilarGroup(tuple(images)) for images in groups)


def _ordered(groups: Iterable[SimilarGroup]) -> list[SimilarGroup]:
    return sorted(
        (group for group in groups if len(group.images) > 1),
        key=lambda group: (-group.other_bytes, group.images[0].entry.location),
    )


def _rank(entry: ThumbnailEntry) -> tuple[int, int, ObjectLocation]:
    return -entry.pixels, -entry.size, entry.location


class _HashIndex:
    """Finds the nearest of all hashes within a distance.

    Each quarter of the bits has a number of bits that may differ in it. Two hashes that differ in
    more bits than that in every quarter differ in more than the limit altogether. So it suffices to
    compare a hash with those that have a similar quarter.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers: dict[int, int] = {}
        shares = [(limit + 1 + place) // _QUARTERS for place in range(_QUARTERS)]
        self._quarters = [
            _Quarter(place * _QUARTER_BITS, _masks(share - 1), defaultdict(list))
            for place, share in enumerate(shares)
            if share
        ]

    def add(self, bits: int) -> None:
        """Add a hash; its number is the number of hashes before."""
        self._numbers[bits] = len(self._numbers)
        for quarter in self._quarters:
            quarter.hashes[bits >> quarter.shift & _QUARTER_MASK].append(bits)

    def nearest(self, bits: int) -> tuple[int, int] | None:
        """Return the distance and the number of the nearest hash, of equally near ones the first.

        None if no hash is within the limit.
        """
        limit = self._limit
        found = {
            other
            for quarter in self._quarters
            for mask in quarter.masks
            for other in quarter.hashes.get(bits >> quarter.shift & _QUARTER_MASK ^ mask, ())
            if (bits ^ other).bit_count() <= limit
        }
        candidates = ((distance(bits, other), self._numbers[other]) for other in found)
        return min(candidates, default=None)


class _Quarter(NamedTuple):
    """A quarter of the bits.

    Attributes:
        shift: the number of bits below it.
        masks: all differences of two quarters that count as similar.
        hashes: the hashes by their bits in this quarter.
    """

    shift: int
    masks: list[int]
    hashes: defaultdict[int, list[int]]


@cache
def _masks(limit: int) -> list[int]:
    """Return all numbers of 16 bits of which at most `limit` are 1."""
    return [
        sum(1 << place for place in places)
        for count in range(limit + 1)
        for places in combinations(range(_QUARTER_BITS), count)
    ]
