"""Images with the same content: of equal size, with equal hashes of the same kind."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.objects import ObjectLocation

__all__ = [
    "ContentEntry",
    "DuplicateGroup",
    "HashRequest",
    "group_duplicates",
    "hash_requests",
    "without_links",
]


class ContentEntry(NamedTuple):
    """What the index knows of an image's content.

    Attributes:
        location: where the image is.
        size: its size in bytes.
        content_hash: its hash, as records store it; None if it is unknown.
    """

    location: ObjectLocation
    size: int
    content_hash: str | None

    @property
    def kind(self) -> HashKind | None:
        """The kind of its hash; None if it is unknown."""
        return None if self.content_hash is None else ContentHash.parse(self.content_hash).kind


class HashRequest(NamedTuple):
    """An image whose hash must be computed, and the kinds that others can be compared with."""

    entry: ContentEntry
    kinds: frozenset[HashKind]


class DuplicateGroup(NamedTuple):
    """Images with the same content, by location.

    Attributes:
        content_hash: the hash of the content.
        size: the size of each image in bytes.
        locations: the images.
    """

    content_hash: str
    size: int
    locations: tuple[ObjectLocation, ...]

    @property
    def other_bytes(self) -> int:
        """The size of all images but one, which could be freed."""
        return self.size * (len(self.locations) - 1)


def hash_requests(same_size: Collection[ContentEntry]) -> list[HashRequest]:
    """Return the hashes that must be computed to compare images of one size with each other.

    Images without a hash get one of a kind that another image has, or of any kind. After that, all
    get the kind that most of them have; of equally frequent ones SHA-256, SHA-1, MD5 in this order.
    Nothing is returned if all have hashes of the same kind, or there is only one image.
    """
    known = Counter(kind for entry in same_size if (kind := entry.kind) is not None)
    if len(same_size) < 2 or (len(known) == 1 and known.total() == len(same_size)):  # noqa: PLR2004 - a pair
        return []
    if known.total() < len(same_size):
        kinds = frozenset(known or HashKind)
        return [HashRequest(each, kinds) for each in same_size if each.content_hash is None]
    common = max(known, key=lambda kind: (known[kind], kind.digits))
    return [HashRequest(each, frozenset({common})) for each in same_size if each.kind is not common]


def group_duplicates(entries: Iterable[ContentEntry]) -> list[DuplicateGroup]:
    """Return the groups of images with the same size and hash, those that free most bytes first.

    Empty files are not duplicates of each other: nothing could be freed.
    """
    groups = defaultdict[tuple[int, str], list[ObjectLocation]](list)
    for entry in entries:
        if entry.size and entry.content_hash is not None:
            groups[entry.size, entry.content_hash].append(entry.location)
    return _ordered(
        DuplicateGroup(content_hash, size, tuple(sorted(locations)))
        for (size, content_hash), locations in groups.items()
    )


def without_links(
    groups: Sequence[DuplicateGroup], file_ids: Mapping[ObjectLocation, Hashable]
) -> list[DuplicateGroup]:
    """Return the groups with each file once, since deleting a link to a file frees nothing.

    Args:
        groups: the groups.
        file_ids: an ID for locations that may be links; equal IDs mean the same file.
    """

    def unlinked(group: DuplicateGroup) -> DuplicateGroup:
        files = {file_ids.get(each, each): each for each in reversed(group.locations)}
        return group._replace(locations=tuple(sorted(files.values())))

    return _ordered(map(unlinked, groups))


def _ordered(groups: Iterable[DuplicateGroup]) -> list[DuplicateGroup]:
    return sorted(
        (group for group in groups if len(group.locations) > 1),
        key=lambda group: (-group.other_bytes, group.locations[0]),
    )
