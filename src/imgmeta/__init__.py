"""A truthful, queryable index of the images in a folder, in a bucket, or behind a port of yours.

This facade gives the domain's values, the ports and the errors. It imports no adapter; those are
in `imgmeta.adapters`, one module or package for each technology.
"""

from imgmeta.core.digest import Digest
from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.events import (
    Delivery,
    Hint,
    MalformedEntry,
    ParsedEvent,
    Transport,
    encode_hint,
    parse_event,
)
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.identity import image_id
from imgmeta.core.notifications import Failure, Notification
from imgmeta.core.objects import (
    AbsentObject,
    ByteSource,
    ListedObject,
    ObjectLocation,
    PresentObject,
    UnlistedObject,
    UnlistedPrefix,
)
from imgmeta.core.ordering import IfNewer, IfRevision, WriteResult
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.targets import IMAGE_SUFFIXES, LOCAL_BUCKET, Target, suffix_filter
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
)
from imgmeta.ports import (
    HintQueue,
    ImageRepository,
    Notifier,
    ObjectStore,
    PropertyReader,
    UploadCursor,
)
from imgmeta.service import Indexer, Rules, find

__all__ = [
    "IMAGE_SUFFIXES",
    "LOCAL_BUCKET",
    "AbsentObject",
    "AdapterError",
    "BatchSummary",
    "ByteSource",
    "Comparison",
    "ConfigurationError",
    "Delivery",
    "Difference",
    "Digest",
    "Failure",
    "GpsPolicy",
    "Hint",
    "HintQueue",
    "IfNewer",
    "IfRevision",
    "ImageProperties",
    "ImageRecord",
    "ImageRepository",
    "ImgmetaError",
    "Indexer",
    "InvalidEventError",
    "InvalidRecordError",
    "ItemOutcome",
    "ListedObject",
    "MalformedEntry",
    "Notification",
    "Notifier",
    "ObjectChangedError",
    "ObjectLocation",
    "ObjectStore",
    "Outcome",
    "ParsedEvent",
    "PermanentError",
    "PresentObject",
    "PropertyReader",
    "Query",
    "Remedy",
    "Rules",
    "Status",
    "Target",
    "TransientError",
    "Transport",
    "UnlistedObject",
    "UnlistedPrefix",
    "Unreadable",
    "UploadCursor",
    "WriteResult",
    "encode_hint",
    "find",
    "image_id",
    "parse_event",
    "suffix_filter",
]
