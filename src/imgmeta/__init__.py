"""A queryable index of the images in a folder, in an S3 bucket, or behind your own adapter.

This package exports the values, ports, use cases and errors. A name's module is imported when the
name is first used. The adapters are in `imgmeta.adapters`, one module or package per technology.
"""

from imgmeta.lazy_exports import lazy_exports

TYPE_CHECKING = False  # importing typing takes longer than all else at startup
if TYPE_CHECKING:  # "as" exports a name to type checkers (PEP 484)
    __all__: list[str]
    from imgmeta.bootstrap.exporting import export_records as export_records
    from imgmeta.bootstrap.reading import read_properties as read_properties
    from imgmeta.core.attributes import Label as Label
    from imgmeta.core.attributes import Moment as Moment
    from imgmeta.core.attributes import Number as Number
    from imgmeta.core.attributes import Order as Order
    from imgmeta.core.attributes import Presence as Presence
    from imgmeta.core.attributes import Shape as Shape
    from imgmeta.core.attributes import Sort as Sort
    from imgmeta.core.changes import Changes as Changes
    from imgmeta.core.content_hashes import ContentHash as ContentHash
    from imgmeta.core.content_hashes import HashKind as HashKind
    from imgmeta.core.cursors import UploadCursor as UploadCursor
    from imgmeta.core.digest import Digest as Digest
    from imgmeta.core.drift import Comparison as Comparison
    from imgmeta.core.drift import ContentCheck as ContentCheck
    from imgmeta.core.drift import ContentComparison as ContentComparison
    from imgmeta.core.drift import Difference as Difference
    from imgmeta.core.drift import IndexEntry as IndexEntry
    from imgmeta.core.duplicates import ContentEntry as ContentEntry
    from imgmeta.core.events import Delivery as Delivery
    from imgmeta.core.events import MalformedEntry as MalformedEntry
    from imgmeta.core.events import ParsedEvent as ParsedEvent
    from imgmeta.core.events import encode_hint as encode_hint
    from imgmeta.core.events import parse_event as parse_event
    from imgmeta.core.exports import ExportFormat as ExportFormat
    from imgmeta.core.filters import Contains as Contains
    from imgmeta.core.filters import ErrorContains as ErrorContains
    from imgmeta.core.filters import Filter as Filter
    from imgmeta.core.filters import Has as Has
    from imgmeta.core.filters import HasShape as HasShape
    from imgmeta.core.filters import HasStatus as HasStatus
    from imgmeta.core.filters import InBox as InBox
    from imgmeta.core.filters import InBucket as InBucket
    from imgmeta.core.filters import Incomplete as Incomplete
    from imgmeta.core.filters import KeyGlob as KeyGlob
    from imgmeta.core.filters import Near as Near
    from imgmeta.core.filters import Not as Not
    from imgmeta.core.filters import NumberBetween as NumberBetween
    from imgmeta.core.filters import ReaderBefore as ReaderBefore
    from imgmeta.core.filters import TimeBetween as TimeBetween
    from imgmeta.core.geography import DistanceFrom as DistanceFrom
    from imgmeta.core.gps import GpsPolicy as GpsPolicy
    from imgmeta.core.hints import AuditRequest as AuditRequest
    from imgmeta.core.hints import DigestRequest as DigestRequest
    from imgmeta.core.hints import Hint as Hint
    from imgmeta.core.identity import image_id as image_id
    from imgmeta.core.notifications import Failure as Failure
    from imgmeta.core.notifications import Notification as Notification
    from imgmeta.core.objects import AbsentObject as AbsentObject
    from imgmeta.core.objects import ByteSource as ByteSource
    from imgmeta.core.objects import ListedObject as ListedObject
    from imgmeta.core.objects import Listing as Listing
    from imgmeta.core.objects import ObjectLocation as ObjectLocation
    from imgmeta.core.objects import Observation as Observation
    from imgmeta.core.objects import PresentObject as PresentObject
    from imgmeta.core.objects import StoredHashSource as StoredHashSource
    from imgmeta.core.objects import UnlistedObject as UnlistedObject
    from imgmeta.core.objects import UnlistedPrefix as UnlistedPrefix
    from imgmeta.core.ordering import IfNewer as IfNewer
    from imgmeta.core.ordering import IfRevision as IfRevision
    from imgmeta.core.ordering import WriteCondition as WriteCondition
    from imgmeta.core.ordering import WriteResult as WriteResult
    from imgmeta.core.outcomes import BatchSummary as BatchSummary
    from imgmeta.core.outcomes import ItemOutcome as ItemOutcome
    from imgmeta.core.outcomes import Outcome as Outcome
    from imgmeta.core.properties import ImageProperties as ImageProperties
    from imgmeta.core.properties import Unreadable as Unreadable
    from imgmeta.core.queries import Query as Query
    from imgmeta.core.query_values import parse_query as parse_query
    from imgmeta.core.records import ImageRecord as ImageRecord
    from imgmeta.core.records import Status as Status
    from imgmeta.core.reports import Report as Report
    from imgmeta.core.schema import record_schema as record_schema
    from imgmeta.core.summaries import RecordSummary as RecordSummary
    from imgmeta.core.summaries import SummaryCount as SummaryCount
    from imgmeta.core.targets import IMAGE_SUFFIXES as IMAGE_SUFFIXES
    from imgmeta.core.targets import LOCAL_BUCKET as LOCAL_BUCKET
    from imgmeta.core.targets import Target as Target
    from imgmeta.core.targets import suffix_filter as suffix_filter
    from imgmeta.core.transports import Transport as Transport
    from imgmeta.core.unindexed import UnindexedCount as UnindexedCount
    from imgmeta.core.uris import location_of as location_of
    from imgmeta.core.uris import uri_of as uri_of
    from imgmeta.errors import AdapterError as AdapterError
    from imgmeta.errors import ConfigurationError as ConfigurationError
    from imgmeta.errors import ImgmetaError as ImgmetaError
    from imgmeta.errors import InvalidEventError as InvalidEventError
    from imgmeta.errors import InvalidRecordError as InvalidRecordError
    from imgmeta.errors import ObjectChangedError as ObjectChangedError
    from imgmeta.errors import PermanentError as PermanentError
    from imgmeta.errors import Remedy as Remedy
    from imgmeta.errors import TransientError as TransientError
    from imgmeta.errors import UnreadableImageError as UnreadableImageError
    from imgmeta.ports import AuditQueue as AuditQueue
    from imgmeta.ports import BatchObserver as BatchObserver
    from imgmeta.ports import BatchWriter as BatchWriter
    from imgmeta.ports import FolderWatcher as FolderWatcher
    from imgmeta.ports import HintQueue as HintQueue
    from imgmeta.ports import IdFinder as IdFinder
    from imgmeta.ports import ImageLoader as ImageLoader
    from imgmeta.ports import ImageRepository as ImageRepository
    from imgmeta.ports import LinkDetector as LinkDetector
    from imgmeta.ports import LoadedImage as LoadedImage
    from imgmeta.ports import Notifier as Notifier
    from imgmeta.ports import ObjectStatus as ObjectStatus
    from imgmeta.ports import ObjectStore as ObjectStore
    from imgmeta.ports import OnUnreadable as OnUnreadable
    from imgmeta.ports import OpenNotifier as OpenNotifier
    from imgmeta.ports import OpenObjectStore as OpenObjectStore
    from imgmeta.ports import OpenStore as OpenStore
    from imgmeta.ports import PropertyReader as PropertyReader
    from imgmeta.ports import RecordEncoder as RecordEncoder
    from imgmeta.ports import RecordFinder as RecordFinder
    from imgmeta.ports import ReportEncoder as ReportEncoder
    from imgmeta.ports import SizeFinder as SizeFinder
    from imgmeta.ports import SummaryFinder as SummaryFinder
    from imgmeta.ports import ThumbnailHasher as ThumbnailHasher
    from imgmeta.ports import UploadHistory as UploadHistory
    from imgmeta.service import BatchLimits as BatchLimits
    from imgmeta.service import BatchResult as BatchResult
    from imgmeta.service import Indexer as Indexer
    from imgmeta.service import OnUnindexed as OnUnindexed
    from imgmeta.service import Rules as Rules
    from imgmeta.service import count_summaries as count_summaries
    from imgmeta.service import find as find
    from imgmeta.service import find_summaries as find_summaries
    from imgmeta.service import find_unordered as find_unordered
    from imgmeta.service import process_batch as process_batch
    from imgmeta.service import verify_content as verify_content

