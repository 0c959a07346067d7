"""Sequencers, and the rule that decides a conditional write.

S3 delivers events at least once and in any order. The sequencer tells which of two events for the
same key is newer. See "Event message structure" in the Amazon S3 User Guide: compare two sequencers
as hexadecimal numbers, the shorter one padded with zeros on the left.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "SEQUENCER_WIDTH",
    "IfNewer",
    "IfRevision",
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
    """The stored revision differs from the one that was read: read again, observe again."""


@dataclass(frozen=True, slots=True)
class IfNewer:
    """Write if no record is stored, or the stored record has no sequencer or a lower one."""


@dataclass(frozen=True, slots=True)
class IfRevision:
    """Write if the stored record still has this revision.

    None: write if no record is stored, or one of the original system, which has no revision.
    """

    revision: str | None


WriteCondition = IfNewer | IfRevision


@dataclass(frozen=True, slots=True)
class StoredState:
    """The part of a record that decides a write: normalized sequencer, if any, and revision.

    A record that the original system wrote has neither.
    """

    sequencer: str | None
    revision: str | None


def decide(
    stored: StoredState | None, incoming: StoredState, condition: WriteCondition
) -> WriteResult:
    """Return the result of a conditional write of `incoming` over `stored`.

    Every repository implements this one rule in its own query language.

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
    if stored is None or stored.sequencer is None or stored.sequencer < incoming.sequencer:
        return WriteResult.STORED
    if stored.sequencer == incoming.sequencer:
        return WriteResult.DUPLICATE
    return WriteResult.STALE
