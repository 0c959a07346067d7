"""Requests in events: to process one object (a hint), or to send a digest."""

from dataclasses import dataclass
from datetime import datetime

from imgmeta.core.objects import ObjectLocation

__all__ = ["DigestRequest", "Hint"]


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
    """

    location: ObjectLocation
    sequencer: str | None = None
    message_id: str = ""
    occurred_at: datetime | None = None
    alternate_key: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """A request for a digest of the last `hours`.

    Attributes:
        hours: greater than 0.
        message_id: as in `Hint`.
    """

    hours: float
    message_id: str = ""
