"""A queryable index of the images in a folder, in an S3 bucket, or behind your own adapter.

This package exports the values, ports, use cases and errors. A name's module is imported when the
name is first used. The adapters are in `imgmeta.adapters`, one module or package per technology.
"""

from imgmeta.lazy_exports import lazy_exports

TYPE_CHECKING = False  # importing typing takes longer than all else at startup
if TYPE_CHECKING:
    from imgmeta.bootstrap.exporting import export_records
    from imgmeta.bootstrap.reading import read_properties
    from imgmeta.core.attributes import Label, Moment, Number, Order, Presence, Shape, Sort
    from imgmeta.core.changes import Changes
    from imgmeta.core.content_hashes import ContentHash, HashKind
    from imgmeta.core.cursors import UploadCursor
    from imgmeta.core.digest import Digest
    from imgmeta.core.drift import (
        Comparison,
        ContentCheck,
        ContentComparison,
        Difference,
        IndexEntry,
    )
    from imgmeta.core.duplicates import ContentEntry
    from imgmeta.core.events import Delivery, MalformedEntry, ParsedEvent, encode_hint, parse_event
    from imgmeta.core.exports import ExportFormat
    from imgmeta.core.filters import (
        Contains,
        ErrorContains,
        Filter,
        Has,
        HasShape,
        HasStatus,
        InBox,
        InBucket,
        Incomplete,
        KeyGlob,
        Near,
        Not,
        NumberBetween,
        ReaderBefore,
        TimeBetween,
    )
    from imgmeta.core.geography import DistanceFrom
    from imgmeta.core.gps import GpsPolicy
    from imgmeta.core.hints import AuditRequest, DigestRequest, Hint
    from imgmeta.core.identity import image_id
    from imgmeta.core.notifications import Failure, Notification
    from imgmeta.core.objects import (
        AbsentObject,
        ByteSource,
        ListedObject,
        Listing,
        ObjectLocation,
        Observation,
        PresentObject,
        StoredHashSource,
        UnlistedObject,
        UnlistedPrefix,
    )
    from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
    from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.core.queries import Query
    from imgmeta.core.query_values import parse_query
    from imgmeta.core.records import ImageRecord, Status
    from imgmeta.core.reports import Report
    from imgmeta.core.schema import record_schema
    from imgmeta.core.summaries import RecordSummary, SummaryCount
    from imgmeta.core.targets import IMAGE_SUFFIXES, LOCAL_BUCKET, Target, suffix_filter
    from imgmeta.core.transports import Transport
    from imgmeta.core.unindexed import UnindexedCount
    from imgmeta.core.uris import location_of, uri_of
    from imgmeta.errors import (
        AdapterError,
        ConfigurationError,
        ImgmetaError,
        InvalidEventError,
        InvalidRecordError,
        ObjectChangedError,
        PermanentError,
        Remedy,
        TransientError,
        UnreadableImageError,
    )
    from imgmeta.ports import (
        AuditQueue,
        BatchWriter,
        FolderWatcher,
        HintQueue,
        ImageLoader,
        ImageRepository,
        LinkDetector,
        LoadedImage,
        Notifier,
        ObjectStatus,
        ObjectStore,
        OnUnreadable,
        OpenNotifier,
        OpenObjectStore,
        OpenStore,
        PropertyReader,
        RecordEncoder,
        RecordFinder,
        ReportEncoder,
        SizeFinder,
        SummaryFinder,
        ThumbnailHasher,
        UploadHistory,
    )
    from imgmeta.service import (
        BatchLimits,
        BatchResult,
        Indexer,
        OnUnindexed,
        Rules,
        count_summaries,
        find,
        find_summaries,
        find_unordered,
        process_batch,
        verify_content,
    )

__all__ = [
    "IMAGE_SUFFIXES",
    "LOCAL_BUCKET",
    "AbsentObject",
    "AdapterError",
    "AuditQueue",
    "AuditRequest",
    "BatchLimits",
    "BatchResult",
    "BatchSummary",
    "BatchWriter",
    "ByteSource",
    "Changes",
    "Comparison",
    "ConfigurationError",
    "Contains",
    "ContentCheck",
    "ContentComparison",
    "ContentEntry",
    "ContentHash",
    "Delivery",
    "Difference",
    "Digest",
    "DigestRequest",
    "DistanceFrom",
    "ErrorContains",
    "ExportFormat",
    "Failure",
    "Filter",
    "FolderWatcher",
    "GpsPolicy",
    "Has",
    "HasShape",
    "HasStatus",
    "HashKind",
    "Hint",
    "HintQueue",
    "IfNewer",
    "IfRevision",
    "ImageLoader",
    "ImageProperties",
    "ImageRecord",
    "ImageRepository",
    "ImgmetaError",
    "InBox",
    "InBucket",
    "Incomplete",
    "IndexEntry",
    "Indexer",
    "InvalidEventError",
    "InvalidRecordError",
    "ItemOutcome",
    "KeyGlob",
    "Label",
    "LinkDetector",
    "ListedObject",
    "Listing",
    "LoadedImage",
    "MalformedEntry",
    "Moment",
    "Near",
    "Not",
    "Notification",
    "Notifier",
    "Number",
    "NumberBetween",
    "ObjectChangedError",
    "ObjectLocation",
    "ObjectStatus",
    "ObjectStore",
    "Observation",
    "OnUnindexed",
    "OnUnreadable",
    "OpenNotifier",
    "OpenObjectStore",
    "OpenStore",
    "Order",
    "Outcome",
    "ParsedEvent",
    "PermanentError",
    "Presence",
    "PresentObject",
    "PropertyReader",
    "Query",
    "ReaderBefore",
    "RecordEncoder",
    "RecordFinder",
    "RecordSummary",
    "Remedy",
    "Report",
    "ReportEncoder",
    "Rules",
    "Shape",
    "SizeFinder",
    "Sort",
    "Status",
    "StoredHashSource",
    "SummaryCount",
    "SummaryFinder",
    "Target",
    "ThumbnailHasher",
    "TimeBetween",
    "TransientError",
    "Transport",
    "UnindexedCount",
    "UnlistedObject",
    "UnlistedPrefix",
    "Unreadable",
    "UnreadableImageError",
    "UploadCursor",
    "UploadHistory",
    "WriteCondition",
    "WriteResult",
    "count_summaries",
    "encode_hint",
    "export_records",
    "find",
    "find_summaries",
    "find_unordered",
    "image_id",
    "location_of",
    "parse_event",
    "parse_query",
    "process_batch",
    "read_properties",
    "record_schema",
    "suffix_filter",
    "uri_of",
    "verify_content",
]

if not TYPE_CHECKING:  # a type checker would accept any name
    __getattr__ = lazy_exports(
        __name__,
        {
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
            "ports": "AuditQueue BatchWriter FolderWatcher HintQueue ImageLoader ImageRepository "
            "LinkDetector LoadedImage Notifier ObjectStatus ObjectStore OnUnreadable OpenNotifier "
            "OpenObjectStore OpenStore PropertyReader RecordEncoder RecordFinder ReportEncoder "
            "SizeFinder SummaryFinder ThumbnailHasher UploadHistory",
            "service": "BatchLimits BatchResult Indexer OnUnindexed Rules count_summaries find "
            "find_summaries find_unordered process_batch verify_content",
        },
    )


def __dir__() -> list[str]:
    return __all__.copy()
