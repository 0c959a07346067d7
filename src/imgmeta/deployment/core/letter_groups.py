"""Summaries of dead letters, and groups of these by reason and age."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.uris import legible_name
from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.core.reasons import reason_group

__all__ = [
    "RETENTION",
    "UNKNOWN_REASON",
    "UNREAD_REASON",
    "AgeGroup",
    "LetterSummary",
    "ReasonGroup",
    "expiring_soon",
    "group_by_reason",
]

UNKNOWN_REASON = "unknown: no reason in the log"
UNREAD_REASON = "unknown: the log cannot be read"

RETENTION = timedelta(days=14)
"""How long the template's dead-letter queue keeps a message, which is the longest that SQS allows.
It counts from the time when the message was first sent: Amazon SQS Developer Guide, "Using
dead-letter queues"."""

_EXPIRES_SOON = timedelta(days=2)


class AgeGroup(StrEnum):
    """Ages of dead letters, since they were first sent."""

    HOUR = "under 1 hour"
    DAY = "1 hour to 1 day"
    WEEK = "1 to 7 days"
    OLDER = "over 7 days"
    UNKNOWN = "unknown age"

    @classmethod
    def of(cls, sent_at: datetime | None, now: datetime) -> "AgeGroup":
        """Return the group of a letter that was first sent at `sent_at`."""
        if sent_at is None:
            return cls.UNKNOWN
        age = now - sent_at
        if age < timedelta(hours=1):
            return cls.HOUR
        if age < timedelta(days=1):
            return cls.DAY
        return cls.WEEK if age < timedelta(days=7) else cls.OLDER


@dataclass(frozen=True, slots=True)
class LetterSummary:
    """A dead letter without its body.

    Attributes:
        message_id: the queue's ID of the message.
        locations: the objects that it names.
        sent_at: when it was first sent; None: unknown.
        reason: the reason, safe to print; empty: not yet known.
        is_digest: whether it requests a digest.
        needed: whether processing it may change the index.
        mark: the mark of the replay that sent it back; empty if none did.
    """

    message_id: str
    locations: tuple[ObjectLocation, ...]
    sent_at: datetime | None
    reason: str
    is_digest: bool = False
    needed: bool = True
    mark: str = ""

    @classmethod
    def of(cls, letter: DeadLetter, *, needed: bool = True) -> Self:
        """Return the summary of a letter."""
        return cls(
            letter.message_id,
            tuple(dict.fromkeys(hint.location for hint in letter.parsed.hints)),
            letter.sent_at,
            letter.reason,
            bool(letter.parsed.digests),
            needed,
            letter.mark,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its objects; without objects, a description. Not safe to print."""
        if self.locations:
            return tuple(map(legible_name, self.locations))
        return ("digest" if self.is_digest else f"message {self.message_id}",)


@dataclass(slots=True)
class ReasonGroup:
    """The dead letters of one reason.

    Attributes:
        reason: the reason without its variable parts.
        example: the reason of one of the letters.
        letters: its letters.
        ages: the number of letters of each age.
    """

    reason: str
    example: str
    letters: list[LetterSummary] = field(default_factory=list[LetterSummary])
    ages: Counter[AgeGroup] = field(default_factory=Counter[AgeGroup])

    @property
    def oldest(self) -> datetime | None:
        """When the oldest of its letters was sent; None if all are of unknown age."""
        return min((each.sent_at for each in self.letters if each.sent_at), default=None)

    @property
    def title(self) -> str:
        """The reason, in full if it is the same for all of its letters."""
        is_same = all(each.reason in {"", self.example} for each in self.letters)
        return self.example if is_same else self.reason

    @property
    def names(self) -> Iterator[str]:
        """The names of its letters (`LetterSummary.names`), which are not safe to print."""
        return (name for letter in self.letters for name in letter.names)


def group_by_reason(letters: Iterable[LetterSummary], now: datetime) -> list[ReasonGroup]:
    """Return the groups of letters with the same reason, the most frequent first."""
    groups = dict[str, ReasonGroup]()
    for letter in letters:
        reason = letter.reason or UNKNOWN_REASON
        name = reason_group(reason)
        group = groups.setdefault(name, ReasonGroup(name, reason))
        group.letters.append(letter)
        group.ages[AgeGroup.of(letter.sent_at, now)] += 1
    return sorted(groups.values(), key=lambda group: (-len(group.letters), group.reason))


def expiring_soon(letters: Iterable[LetterSummary], now: datetime) -> int:
    """Return the number of letters that the queue deletes within two days."""
    limit = now - RETENTION + _EXPIRES_SOON
    return sum(each.sent_at is not None and each.sent_at < limit for each in letters)
