"""A queue between a bucket and concurrent functions.

It delivers events in batches, more than once, in any order, and again after a failure.
"""

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from random import Random
from threading import Event, Lock
from typing import Any
from urllib.parse import unquote_plus

from PIL import Image

from imgmeta import ImageRepository, Indexer, ObjectLocation, Outcome, parse_event
from imgmeta.service import BatchLimits, process_batch
from imgmeta.testing.strategies.events import queued
from support.convergence.bucket import Bucket, foreign_event
from support.convergence.write_ledger import ObjectState, expected_state, state_of

__all__ = [
    "Deliveries",
    "Function",
    "KilledError",
    "divergences",
    "picture",
    "use_case_function",
]

Function = Callable[[Any], dict[str, Any]]
"""Handles an event, and returns the function's response: for SQS, the messages that failed."""

FOREIGN_SEQUENCERS = ("0A1B2C3D4E5F678901", "ffffffffffffffff", "0055AED6DCD90281E5", "90a", "0")

_MAX_WAITING = 10

_MAX_ROUNDS = 400
"""Batches per function after the last change; more mean that a message never succeeds."""


class KilledError(BaseException):
    """Ends a thread of a function like a signal that ends its process.

    The function's other threads continue for a while, which is worse for the index.
    """


def picture(number: int) -> bytes:
    """Return a square image with this width, or no image if it is 0."""
    if not number:
        return b""
    file = io.BytesIO()
    Image.new("L", (number, number)).save(file, "PNG")
    return file.getvalue()


def use_case_function(indexer: Indexer, concurrency: int = 4) -> Function:
    """Return a function that calls the use case without the Lambda handler."""

    def function(batch: dict[str, Any]) -> dict[str, Any]:
        limits = BatchLimits(concurrency, lambda: inf)
        result = process_batch(indexer, parse_event(batch).hints, limits)
        for error in result.unexpected:
            raise error
        assert not result.unfinished
        failed = [item for item in result.outcomes if item.outcome is Outcome.ERROR]
        reasons = [item.reason for item in failed if not item.retryable]
        assert not reasons, reasons
        names = dict.fromkeys(item.message_id for item in failed)
        return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}

    return function


@dataclass
class Deliveries:
    """A bucket that changes, and the queue of its events.

    Attributes:
        bucket: the bucket.
        keys: the keys of its objects.
        changes: number of changes to make.
        random: the random number generator.
        foreign: share of changes that are followed by an event with a foreign sequencer.
        redelivered: number of messages that failed and were delivered again.
        killed: number of functions that were killed while they processed a batch.
        done: messages that were processed.
    """

    bucket: Bucket
    keys: tuple[str, ...]
    changes: int
    random: Random
    foreign: float = 0.0
    redelivered: int = 0
    killed: int = 0
    done: list[dict[str, Any]] = field(default_factory=list)
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _changes_done: Event = field(default_factory=Event)

    def run(
        self, functions: Iterable[Function], on_quiet: Callable[[], None] = lambda: None
    ) -> None:
        """Change the bucket while functions process its events concurrently, until all are done.

        Args:
            functions: each gets one batch at a time.
            on_quiet: called after the last change.
        """
        targets = list(functions)
        with ThreadPoolExecutor(len(targets) + 1) as threads:
            running = [threads.submit(self._deliver_to, function) for function in targets]
            try:
                self._change()
                on_quiet()
            finally:
                self._changes_done.set()
            for future in running:
                future.result()

    def _change(self) -> None:
        for number in range(self.changes):
            self._wait_for_functions()
            key = self.random.choice(self.keys)
            change = self.random.choice(["put", "put", "put", "delete", "delete noncurrent"])
            if change == "put":
                event: dict[str, Any] | None = self.bucket.put(key, number % 7)
            elif change == "delete":
                event = self.bucket.delete(key)
            else:
                event = self.bucket.delete_noncurrent(key)
            if event is None:
                continue
            event["eventTime"] = datetime.now(UTC).isoformat()
            events = [event, *self._foreign_events(event["s3"]["object"]["key"])]
            with self._lock:
                for copy in range(self.random.randint(1, 3)):
                    for kind, each in enumerate(events):
                        message = queued({"Records": [each]}, f"m-{number}-{copy}-{kind}")
                        self._waiting.append(message)

    def _foreign_events(self, encoded_key: str) -> list[dict[str, Any]]:
        if self.random.random() >= self.foreign:
            return []
        sequencer = self.random.choice(FOREIGN_SEQUENCERS)
        time = self.random.choice([None, "1970-01-01T00:00:00.000Z", datetime.now(UTC).isoformat()])
        return [foreign_event(self.bucket.name, unquote_plus(encoded_key), sequencer, time)]

    def _wait_for_functions(self) -> None:
        """Wait while many messages are queued, so that changes and processing always overlap."""
        for _ in range(30_000):
            if len(self._waiting) <= _MAX_WAITING:
                return
            self._changes_done.wait(0.002)

    def _deliver_to(self, function: Function) -> None:
        rounds = 0
        while rounds < _MAX_ROUNDS:
            last = self._changes_done.is_set()
            rounds += last
            if batch := self._receive():
                try:
                    failures = function({"Records": batch})["batchItemFailures"]
                except KilledError:
                    self.killed += 1
                    failures = [{"itemIdentifier": message["messageId"]} for message in batch]
                names = {failure["itemIdentifier"] for failure in failures}
                failed = [message for message in batch if message["messageId"] in names]
                assert len(failed) == len(names)
                with self._lock:
                    self.redelivered += len(failed)
                    self._waiting += failed
                    self.done += [message for message in batch if message not in failed]
            elif last:
                return
            else:
                self._changes_done.wait(0.002)
        raise AssertionError("a message fails again and again")

    def _receive(self) -> list[dict[str, Any]]:
        with self._lock:
            self.random.shuffle(self._waiting)
            number = min(len(self._waiting), 10)
            return [self._waiting.pop() for _ in range(number)]


def divergences(bucket: Bucket, repository: ImageRepository, keys: Iterable[str]) -> dict[str, Any]:
    """Return the states in index and bucket of each key for which they differ."""
    differences: dict[str, tuple[ObjectState, ObjectState]] = {}
    for key in keys:
        record = repository.get(ObjectLocation(bucket.name, key).image_id)
        pair = (None if record is None else state_of(record), expected_state(bucket.current(key)))
        if pair[0] != pair[1]:
            differences[key] = pair
    return differences
