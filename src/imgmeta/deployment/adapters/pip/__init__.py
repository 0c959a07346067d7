"""The function's package, made with pip or uv; without Docker, for any target, on any machine."""

from imgmeta.deployment.adapters.pip.cache import CachedFunctionPackager
from imgmeta.deployment.adapters.pip.packager import PipFunctionPackager

__all__ = ["CachedFunctionPackager", "PipFunctionPackager"]
