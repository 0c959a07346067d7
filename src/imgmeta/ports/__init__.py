"""The ports: protocols that adapters implement."""

from imgmeta.ports.indexing import (
    AuditQueue,
    HintQueue,
    ImageRepository,
    Notifier,
    ObjectStore,
    OnUnreadable,
    PropertyReader,
    RecordFinder,
)
from imgmeta.ports.plugins import OpenNotifier, OpenObjectStore, OpenStore
from imgmeta.ports.watching import FolderWatcher

__all__ = [
    "AuditQueue",
    "FolderWatcher",
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "OnUnreadable",
    "OpenNotifier",
    "OpenObjectStore",
    "OpenStore",
    "PropertyReader",
    "RecordFinder",
]
