"""Sequencers, and the rule that decides a conditional write.

S3 delivers events at least once and in any order. The sequencer tells which of two events for the
same key is newer. See "Event message structure" in the Amazon S3 User Guide: compare two sequencers
as hexadecimal numbers, the shorter one padded with zeros on the left.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "SEQUENCER_WIDTH",
    "IfNewer",
    "IfRevision",
    "ObjectState",
    "StoredState",
    "WriteCondition",
    "WriteResult",
    "decide",
    "normalize_sequencer",
]

SEQUENCER_WIDTH = 32
"""Digits of a normalized sequencer, about twice as many as S3 sends."""

_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+", re.ASCII)


def normalize_sequencer(sequencer: str) -> str | None:
    """Return `sequencer` as `SEQUENCER_WIDTH` uppercase hexadecimal digits.

    S3 sends the same number in different lengths and cases over different transports. Normalized
    sequencers of one key sort as strings in the order of their numbers.

    Returns:
        The normalized sequencer, or None if the text is not a hexadecimal number of that size. Then
        the event is a hint without a sequencer.
    """
    if not _HEXADECIMAL.fullmatch(sequencer):
        return None
    digits = sequencer.lstrip("0").upper()
    return digits.zfill(SEQUENCER_WIDTH) if len(digits) <= SEQUENCER_WIDTH else None


class WriteResult(StrEnum):
    """The result of a conditional write."""

    STORED = "stored"
    """The record was written."""
    STALE = "stale"
    """A record with a higher sequencer is already stored."""
    DUPLICATE = "duplicate"
    """A record with the same sequencer is already stored."""
    CONFLICT = "conflict"
    """The stored record must be read, and the object observed again: see `decide`."""


@dataclass(frozen=True, slots=True)
class IfNewer:
    """Write if no record is stored, or the stored record has no sequencer or a lower one.

    Hashes that the stored record has of the same content are not lost: such a write is a conflict.

    The two times detect sequencers that do not belong to S3's order: those of test events, of other
    systems, and of a bucket that was deleted and created again. Clocks that disagree cause
    unnecessary conflicts, or hide such a sequencer; they never make a write succeed.

    Attributes:
        observed_after: a time just before the object was observed. If the stored record was
            processed later, either of the two observations may be the newer one.
        occurred_at: the time of the event. A record with a higher sequencer belongs to a later
            event, so it cannot have been processed before this one.
    """

    observed_after: datetime | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IfRevision:
    """Write if the stored record still has this revision.

    None: write if no record is stored, or one of the original system, which has no revision.
    """

    revision: str | None


WriteCondition = IfNewer | IfRevision


class ObjectState(NamedTuple):
    """The attributes in which two states of an object differ; see `ImageRecord`."""

    etag: str | None
    file_size: int | None
    last_modified: datetime | None
    version_id: str | None
    content_error: bool


@dataclass(frozen=True, slots=True)
class StoredState:
    """The part of a record that decides a write.

    A record that the original system wrote has neither sequencer nor revision.

    Attributes:
        sequencer: the normalized sequencer, if any.
        revision: the revision.
        processed_at: when the object had been observed, if known.
        object_state: the state of the object; None: it did not exist.
        content_hash: the hash of its content, if known.
        thumbnail_hash: the hash of its thumbnail, if known.
    """

    sequencer: str | None
    revision: str | None
    processed_at: datetime | None = None
    object_state: ObjectState | None = None
    content_hash: str | None = None
    thumbnail_hash: str | None = None


def decide(
    stored: StoredState | None, incoming: StoredState, condition: WriteCondition
) -> WriteResult:
    """Return the result of a conditional write of `incoming` over `stored`.

    Every repository implements this one rule in its own query language.

    A write on the condition `IfNewer` conflicts if the sequencers may be wrong about which
    observation is newer: if the stored record was processed after `observed_after`; or if its
    sequencer is the same or higher, although it has another state of the object or was processed
    before `occurred_at`. It also conflicts if the stored record has a hash of the same content, by
    ETag and size, that `incoming` does not have.

    Args:
        stored: the state of the record stored under the same ID, None if there is none.
        incoming: the state of the record to write.
        condition: the write's condition.

    Raises:
        ValueError: `incoming` has no revision, or the condition is `IfNewer` and `incoming` has no
            sequencer to compare.
    """
    if incoming.revision is None:
        msg = "a write needs a revision"
        raise ValueError(msg)
    if isinstance(condition, IfRevision):
        revision = stored.revision if stored else None
        return WriteResult.STORED if revision == condition.revision else WriteResult.CONFLICT
    if incoming.sequencer is None:
        msg = "a write on the condition IfNewer needs a sequencer"
        raise ValueError(msg)
    if stored is None:
        return WriteResult.STORED
    if stored.sequencer is None or stored.sequencer < incoming.sequencer:
        is_concurrent = _is_before(condition.observed_after, stored.processed_at)
        is_conflict = is_concurrent or _loses_hash(stored, incoming)
        return WriteResult.CONFLICT if is_conflict else WriteResult.STORED
    if stored.object_state != incoming.object_state or _is_before(
        stored.processed_at, condition.occurred_at
    ):
        return WriteResult.CONFLICT
    if stored.sequencer == incoming.sequencer:
        return WriteResult.DUPLICATE
    return WriteResult.STALE


def _is_before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other


def _loses_hash(stored: StoredState, incoming: StoredState) -> bool:
    """Return whether a write would remove or replace a hash of the same content."""
    before, after = stored.object_state, incoming.object_state
    if before is None or after is None or after.etag is None:
        return False
    if (before.etag, before.file_size) != (after.etag, after.file_size):
        return False
    hashes = (
        (stored.content_hash, incoming.content_hash),
        (stored.thumbnail_hash, incoming.thumbnail_hash),
    )
    return any(known is not None and known != new for known, new in hashes)
