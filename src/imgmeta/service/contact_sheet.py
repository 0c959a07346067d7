"""Thumbnails for the contact sheet of a report."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from imgmeta.core.objects import PresentObject
from imgmeta.core.properties import ImageProperties, display_size
from imgmeta.core.reports import Thumbnail
from imgmeta.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imgmeta.core.pictures import Picture
    from imgmeta.core.reports import Sample
    from imgmeta.ports import ObjectStore
    from imgmeta.ports.thumbnails import ThumbnailCopier

__all__ = ["load_thumbnails"]

_MAX_BYTES = 1_500_000
"""Maximum size of all thumbnails; a page takes a third more for them."""

_ATTEMPTS = 4
"""How many images are looked at for each thumbnail, in case their files are missing."""


def load_thumbnails(
    samples: Iterable[Sample], *, objects: ObjectStore, copier: ThumbnailCopier, limit: int
) -> Iterator[Thumbnail]:
    """Yield the thumbnails of the first samples that have one, in their order.

    Images that are missing, changed since they were indexed, or cannot be read are skipped. At most
    four images are looked at for each thumbnail, and the size of all thumbnails is limited.

    Args:
        samples: the images.
        objects: the object store of the images.
        copier: copies the thumbnails.
        limit: the maximum number of thumbnails.
    """
    found = (
        Thumbnail(sample, *picture)
        for sample in islice(samples, limit * _ATTEMPTS)
        if (picture := _picture(sample, objects, copier)) is not None
    )
    size = 0
    for thumbnail in islice(found, limit):
        size += len(thumbnail.content)
        if size > _MAX_BYTES:
            break
        yield thumbnail


def _picture(sample: Sample, objects: ObjectStore, copier: ThumbnailCopier) -> Picture | None:
    try:
        observed = objects.observe(sample.location)
        if not isinstance(observed, PresentObject) or observed.content is None:
            return None
        if (observed.etag, observed.size) != (sample.etag, sample.file_size):
            return None
        return copier.copy(observed.content, _properties(sample))
    except AdapterError:  # the contact sheet is complete without this image
        return None


def _properties(sample: Sample) -> ImageProperties:
    width, height = display_size(sample.width, sample.height, sample.orientation)
    return ImageProperties(
        width=width or None, height=height or None, orientation=sample.orientation
    )
