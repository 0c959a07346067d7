"""Deployment packages built with pip: without Docker, for any platform, on any machine."""

from imgmeta.deployment.adapters.pip.cache import CachedFunctionPackager
from imgmeta.deployment.adapters.pip.packager import PipFunctionPackager

__all__ = ["CachedFunctionPackager", "PipFunctionPackager"]
