"""A truthful, queryable index of the images in a folder, in a bucket, or behind a port of yours.

This facade gives the domain's values, the ports and the errors. It imports no adapter; those are
in `imgmeta.adapters`, one module or package for each technology.
"""

from imgmeta.core.batch import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.digest import Digest
from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.events import (
    Delivery,
    Hint,
    MalformedEntry,
    ParsedEvent,
    Transport,
    message_of,
    parse_event,
)
from imgmeta.core.identity import image_id
from imgmeta.core.location import LocationPolicy
from imgmeta.core.messages import Failure, Message
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
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageProperties, ImageRecord, Status, Unreadable
from imgmeta.core.targets import IMAGE_SUFFIXES, LOCAL_BUCKET, Target, suffix_filter
from imgmeta.errors import (
    AdapterError,
    ConfigurationError,
    ImgmetaError,
    InvalidEventError,
    InvalidRecordError,
    ObjectChangedError,
    PermanentError,
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
    "LocationPolicy",
    "MalformedEntry",
    "Message",
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
    "find",
    "image_id",
    "message_of",
    "parse_event",
    "suffix_filter",
]
