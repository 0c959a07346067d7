"""Events of a bucket on their way to several functions at once, as a queue brings them: in batches,
more than once, in any order, and again where they were not done."""

import io
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf
from threading import Event, Lock
from typing import Any

from PIL import Image

from imgmeta import ImageRepository, Indexer, ObjectLocation, Outcome, parse_event
from imgmeta.service import BatchLimits, process_batch
from support.convergence.bucket import Bucket
from support.convergence.write_ledger import Said, said_of, shown_by
from support.strategies.events import queued

__all__ = ["Deliveries", "Function", "by_use_case", "diverging", "picture"]

Function = Callable[[Any], dict[str, Any]]
"""Takes an event, and answers as the function does: to a batch, which messages were not done."""

_MANY = 10

_MOST_ROUNDS = 400
"""Batches that a function gets once nothing changes; more say that something is never done."""


def picture(number: int) -> bytes:
    """Return an image of so many pixels in either direction; of none, no image."""
    if not number:
        return b""
    file = io.BytesIO()
    Image.new("L", (number, number)).save(file, "PNG")
    return file.getvalue()


def by_use_case(indexer: Indexer, concurrency: int = 4) -> Function:
    """Return what the function does, without the function."""

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
    """A bucket that changes, and the messages about that.

    Attributes:
        bucket: changes.
        keys: of the objects in it.
        changes: how many there will be.
        chance: decides.
        again: messages that were not done, and came again.
        done: messages that were.
    """

    bucket: Bucket
    keys: tuple[str, ...]
    changes: int
    chance: random.Random
    again: int = 0
    done: list[dict[str, Any]] = field(default_factory=list)
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _still: Event = field(default_factory=Event)

    def run(self, functions: Iterable[Function], calm: Callable[[], None] = lambda: None) -> None:
        """Change the bucket, and have these functions told of it, all at once, until all is told.

        Args:
            functions: each gets one batch after the other.
            calm: called when the bucket does not change any more.
        """
        each = list(functions)
        with ThreadPoolExecutor(len(each) + 1) as threads:
            running = [threads.submit(self._bring, function) for function in each]
            try:
                self._change()
                calm()
            finally:
                self._still.set()
            for one in running:
                one.result()

    def _change(self) -> None:
        for number in range(self.changes):
            self._let_them_catch_up()
            key = self.chance.choice(self.keys)
            what = self.chance.choice(["put", "put", "put", "delete", "delete noncurrent"])
            if what == "put":
                event: dict[str, Any] | None = self.bucket.put(key, number % 7)
            elif what == "delete":
                event = self.bucket.delete(key)
            else:
                event = self.bucket.delete_noncurrent(key)
            if event is None:
                continue
            with self._lock:
                for copy in range(self.chance.randint(1, 3)):
                    message = queued({"Records": [event]}, f"m-{number}-{copy}")
                    self._waiting.append(message)

    def _let_them_catch_up(self) -> None:
        """Wait while many messages wait: the bucket is to change while it is looked at.

        However slow this machine is: what happens to a bucket that rests already says less.
        """
        for _ in range(30_000):
            if len(self._waiting) <= _MANY:
                return
            self._still.wait(0.002)

    def _bring(self, function: Function) -> None:
        rounds = 0
        while rounds < _MOST_ROUNDS:
            last = self._still.is_set()
            rounds += last
            if batch := self._some():
                failures = function({"Records": batch})["batchItemFailures"]
                names = {failure["itemIdentifier"] for failure in failures}
                again = [message for message in batch if message["messageId"] in names]
                assert len(again) == len(names)
                with self._lock:
                    self.again += len(again)
                    self._waiting += again
                    self.done += [message for message in batch if message not in again]
            elif last:
                return
            else:
                self._still.wait(0.002)
        raise AssertionError("messages come again and again")

    def _some(self) -> list[dict[str, Any]]:
        with self._lock:
            self.chance.shuffle(self._waiting)
            number = min(len(self._waiting), 10)
            return [self._waiting.pop() for _ in range(number)]


def diverging(bucket: Bucket, repository: ImageRepository, keys: Iterable[str]) -> dict[str, Any]:
    """Return what index and bucket say of each key of which they say different things."""
    different: dict[str, tuple[Said, Said]] = {}
    for key in keys:
        record = repository.get(ObjectLocation(bucket.name, key).image_id)
        pair = (None if record is None else said_of(record), shown_by(bucket.current(key)))
        if pair[0] != pair[1]:
            different[key] = pair
    return different
