"""In-memory adapters for tests, and the reference for the other adapters' contract tests.

`ScanningRepository` is a base class for other stores that keep their records in memory.
"""

from imgmeta.adapters.memory.folder_watcher import InMemoryFolderWatcher
from imgmeta.adapters.memory.hint_queue import InMemoryHintQueue
from imgmeta.adapters.memory.repository import InMemoryImageRepository
from imgmeta.adapters.memory.scanning import ScanningRepository
from imgmeta.adapters.memory.store import InMemoryContent, InMemoryObjectStore

__all__ = [
    "InMemoryContent",
    "InMemoryFolderWatcher",
    "InMemoryHintQueue",
    "InMemoryImageRepository",
    "InMemoryObjectStore",
    "ScanningRepository",
]
