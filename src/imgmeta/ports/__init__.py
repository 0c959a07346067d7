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
from imgmeta.ports.objects import ObjectStatus
from imgmeta.ports.queries import RecordFinder, UploadHistory
from imgmeta.ports.watching import FolderWatcher

__all__ = [
    "AuditQueue",
    "FolderWatcher",
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStatus",
    "ObjectStore",
    "OnUnreadable",
    "PropertyReader",
    "RecordFinder",
    "UploadHistory",
]
