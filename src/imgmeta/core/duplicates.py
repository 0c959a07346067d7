"""Images with the same content: of equal size, with equal hashes of the same kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

from imgmeta.core.content_hashes import HashKind

if TYPE_CHECKING:
    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.records import ImageRecord

__all__ = [
    "ContentEntry",
    "DuplicateGroup",
    "HashRequest",
    "group_duplicates",
    "hash_requests",
    "without_links",
]


_KINDS = {kind.value: kind for kind in HashKind}


class ContentEntry(NamedTuple):
    """What the index knows of an image's content.

    Attributes:
        location: where the image is.
        size: its size in bytes.
        content_hash: its hash, as records store it; None if it is unknown.
        etag: its ETag. Links to the same file have equal ones.
    """

    location: ObjectLocation
    size: int
    content_hash: str | None
    etag: str | None = None

    @classmethod
    def of(cls, record: ImageRecord) -> Self:
        """Return what a record knows; an unknown size counts as 0."""
        return cls(record.location, record.file_size or 0, record.content_hash, record.etag)

    @property
    def kind(self) -> HashKind | None:
        """The kind of its hash; None if it is unknown or damaged."""
        return _KINDS.get(_kind_name(self.content_hash))


class HashRequest(NamedTuple):
    """An image whose hash must be computed, and the kinds that others can be compared with."""

    entry: ContentEntry
    kinds: frozenset[HashKind]


class DuplicateGroup(NamedTuple):
    """Images with the same content, by location.

    Attributes:
        content_hash: the hash of the content.
        size: the size of each image in bytes.
        images: the images.
    """

    content_hash: str
    size: int
    images: tuple[ContentEntry, ...]

    @property
    def other_bytes(self) -> int:
        """The size of all images but one, which could be freed."""
        return self.size * (len(self.images) - 1)

    @property
    def possible_links(self) -> list[ObjectLocation]:
        """The images that may be links to the same file, since they have an ETag in common."""
        counts = Counter(image.etag for image in self.images)
        return [image.location for image in self.images if image.etag and counts[image.etag] > 1]


def hash_requests(same_size: Collection[ContentEntry]) -> list[HashRequest]:
    """Return the hashes that must be computed to compare images of one size with each other.

    Images without a hash get one of a kind that another image has, or of any kind. After that, all
    get the kind that most of them have; of equally frequent ones SHA-256, SHA-1, MD5 in this order.
    Nothing is returned if all have hashes of the same kind, or there is only one image.
    """
    # Mostly all are of one kind, which their names show faster.
    names = {_kind_name(entry.content_hash) for entry in same_size}
    if len(same_size) < 2 or (len(names) == 1 and names <= _KINDS.keys()):  # noqa: PLR2004 - a pair
        return []
    known = Counter(kind for entry in same_size if (kind := entry.kind) is not None)
    if known.total() < len(same_size):
        kinds = frozenset(known or HashKind)
        return [HashRequest(each, kinds) for each in same_size if each.kind is None]
    common = max(known, key=lambda kind: (known[kind], kind.digits))
    return [HashRequest(each, frozenset({common})) for each in same_size if each.kind is not common]


def group_duplicates(entries: Iterable[ContentEntry]) -> list[DuplicateGroup]:
    """Return the groups of images with the same size and hash, those that free most bytes first.

    Empty files are not duplicates of each other: nothing could be freed.
    """
    groups = defaultdict[tuple[int, str], list[ContentEntry]](list)
    for entry in entries:
        if entry.size and entry.content_hash is not None:
            groups[entry.size, entry.content_hash].append(entry)
    return _ordered(
        DuplicateGroup(content_hash, size, tuple(sorted(members, key=_place)))
        for (size, content_hash), members in groups.items()
    )


def without_links(
    groups: Sequence[DuplicateGroup], file_ids: Mapping[ObjectLocation, Hashable]
) -> list[DuplicateGroup]:
    """Return the groups with each file once, since deleting a link to a file frees nothing.

    Args:
        groups: the groups.
        file_ids: an ID for locations that may be links; equal IDs mean the same file.
    """
    if not file_ids:
        return [*groups]

    def unlinked(group: DuplicateGroup) -> DuplicateGroup:
        files = dict[Hashable, ContentEntry]()
        for image in group.images:
            files.setdefault(file_ids.get(image.location, image.location), image)
        return group._replace(images=tuple(files.values()))

    return _ordered(map(unlinked, groups))


def _ordered(groups: Iterable[DuplicateGroup]) -> list[DuplicateGroup]:
    return sorted(
        (group for group in groups if len(group.images) > 1),
        key=lambda group: (-group.other_bytes, group.images[0].location),
    )


def _place(entry: ContentEntry) -> tuple[str, str]:
    return entry.location.bucket, entry.location.key


def _kind_name(content_hash: str | None) -> str:
    return (content_hash or "").partition(":")[0]
