"""The ports of thumbnails, which are compared and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from imgmeta.core.objects import ByteSource
    from imgmeta.core.pictures import Picture
    from imgmeta.core.properties import ImageProperties

__all__ = ["ThumbnailCopier", "ThumbnailHasher"]


class ThumbnailCopier(Protocol):
    """Copies the thumbnails that are embedded in images, for pages that show them.

    Only the header of an image and its thumbnail are fetched. For any bytes, `copy` returns in
    bounded time and memory, and raises no errors of its own.
    """

    def copy(self, content: ByteSource, image: ImageProperties) -> Picture | None:
        """Return the thumbnail as displayed; None without one that can be decoded.

        The picture is made from the pixels of the thumbnail alone: it is a valid JPEG or PNG
        without metadata, whatever the image contains. It has at most 160 pixels on each side and
        at most 64 KiB. A smaller thumbnail is not enlarged.

        Args:
            content: the image file.
            image: its properties; orientation and size are used.

        Raises:
            TransientError: from `content`, passed on.
        """
        ...


class ThumbnailHasher(Protocol):
    """Computes perceptual hashes of the thumbnails that are embedded in images.

    Only the header of an image and its thumbnail are fetched. For any bytes, `hash` returns in
    bounded time and memory, and raises no errors of its own.
    """

    def hash(self, content: ByteSource, image: ImageProperties) -> str:
        """Return the hash of the thumbnail as displayed: 64 bits as 16 hexadecimal digits.

        Without a thumbnail that can be compared, the result is `perceptual_hashes.FEATURELESS`.

        Args:
            content: the image file.
            image: its properties; orientation and size are used.

        Raises:
            TransientError: from `content`, passed on.
        """
        ...
