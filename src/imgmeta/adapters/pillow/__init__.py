"""A property reader based on Pillow, and hashes and copies of thumbnails that it decodes."""

from imgmeta.adapters.pillow.reader import PillowPropertyReader
from imgmeta.adapters.pillow.thumbnails import PillowThumbnailCopier, PillowThumbnailHasher

__all__ = ["PillowPropertyReader", "PillowThumbnailCopier", "PillowThumbnailHasher"]
