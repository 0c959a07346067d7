"""A property reader based on Pillow, and perceptual hashes of thumbnails that it decodes."""

from imgmeta.adapters.pillow.reader import PillowPropertyReader
from imgmeta.adapters.pillow.thumbnails import PillowThumbnailHasher

__all__ = ["PillowPropertyReader", "PillowThumbnailHasher"]