if not TYPE_CHECKING:  # a type checker would accept any name
    _NAMES = {
        "bootstrap.exporting": "export_records",
        "bootstrap.reading": "read_properties",
        "core.attributes": "Label Moment Number Order Presence Shape Sort",
        "core.changes": "Changes",
        "core.content_hashes": "ContentHash HashKind",
        "core.cursors": "UploadCursor",
        "core.digest": "Digest",
        "core.drift": "Comparison ContentCheck ContentComparison Difference IndexEntry",
        "core.duplicates": "ContentEntry",
        "core.events": "Delivery MalformedEntry ParsedEvent encode_hint parse_event",
        "core.exports": "ExportFormat",
        "core.filters": "Contains ErrorContains Filter Has HasShape HasStatus InBox InBucket "
        "Incomplete KeyGlob Near Not NumberBetween ReaderBefore TimeBetween",
        "core.geography": "DistanceFrom",
        "core.gps": "GpsPolicy",
        "core.hints": "AuditRequest DigestRequest Hint",
        "core.identity": "image_id",
        "core.notifications": "Failure Notification",
        "core.objects": "AbsentObject ByteSource ListedObject Listing ObjectLocation "
        "Observation PresentObject StoredHashSource UnlistedObject UnlistedPrefix",
        "core.ordering": "IfNewer IfRevision WriteCondition WriteResult",
        "core.outcomes": "BatchSummary ItemOutcome Outcome",
        "core.properties": "ImageProperties Unreadable",
        "core.queries": "Query",
        "core.query_values": "parse_query",
        "core.records": "ImageRecord Status",
        "core.reports": "Report",
        "core.schema": "record_schema",
        "core.summaries": "RecordSummary SummaryCount",
        "core.targets": "IMAGE_SUFFIXES LOCAL_BUCKET Target suffix_filter",
        "core.transports": "Transport",
        "core.unindexed": "UnindexedCount",
        "core.uris": "location_of uri_of",
        "errors": "AdapterError ConfigurationError ImgmetaError InvalidEventError "
        "InvalidRecordError ObjectChangedError PermanentError Remedy TransientError "
        "UnreadableImageError",
        "ports": "AuditQueue BatchObserver BatchWriter FolderWatcher HintQueue IdFinder "
        "ImageLoader ImageRepository LinkDetector LoadedImage Notifier ObjectStatus ObjectStore "
        "OnUnreadable OpenNotifier OpenObjectStore OpenStore PropertyReader RecordEncoder "
        "RecordFinder ReportEncoder SizeFinder SummaryFinder ThumbnailHasher UploadHistory",
        "service": "BatchLimits BatchResult Indexer OnUnindexed Rules count_summaries find "
        "find_summaries find_unordered process_batch verify_content",
    }
    __all__ = [name for names in _NAMES.values() for name in names.split()]
    __getattr__ = lazy_exports(__name__, _NAMES)


def __dir__() -> list[str]:
    return [*__all__]
