"""The contract suites: a class of tests for each port, and a harness for the adapter under test.

A subclass whose name starts with `Test` runs the tests; it overrides the fixtures that the class
names. Tests of what an adapter cannot do are skipped.
"""

from imgmeta.testing.contracts.audit_queue import AuditQueueContract
from imgmeta.testing.contracts.folder_watcher import FolderWatcherContract, WatchedFolder
from imgmeta.testing.contracts.hint_queue import HintQueueContract
from imgmeta.testing.contracts.image_loader import ImageLoaderContract, ImageLoaderHarness
from imgmeta.testing.contracts.image_repository import ImageRepositoryContract
from imgmeta.testing.contracts.notifier import NotifierContract, NotifierHarness
from imgmeta.testing.contracts.object_harness import ObjectStoreHarness
from imgmeta.testing.contracts.object_store import ObjectStoreContract
from imgmeta.testing.contracts.property_reader import ImageSample, PropertyReaderContract
from imgmeta.testing.contracts.queue_harness import AuditQueueHarness, HintQueueHarness
from imgmeta.testing.contracts.record_encoder import RecordEncoderContract, RecordEncoderHarness
from imgmeta.testing.contracts.report_encoder import ReportEncoderContract, ReportEncoderHarness
from imgmeta.testing.contracts.repository_harness import RepositoryHarness
from imgmeta.testing.contracts.repository_machine import RepositoryMachine
from imgmeta.testing.contracts.thumbnail_hasher import ImageWithThumbnail, ThumbnailHasherContract
from imgmeta.testing.contracts.waiting import waiting

__all__ = [
    "AuditQueueContract",
    "AuditQueueHarness",
    "FolderWatcherContract",
    "HintQueueContract",
    "HintQueueHarness",
    "ImageLoaderContract",
    "ImageLoaderHarness",
    "ImageRepositoryContract",
    "ImageSample",
    "ImageWithThumbnail",
    "NotifierContract",
    "NotifierHarness",
    "ObjectStoreContract",
    "ObjectStoreHarness",
    "PropertyReaderContract",
    "RecordEncoderContract",
    "RecordEncoderHarness",
    "ReportEncoderContract",
    "ReportEncoderHarness",
    "RepositoryHarness",
    "RepositoryMachine",
    "ThumbnailHasherContract",
    "WatchedFolder",
    "waiting",
]
