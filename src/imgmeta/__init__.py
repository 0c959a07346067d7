"""A queryable index of the images in a folder, in an S3 bucket, or behind your own adapter.

This package exports the values, ports, use cases and errors. A name's module is imported when the
name is first used. The adapters are in `imgmeta.adapters`, one module or package per technology.
"""

TYPE_CHECKING = False  # importing typing takes longer than all else at startup
if TYPE_CHECKING:
    from imgmeta.bootstrap.reading import read_properties
    from imgmeta.core.attributes import (
        Label,
        Moment,
        Number,
        Order,
        Presence,
        Shape,
        Sort,
    )
    from imgmeta.core.changes import Changes
    from imgmeta.core.cursors import UploadCursor
    from imgmeta.core.digest import Digest
    from imgmeta.core.drift import Comparison, Difference, IndexEntry
    from imgmeta.core.events import Delivery, MalformedEntry, ParsedEvent, encode_hint, parse_event
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
        UnlistedObject,
        UnlistedPrefix,
    )
    from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
    from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord, Status
    from imgmeta.core.schema import record_schema
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
        FolderWatcher,
        HintQueue,
        ImageRepository,
        Notifier,
        ObjectStore,
        OnUnreadable,
        OpenNotifier,
        OpenObjectStore,
        OpenStore,
        PropertyReader,
        RecordFinder,
    )
    from imgmeta.service import (
        BatchLimits,
        BatchResult,
        Indexer,
        OnUnindexed,
        Rules,
        find,
        find_unordered,
        process_batch,
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
    "ByteSource",
    "Changes",
    "Comparison",
    "ConfigurationError",
    "Contains",
    "Delivery",
    "Difference",
    "Digest",
    "DigestRequest",
    "ErrorContains",
    "Failure",
    "Filter",
    "FolderWatcher",
    "GpsPolicy",
    "Has",
    "HasShape",
    "HasStatus",
    "Hint",
    "HintQueue",
    "IfNewer",
    "IfRevision",
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
    "ListedObject",
    "Listing",
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
    "RecordFinder",
    "Remedy",
    "Rules",
    "Shape",
    "Sort",
    "Status",
    "Target",
    "TimeBetween",
    "TransientError",
    "Transport",
    "UnindexedCount",
    "UnlistedObject",
    "UnlistedPrefix",
    "Unreadable",
    "UnreadableImageError",
    "UploadCursor",
    "WriteCondition",
    "WriteResult",
    "encode_hint",
    "find",
    "find_unordered",
    "image_id",
    "location_of",
    "parse_event",
    "process_batch",
    "read_properties",
    "record_schema",
    "suffix_filter",
    "uri_of",
]

_EXPORTS = {
    "bootstrap.reading": "read_properties",
    "core.attributes": "Label Moment Number Order Presence Shape Sort",
    "core.changes": "Changes",
    "core.cursors": "UploadCursor",
    "core.digest": "Digest",
    "core.drift": "Comparison Difference IndexEntry",
    "core.events": "Delivery MalformedEntry ParsedEvent encode_hint parse_event",
    "core.filters": "Contains ErrorContains Filter Has HasShape HasStatus InBox InBucket "
    "Incomplete KeyGlob Near Not NumberBetween ReaderBefore TimeBetween",
    "core.gps": "GpsPolicy",
    "core.hints": "AuditRequest DigestRequest Hint",
    "core.identity": "image_id",
    "core.notifications": "Failure Notification",
    "core.objects": "AbsentObject ByteSource ListedObject Listing "
    "ObjectLocation Observation PresentObject UnlistedObject UnlistedPrefix",
    "core.ordering": "IfNewer IfRevision WriteCondition WriteResult",
    "core.outcomes": "BatchSummary ItemOutcome Outcome",
    "core.properties": "ImageProperties Unreadable",
    "core.queries": "Query",
    "core.records": "ImageRecord Status",
    "core.schema": "record_schema",
    "core.targets": "IMAGE_SUFFIXES LOCAL_BUCKET Target suffix_filter",
    "core.transports": "Transport",
    "core.unindexed": "UnindexedCount",
    "core.uris": "location_of uri_of",
    "errors": "AdapterError ConfigurationError ImgmetaError InvalidEventError "
    "InvalidRecordError ObjectChangedError PermanentError Remedy TransientError "
    "UnreadableImageError",
    "ports": "AuditQueue FolderWatcher HintQueue ImageRepository Notifier ObjectStore "
    "OnUnreadable OpenNotifier OpenObjectStore OpenStore PropertyReader RecordFinder",
    "service": "BatchLimits BatchResult Indexer OnUnindexed Rules find find_unordered "
    "process_batch",
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        """Import the module of a name when the name is first used (PEP 562)."""
        if name not in _MODULE_OF:
            msg = f"module 'imgmeta' has no attribute {name!r}"
            raise AttributeError(msg)
        from importlib import import_module  # noqa: PLC0415 - not needed to start a command

        value = getattr(import_module(f"imgmeta.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__.copy()
