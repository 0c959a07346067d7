"""The ports: protocols that adapters implement."""

from imgmeta.ports.batching import (
    BatchObserver,
    BatchWriter,
    IdFinder,
    ImageLoader,
    LoadedImage,
)
from imgmeta.ports.encoding import RecordEncoder, ReportEncoder
from imgmeta.ports.indexing import (
    AuditQueue,
    HintQueue,
    ImageRepository,
    Notifier,
    ObjectStore,
    OnUnreadable,
    PropertyReader,
)
from imgmeta.ports.objects import LinkDetector, ObjectStatus
from imgmeta.ports.plugins import OpenNotifier, OpenObjectStore, OpenStore
from imgmeta.ports.queries import RecordFinder, SizeFinder, SummaryFinder, UploadHistory
from imgmeta.ports.thumbnails import ThumbnailHasher
from imgmeta.ports.watching import FolderWatcher

__all__ = [
    "AuditQueue",
    "BatchObserver",
    "BatchWriter",
    "FolderWatcher",
    "HintQueue",
    "IdFinder",
    "ImageLoader",
    "ImageRepository",
    "LinkDetector",
    "LoadedImage",
    "Notifier",
    "ObjectStatus",
    "ObjectStore",
    "OnUnreadable",
    "OpenNotifier",
    "OpenObjectStore",
    "OpenStore",
    "PropertyReader",
    "RecordEncoder",
    "RecordFinder",
    "ReportEncoder",
    "SizeFinder",
    "SummaryFinder",
    "ThumbnailHasher",
    "UploadHistory",
]
