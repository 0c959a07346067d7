"""The values of a contact sheet: images with an embedded thumbnail, and their thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from imgmeta.core.objects import ObjectLocation

__all__ = ["Sample", "Thumbnail"]


class Sample(NamedTuple):
    """An image with an embedded thumbnail, for the contact sheet.

    Attributes:
        location: where the image is.
        taken_at: the camera's local time, if known.
        camera: make and model of the camera, if known: untrusted text.
        orientation: EXIF tag 0x0112, which the thumbnail needs too; None if unknown.
        width: pixels per row of the image, as displayed; 0 if unknown.
        height: rows of pixels of the image, as displayed; 0 if unknown.
        etag: the ETag of the indexed file; None if unknown.
        file_size: its size in bytes; None if unknown.
    """

    location: ObjectLocation
    taken_at: datetime | None
    camera: str | None
    orientation: int | None
    width: int
    height: int
    etag: str | None = None
    file_size: int | None = None


class Thumbnail(NamedTuple):
    """A small picture of an image.

    Attributes:
        sample: the image.
        content: the bytes of the picture, as displayed, without metadata.
        media_type: the media type of the bytes, such as `image/jpeg`.
        width: pixels per row.
        height: rows of pixels.
    """

    sample: Sample
    content: bytes
    media_type: str
    width: int
    height: int
