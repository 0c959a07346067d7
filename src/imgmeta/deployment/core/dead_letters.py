"""Dead letters: messages that the function could not process, with the reasons."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from imgmeta.core.event_values import value_at
from imgmeta.core.events import Hint, ParsedEvent, parse_event
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.deployment.core.reasons import shown_reason

__all__ = ["REPLAY_ATTRIBUTE", "DeadLetter", "is_needed"]

REPLAY_ATTRIBUTE = "imgmeta-replay"
"""The message attribute that marks a message as sent back by a replay."""


@dataclass(frozen=True)
class DeadLetter:
    """One message received from a dead-letter queue.

    Attributes:
        message_id: the queue's ID of the message. A message that failed too often keeps the ID that
            it had in its own queue.
        body: the body, with any content.
        receipt: the queue's opaque handle of this delivery.
        sent_at: when the message was first sent, timezone-aware; None: unknown.
        attributes: the text attributes of the message.
    """

    message_id: str
    body: str
    receipt: str
    sent_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def parsed(self) -> ParsedEvent:
        """The content, as the function parses it; its hints carry the queue's message ID."""
        message = {"eventSource": "aws:sqs", "messageId": self.message_id, "body": self.body}
        return parse_event({"Records": [message]})

    @property
    def mark(self) -> str:
        """The mark of the replay that sent the message back; empty if none did."""
        return self.attributes.get(REPLAY_ATTRIBUTE, "")

    @property
    def reason(self) -> str:
        """The reason that the message itself tells, safe to print; empty if it tells none.

        A message that failed too often tells none, unless it is malformed. Lambda adds the error to
        the record of a failed invocation, and EventBridge to an event that it could not deliver.
        Sources: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"
        and "Adding a dead-letter queue"; Amazon EventBridge User Guide, "Using dead-letter queues".
        """
        return (
            _invocation_error(self.body)
            or _delivery_error(self.attributes)
            or next((entry.reason for entry in self.parsed.malformed), "")
        )


def _invocation_error(body: str) -> str:
    """Return the error in Lambda's record of a failed invocation; empty if it is not one."""
    record = _decoded(body)
    if not isinstance(value_at(record, "requestContext"), dict):
        return ""
    kind = value_at(record, "responsePayload", "errorType")
    message = value_at(record, "responsePayload", "errorMessage")
    condition = value_at(record, "requestContext", "condition")
    texts = [each for each in (kind, message) if isinstance(each, str) and each]
    if not texts and isinstance(condition, str) and condition != "Success":
        texts = [condition]
    return shown_reason(": ".join(texts))


def _decoded(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _delivery_error(attributes: Mapping[str, str]) -> str:
    """Return the error that EventBridge or Lambda wrote into a message's attributes."""
    code = attributes.get("ERROR_CODE") or attributes.get("ErrorCode") or ""
    message = attributes.get("ERROR_MESSAGE") or attributes.get("ErrorMessage") or ""
    return shown_reason(": ".join(filter(None, (code, message))))


def is_needed(hint: Hint, record: ImageRecord | None) -> bool:
    """Return whether processing `hint` may change the stored `record` of its object.

    It is not needed if the record is as new already: its sequencer is the same or higher, and it
    was observed after the event (`core.ordering.decide`). A record of an unreadable image or object
    is always worth another attempt, and so is a hint that forces one.
    """
    if record is None or hint.force or hint.sequencer is None or record.sequencer is None:
        return True
    if record.status is Status.FAILED or record.content_error is not None:
        return True
    is_observed_before = hint.occurred_at is not None and record.processed_at < hint.occurred_at
    return is_observed_before or record.sequencer < hint.sequencer
