"""The function's package, made with pip or uv; without Docker, for any target, on any machine."""

from imgmeta.adapters.pip.cache import CachedFunctionPackager
from imgmeta.adapters.pip.packager import PipFunctionPackager

__all__ = ["CachedFunctionPackager", "PipFunctionPackager"]
