"""Sequencers, and the rule that decides which write wins.

S3 delivers events at least once and in any order; the sequencer says which of two events for the
same key happened later. See "Event message structure" in the Amazon S3 User Guide: compare two
sequencers as hexadecimal numbers, the shorter padded on the left with zeros.
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
    """Return `sequencer` as `SEQUENCER_WIDTH` upper-case hexadecimal digits.

    S3 sends the same number with different lengths and cases over different transports. Two
    normalized sequencers of one key compare as strings exactly as their numbers do.

    Returns:
        The normalized sequencer, or None if the text is not a hexadecimal number of that size.
        Such a sequencer orders nothing, and its event is a hint without one.
    """
    if not _HEXADECIMAL.fullmatch(sequencer):
        return None
    digits = sequencer.lstrip("0").upper()
    return digits.zfill(SEQUENCER_WIDTH) if len(digits) <= SEQUENCER_WIDTH else None


class WriteResult(StrEnum):
    """What became of a conditional write."""

    STORED = "stored"
    """The record was written."""
    STALE = "stale"
    """A record with a higher sequencer is stored already."""
    DUPLICATE = "duplicate"
    """A record with the same sequencer is stored already."""
    CONFLICT = "conflict"
    """The stored revision is not the one that was read: read again, observe again."""


@dataclass(frozen=True, slots=True)
class IfNewer:
    """Write if nothing is stored, or what is stored has no sequencer or a lower one."""


@dataclass(frozen=True, slots=True)
class IfRevision:
    """Write if the stored record still has this revision; None: if nothing is stored."""

    revision: str | None


WriteCondition = IfNewer | IfRevision


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the rule needs to know of a record: its normalized sequencer, if any, and revision."""

    sequencer: str | None
    revision: str


def decide(
    stored: StoredState | None, incoming: StoredState, condition: WriteCondition
) -> WriteResult:
    """Return what a conditional write of `incoming` over `stored` must do.

    This is the one rule; every repository expresses it in its own query language.

    Args:
        stored: the state of the record that is stored under the same id, None if there is none.
        incoming: the state of the record to write.
        condition: on what condition it is written.

    Raises:
        ValueError: `IfNewer` for a record without a sequencer, which can be newer than nothing.
    """
    if isinstance(condition, IfRevision):
        found = stored.revision if stored else None
        return WriteResult.STORED if found == condition.revision else WriteResult.CONFLICT
    if incoming.sequencer is None:
        msg = "a write on the condition IfNewer needs a sequencer"
        raise ValueError(msg)
    if stored is None or stored.sequencer is None or stored.sequencer < incoming.sequencer:
        return WriteResult.STORED
    if stored.sequencer == incoming.sequencer:
        return WriteResult.DUPLICATE
    return WriteResult.STALE
