"""Pure readers of image headers: one module for each container format."""

from imgmeta.formats.reader import HeaderPropertyReader

__all__ = ["HeaderPropertyReader"]
