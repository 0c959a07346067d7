"""The ports: protocols that adapters implement."""

from imgmeta.ports.indexing import (
    AuditQueue,
    HintQueue,
    ImageRepository,
    Notifier,
    ObjectStore,
    OnUnreadable,
    PropertyReader,
)
from imgmeta.ports.queries import RecordFinder, SummaryFinder
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
    "RecordFinder",
    "SummaryFinder",
]
