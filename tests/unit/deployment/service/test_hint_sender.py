"""Batches of hints are sent concurrently, and none that was accepted is sent again."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Event

import pytest

from imgmeta.core.events import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint
from imgmeta.deployment.service.hint_sender import HintSender
from imgmeta.errors import PermanentError
from support.deployment.backfills import RecordingQueue

TIMEOUT = 60
START = Checkpoint(
    BackfillScope("stack", (Target("holiday"),)), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
)


class BlockingQueue(RecordingQueue):
    """A queue that holds back the batch of one key until it is released."""

    def __init__(self, held: str) -> None:
        super().__init__()
        self.held = held
        self.release = Event()

    def send(self, hints: Iterable[Hint]) -> None:
        batch = list(hints)
        if batch[0].location.key == self.held:
            assert self.release.wait(TIMEOUT)
        super().send(batch)


class Saved:
    """The checkpoints that were saved."""

    def __init__(self) -> None:
        self.checkpoints: list[Checkpoint] = []
        self.event = Event()

    def __call__(self, checkpoint: Checkpoint) -> None:
        self.checkpoints.append(checkpoint)
        self.event.set()


def batch(key: str) -> tuple[list[Hint], Checkpoint]:
    return [Hint(ObjectLocation("holiday", key))], Checkpoint(
        START.scope, START.started_at, after=key
    )


def test_accepted_batch_is_saved_although_no_other_follows() -> None:
    saved = Saved()
    with HintSender(RecordingQueue(), START, saved, concurrency=2) as sender:
        sender.submit(*batch("a"))
        assert saved.event.wait(TIMEOUT)
        [checkpoint] = saved.checkpoints
        assert (checkpoint.after, checkpoint.sent) == ("a", 1)


def test_batch_that_is_accepted_before_an_earlier_one_is_saved() -> None:
    saved, queue = Saved(), BlockingQueue("a")
    with HintSender(queue, START, saved, concurrency=2) as sender:
        sender.submit(*batch("a"))
        sender.submit(*batch("b"))
        assert saved.event.wait(TIMEOUT)
        [checkpoint] = saved.checkpoints
        assert (checkpoint.after, checkpoint.sent) == (None, 1)
        assert checkpoint.ahead == (ObjectLocation("holiday", "b"),)
        queue.release.set()
    last = saved.checkpoints[-1]
    assert (last.after, last.sent, last.ahead) == ("b", 2, ())


def test_no_thread_is_left_at_the_end() -> None:
    with HintSender(RecordingQueue(), START, Saved(), concurrency=2) as sender:
        sender.submit(*batch("a"))
    assert not [each for each in threading.enumerate() if each.name.startswith("imgmeta-hints")]


def test_checkpoint_that_cannot_be_saved_is_an_error() -> None:
    def fail(_: Checkpoint) -> None:
        msg = "disk full"
        raise PermanentError(msg)

    with HintSender(RecordingQueue(), START, fail, concurrency=2) as sender:
        sender.submit(*batch("a"))
        with pytest.raises(PermanentError, match="disk full"):
            sender.settle(wait=True)
        with pytest.raises(PermanentError, match="disk full"):
            sender.submit(*batch("b"))


def test_position_that_cannot_be_saved_is_an_error() -> None:
    def fail(_: Checkpoint) -> None:
        msg = "disk full"
        raise PermanentError(msg)

    with HintSender(RecordingQueue(), START, fail, concurrency=2) as sender:
        _, position = batch("a")
        with pytest.raises(PermanentError, match="disk full"):
            sender.submit([], position)


def test_position_after_a_batch_in_flight_is_saved_with_it() -> None:
    saved, queue = Saved(), BlockingQueue("a")
    with HintSender(queue, START, saved, concurrency=2) as sender:
        sender.submit(*batch("a"))
        sender.submit([], batch("b")[1])
        assert saved.checkpoints == []
        queue.release.set()
    assert [each.after for each in saved.checkpoints] == ["b"]
