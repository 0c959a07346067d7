"""The local file system as an object store."""

from imgmeta.adapters.filesystem.locating import locate
from imgmeta.adapters.filesystem.names import key_from_path, path_from_key
from imgmeta.adapters.filesystem.store import LocalObjectStore

__all__ = ["LocalObjectStore", "key_from_path", "locate", "path_from_key"]
