"""A queue of hints and of requests for audits, in memory."""

from collections.abc import Iterable
from itertools import count, islice
from threading import Lock

from imgmeta.core.audit_requests import encode_audit
from imgmeta.core.events import Delivery, Hint, encode_hint
from imgmeta.core.hints import AuditRequest

__all__ = ["InMemoryHintQueue"]


class InMemoryHintQueue:
    """Messages in dictionaries. Thread-safe.

    No time passes: unsettled messages are delivered again only after `expire_visibility`, and
    delayed messages are delivered only after `expire_delay`.
    """

    BATCH = 10

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._delivered: dict[str, str] = {}
        self._delayed: list[str] = []
        self._ids = count(1)
        self._lock = Lock()

    def put(self, body: str) -> None:
        """Add a message with any body."""
        with self._lock:
            self._waiting[f"m{next(self._ids)}"] = body

    def send(self, hints: Iterable[Hint]) -> None:
        """Send the hints: see `HintQueue.send`."""
        for hint in hints:
            self.put(encode_hint(hint))

    def send_later(self, hints: Iterable[Hint]) -> None:
        """Send the hints with a delay: see `AuditQueue.send_later`."""
        for hint in hints:
            body = encode_hint(hint)
            with self._lock:
                self._delayed.append(body)

    def send_audits(self, requests: Iterable[AuditRequest]) -> None:
        """Send the requests: see `AuditQueue.send_audits`."""
        for request in requests:
            self.put(encode_audit(request))

    def receive(self) -> list[Delivery]:
        """Return up to `BATCH` waiting messages: see `HintQueue.receive`."""
        with self._lock:
            batch = dict(islice(self._waiting.items(), self.BATCH))
            for message_id in batch:
                self._delivered[message_id] = self._waiting.pop(message_id)
        return [Delivery.of(body, message_id=each, receipt=each) for each, body in batch.items()]

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Delete the messages of the deliveries: see `HintQueue.settle`."""
        for delivery in deliveries:
            with self._lock:
                self._delivered.pop(delivery.receipt, None)

    def expire_visibility(self) -> None:
        """Make all received, unsettled messages available again."""
        with self._lock:
            self._waiting.update(self._delivered)
            self._delivered.clear()

    def expire_delay(self) -> None:
        """Make all delayed messages available."""
        with self._lock:
            delayed, self._delayed = self._delayed, []
        for body in delayed:
            self.put(body)
