"""Harnesses for queues, with direct access to their messages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from imgmeta.core.events import Delivery
from imgmeta.ports import AuditQueue, HintQueue

__all__ = ["MANY", "AuditQueueHarness", "HintQueueHarness", "receive_all"]

MANY = 35
"""More than three SQS batches."""


@dataclass(frozen=True)
class HintQueueHarness:
    """An empty hint queue, with direct access to its messages.

    Attributes:
        queue: the queue to test.
        put: adds a message with any body.
        expire_visibility: ends the visibility timeout of deliveries.
        fail_temporarily: makes the queue temporarily unavailable; None if that is impossible.
        fail_permanently: makes the queue permanently unavailable; None if that is impossible.
    """

    queue: HintQueue
    put: Callable[[str], None]
    expire_visibility: Callable[[Iterable[Delivery]], None]
    fail_temporarily: Callable[[], None] | None = None
    fail_permanently: Callable[[], None] | None = None


@dataclass(frozen=True, kw_only=True)
class AuditQueueHarness(HintQueueHarness):
    """An empty hint queue that audits use.

    Attributes:
        audits: the same queue, as an audit uses it.
        expire_delay: ends the delay of all delayed messages.
    """

    audits: AuditQueue
    expire_delay: Callable[[], None]


def receive_all(queue: HintQueue) -> list[Delivery]:
    """Receive until no message is left."""
    found: list[Delivery] = []
    while batch := queue.receive():
        found += batch
    return found
