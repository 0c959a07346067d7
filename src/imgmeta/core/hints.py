"""Requests in events: to process one object (a hint), to send a digest, or to audit the index."""

from dataclasses import dataclass
from datetime import datetime

from imgmeta.core.content_hashes import HashKind
from imgmeta.core.objects import ObjectLocation

__all__ = ["AuditRequest", "DigestRequest", "Hint"]


@dataclass(frozen=True, slots=True)
class Hint:
    """A reason to process one object.

    Attributes:
        location: the object.
        sequencer: the event's normalized sequencer (`core.ordering`); None: its order is unknown.
        message_id: the sender's ID of the message: SQS's `messageId`, the `taskId` of S3 Batch
            Operations, the `MessageId` of SNS, the `id` of EventBridge; empty if there is none.
            Not escaped, so not safe to print.
        occurred_at: the time of the event in UTC, if the event has one.
        alternate_key: the other decoding of a manifest's key, used if `location` has no object.
        force: whether to read and write the record even if nothing changed.
        hash_kinds: the kinds of content hash of which the record must have one, even if the whole
            object must be read for it; empty: read no more than the image properties need.
        hash_thumbnail: whether the record must have the hash of the image's thumbnail, if any.
        audit: whether an audit sent it, so that a difference which it repairs counts as drift.
        keep_missing: whether to leave the record as it is if the object does not exist; only for
            hints without a sequencer.
    """

    location: ObjectLocation
    sequencer: str | None = None
    message_id: str = ""
    occurred_at: datetime | None = None
    alternate_key: str | None = None
    force: bool = False
    hash_kinds: frozenset[HashKind] = frozenset()
    hash_thumbnail: bool = False
    audit: bool = False
    keep_missing: bool = False


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """A request for a digest of the last `hours`.

    Attributes:
        hours: greater than 0.
        message_id: as in `Hint`.
    """

    hours: float
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """A request to compare the index with a bucket, or with the rest of a bucket.

    An audit is a chain of requests: each compares some keys, and is followed by a request for the
    keys after them, which also carries the counts so far.

    Attributes:
        bucket: the bucket; None: all buckets that the function serves.
        after: compare the keys after this one; None: all keys.
        keys: number of keys compared so far.
        drift: number of these keys at which the index and the bucket disagreed.
        message_id: as in `Hint`.
    """

    bucket: str | None = None
    after: str | None = None
    keys: int = 0
    drift: int = 0
    message_id: str = ""
