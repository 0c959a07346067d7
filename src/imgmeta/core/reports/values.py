"""The values of a report about images: counts, short lists with their totals, and samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.reports.contact_sheet import Sample, Thumbnail
    from imgmeta.core.reports.places import PlaceGrid
    from imgmeta.core.reports.timelines import Timeline

__all__ = [
    "Class",
    "DuplicateImages",
    "Listed",
    "ListedImage",
    "Ranked",
    "Ranking",
    "Report",
    "Scope",
    "Totals",
]

_Item = TypeVar("_Item")


class Ranked(NamedTuple):
    """A value that images have.

    Attributes:
        value: the value, as recorded: untrusted text.
        number: the number of images.
        file_size: their total size in bytes.
    """

    value: str
    number: int
    file_size: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The most frequent values of an attribute.

    Attributes:
        first: the most frequent values, the most frequent first, then by value.
        others: images with another value.
        distinct: the number of different values.
        unknown: images without a value.
        is_exact: False if there were too many different values to count all: the counts of values
            are then lower bounds, and `distinct` counts the remembered ones.
    """

    first: tuple[Ranked, ...]
    others: int
    distinct: int
    unknown: int
    is_exact: bool = True


class Class(NamedTuple):
    """A class of a distribution, such as the images from 8 to 16 megapixels.

    Attributes:
        lower: the least value in the class.
        upper: the least value above the class; None for the last class.
        number: the number of images.
    """

    lower: float
    upper: float | None
    number: int


class Listed(NamedTuple, Generic[_Item]):
    """The first items of a list that may be long.

    Attributes:
        first: the items.
        total: the number of all items.
    """

    first: tuple[_Item, ...]
    total: int


class ListedImage(NamedTuple):
    """An image in a list of a report.

    Attributes:
        location: where the image is.
        file_size: its size in bytes, if known.
        uploaded_at: its upload time, if known.
        reason: the reason that it is in the list, for people; None if the list says it.
    """

    location: ObjectLocation
    file_size: int | None
    uploaded_at: datetime | None
    reason: str | None


class DuplicateImages(NamedTuple):
    """Images with the same content.

    Attributes:
        images: where the first ones are, by location.
        number: the number of all.
        file_size: the size of each in bytes.
        possible_links: how many may be links to the same local file, since they share an ETag.
    """

    images: tuple[ObjectLocation, ...]
    number: int
    file_size: int
    possible_links: int

    @property
    def other_bytes(self) -> int:
        """The size of all images but one, which could be freed."""
        return self.file_size * (self.number - 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """The subject of a report.

    Attributes:
        source: the name of the index, without secrets: untrusted text.
        filters: the name and value of each filter; the value is empty if the filter has none.
        created_at: the time of the report, timezone-aware.
    """

    source: str
    filters: tuple[tuple[str, str], ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of images.

    Attributes:
        images: all images.
        file_size: their total size in bytes.
        failed: unreadable images.
        deleted: tombstones, which only a report of deleted images counts.
        cut_short: images whose files are cut short.
        partial_metadata: images whose metadata was not read completely.
        content_errors: images whose bytes could not be read at the latest observation.
        located: images with a position.
        unreadable: records that could not be read; not among the images.
    """

    images: int = 0
    file_size: int = 0
    failed: int = 0
    deleted: int = 0
    cut_short: int = 0
    partial_metadata: int = 0
    content_errors: int = 0
    located: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A report about the images that a query finds.

    Attributes:
        scope: the subject of the report.
        totals: numbers of images.
        uploads: images by upload time, in UTC.
        photos: images by the camera's local time.
        cameras: images by camera make and model.
        lenses: images by lens.
        formats: images by format.
        megapixels: images by width times height, in millions of pixels, as displayed.
        file_sizes: images by file size in bytes.
        reasons: the reasons of failures.
        failures: unreadable images, those with the latest upload time first.
        incomplete: images whose files are cut short, those with the latest upload time first.
        duplicates: groups of images with the same content, those that free most bytes first.
        duplicate_images: images in all groups.
        duplicate_bytes: the bytes that could be freed.
        uncompared: images of equal size that the index has no comparable hashes of.
        places: images by place.
        samples: images for the contact sheet, the latest first. There are more than it shows, in
            case files are missing.
        thumbnails: their thumbnails, in the same order, as far as they could be read.
    """

    scope: Scope
    totals: Totals
    uploads: Timeline
    photos: Timeline
    cameras: Ranking
    lenses: Ranking
    formats: Ranking
    megapixels: tuple[Class, ...]
    file_sizes: tuple[Class, ...]
    reasons: Ranking
    failures: Listed[ListedImage]
    incomplete: Listed[ListedImage]
    duplicates: Listed[DuplicateImages]
    duplicate_images: int
    duplicate_bytes: int
    uncompared: int
    places: PlaceGrid
    samples: tuple[Sample, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
