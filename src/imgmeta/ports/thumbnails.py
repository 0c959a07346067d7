"""The port of the comparison of thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from imgmeta.core.objects import ByteSource
    from imgmeta.core.properties import ImageProperties

__all__ = ["ThumbnailHasher"]


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
