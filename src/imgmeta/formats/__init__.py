"""Image headers, read by code of our own: one module for each container."""

from imgmeta.formats.reader import HeaderPropertyReader

__all__ = ["HeaderPropertyReader"]
