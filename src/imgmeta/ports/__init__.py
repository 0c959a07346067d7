"""The ports: protocols that adapters implement."""

from imgmeta.ports.exporting import RecordEncoder
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
from imgmeta.ports.watching import FolderWatcher

__all__ = [
    "AuditQueue",
    "FolderWatcher",
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "OnUnreadable",
    "PropertyReader",
    "RecordEncoder",
    "RecordFinder",
]
