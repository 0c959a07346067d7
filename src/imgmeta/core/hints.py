"""The hint: what every source of work hands to the one path that observes and writes."""

from dataclasses import dataclass
from datetime import datetime

from imgmeta.core.objects import ObjectLocation

__all__ = ["Hint"]


@dataclass(frozen=True, slots=True)
class Hint:
    """A reason to look at one object.

    Attributes:
        location: the object.
        sequencer: the normalized sequencer of the event (`core.ordering`); None orders nothing.
        message_id: what the sender calls the message: SQS's `messageId`, the `taskId` of S3 Batch
            Operations, the `MessageId` of SNS, the `id` of EventBridge; empty where there is none.
            It is as it was sent, not fit to be shown.
        occurred_at: when it happened, in UTC, where the event says so.
        alternate_key: the other decoding of a manifest's key, to be tried when nothing is at
            `location.key`.
        force: whether to read and write again even if nothing changed.
    """

    location: ObjectLocation
    sequencer: str | None = None
    message_id: str = ""
    occurred_at: datetime | None = None
    alternate_key: str | None = None
    force: bool = False
