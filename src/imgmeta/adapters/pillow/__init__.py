"""A property reader based on Pillow."""

from imgmeta.adapters.pillow.reader import PillowPropertyReader

__all__ = ["PillowPropertyReader"]
