"""Deployment packages for any platform, built with pip and without Docker."""

from imgmeta.deployment.adapters.pip.cache import CachedFunctionPackager
from imgmeta.deployment.adapters.pip.packager import PipFunctionPackager

__all__ = ["CachedFunctionPackager", "PipFunctionPackager"]
