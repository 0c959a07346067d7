"""Perceptual hashes and copies of embedded thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgmeta.core.objects import ByteSource
    from imgmeta.core.pictures import Picture
    from imgmeta.core.properties import ImageProperties

__all__ = ["PillowThumbnailCopier", "PillowThumbnailHasher"]


class PillowThumbnailCopier:
    """Encodes thumbnails with up to 1,048,576 pixels again as JPEGs, with Pillow."""

    def copy(self, content: ByteSource, image: ImageProperties) -> Picture | None:
        """Return the thumbnail as displayed: see `ThumbnailCopier.copy`."""
        # Imported here, because most runs copy no thumbnail.
        from imgmeta.adapters.pillow.decoding import small_picture  # noqa: PLC0415 - as above
        from imgmeta.formats.thumbnails import read_thumbnail  # noqa: PLC0415 - as above

        thumbnail = read_thumbnail(content)
        return None if thumbnail is None else small_picture(thumbnail, image)


class PillowThumbnailHasher:
    """Computes the pHash of thumbnails with up to 1,048,576 pixels, which Pillow decodes."""

    def hash(self, content: ByteSource, image: ImageProperties) -> str:
        """Return the hash of an image's thumbnail: see `ThumbnailHasher.hash`."""
        # Imported here, because most runs compute no hash.
        from imgmeta.adapters.pillow.decoding import gray_values  # noqa: PLC0415 - as above
        from imgmeta.core.perceptual_hashes import (  # noqa: PLC0415 - as above
            FEATURELESS,
            perceptual_hash,
        )
        from imgmeta.formats.thumbnails import read_thumbnail  # noqa: PLC0415 - as above

        thumbnail = read_thumbnail(content)
        gray = None if thumbnail is None else gray_values(thumbnail, image)
        return FEATURELESS if gray is None else perceptual_hash(gray)
