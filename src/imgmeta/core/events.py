"""Messages about objects: every transport's message becomes hints, reasons to look."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imgmeta.core.objects import ObjectLocation

__all__ = ["Hint", "MalformedEntry", "ParsedEvent", "Transport", "parse_event"]


class Transport(StrEnum):
    """What delivered a message: it decides the form of the answer."""

    S3 = "s3"
    """An S3 event notification, sent to the function by S3 itself."""
    SQS = "sqs"
    """A batch of messages from a queue, whatever is in them."""
    SNS = "sns"
    """A notification of a topic."""
    EVENTBRIDGE = "eventbridge"
    """An event of an event bus."""
    BATCH_OPERATIONS = "batch-operations"
    """An invocation by an S3 Batch Operations job."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A reason to look at one object.

    Attributes:
        location: the object.
        sequencer: the normalised sequencer of the event (`core.ordering`); None orders nothing.
        message_id: what the sender calls the message: SQS's `messageId`, the `taskId` of S3 Batch
            Operations, the `MessageId` of SNS, the `id` of EventBridge; empty where there is none.
        occurred_at: when it happened, aware, where the event says so.
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


@dataclass(frozen=True, slots=True)
class MalformedEntry:
    """An entry that cannot be understood: the message that held it, and why, for people."""

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """What one message says.

    Attributes:
        transport: what delivered it; None if that cannot be told.
        hints: the reasons to look, in the order of the message.
        malformed: the entries that cannot be understood, in the order of the message.
        messages: the ids of all the messages in it, in order, those without hints included.
    """

    transport: Transport | None
    hints: tuple[Hint, ...] = ()
    malformed: tuple[MalformedEntry, ...] = ()
    messages: tuple[str, ...] = ()


def parse_event(event: object) -> ParsedEvent:
    """Return what a message of any transport says. Nothing that JSON can say makes it raise.

    Args:
        event: a value decoded from JSON, or JSON as text or bytes.
    """
    raise NotImplementedError
