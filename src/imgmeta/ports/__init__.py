"""The ports: protocols that adapters implement."""

from imgmeta.ports.duplicates import LinkDetector, SizeFinder
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
from imgmeta.ports.thumbnails import ThumbnailHasher
from imgmeta.ports.watching import FolderWatcher

__all__ = [
    "AuditQueue",
    "FolderWatcher",
    "HintQueue",
    "ImageRepository",
    "LinkDetector",
    "Notifier",
    "ObjectStore",
    "OnUnreadable",
    "PropertyReader",
    "RecordFinder",
    "SizeFinder",
    "ThumbnailHasher",
]
