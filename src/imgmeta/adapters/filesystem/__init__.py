"""The local file system as a bucket."""

from imgmeta.adapters.filesystem.names import key_of, path_of
from imgmeta.adapters.filesystem.store import LocalContent, LocalObjectStore, locate

__all__ = ["LocalContent", "LocalObjectStore", "key_of", "locate", "path_of"]
