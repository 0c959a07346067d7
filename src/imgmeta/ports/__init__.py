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
from imgmeta.ports.plugins import OpenStore
from imgmeta.ports.watching import FolderWatcher

__all__ = [
    "AuditQueue",
    "FolderWatcher",
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "OnUnreadable",
    "OpenStore",
    "PropertyReader",
    "RecordFinder",
]
