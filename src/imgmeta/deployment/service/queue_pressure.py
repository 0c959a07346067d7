"""Measures a queue, so that senders pause while it has many messages."""

from collections.abc import Callable
from datetime import timedelta

from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.ports import QueueGauge

__all__ = ["MAX_WAITING", "POLL", "QueuePressure"]

MAX_WAITING = 10_000
"""Messages in the queue at which sending pauses: about a minute of work for the function, so that
it is never idle, and so that the events of new uploads wait behind a minute of work at most."""

POLL = timedelta(seconds=2)
"""The shortest time between two measurements of the queue."""


class QueuePressure:
    """The number of messages in one queue: measured from time to time, and estimated in between.

    Args:
        gauge: measures queues.
        url: the URL of the queue.
        timer: returns the seconds since any fixed time.
    """

    def __init__(self, gauge: QueueGauge, url: str, timer: Callable[[], float]) -> None:
        self._gauge = gauge
        self._url = url
        self._timer = timer
        self._depth: QueueDepth | None = None
        self._measured_at = 0.0
        self._sent_since = 0

    @property
    def depth(self) -> int | None:
        """The number of messages, waiting and in flight; None before the first measurement."""
        return None if self._depth is None else self._depth.total + self._sent_since

    def measure(self) -> QueueDepth:
        """Measure the queue now.

        Raises:
            AdapterError: the queue cannot be measured.
        """
        self._depth = self._gauge.depth(self._url)
        self._measured_at, self._sent_since = self._timer(), 0
        return self._depth

    def note_sent(self, count: int) -> None:
        """Add messages that are being sent to the queue depth."""
        self._sent_since += count

    def is_full(self) -> bool:
        """Return whether the queue has `MAX_WAITING` messages; measure it if `POLL` has passed.

        Raises:
            AdapterError: the queue cannot be measured.
        """
        depth = self._depth
        if depth is None or self._timer() - self._measured_at >= POLL.total_seconds():
            depth = self.measure()
        return depth.waiting + self._sent_since >= MAX_WAITING
