"""A batch of hints: side by side, within a time, each its own."""

import threading
from math import inf

import pytest

from bucket_model import BUCKET
from imgmeta import Hint, ObjectLocation, Outcome, PermanentError, TransientError
from imgmeta.core.objects import Observation
from imgmeta.errors import InvalidRecordError
from imgmeta.service import BatchLimits, BatchResult, process_batch
from service_world import Bucket, World

TOO_LONG = 20.0
"""Seconds after which a thread that is waited for has not come."""


def hint(key: str, number: int = 1) -> Hint:
    return Hint(ObjectLocation(BUCKET, key), f"{number:032X}", f"m-{key}-{number}")


def process(
    world: World, *hints: Hint, concurrency: int = 4, seconds: float = inf, reserve: float = 0
) -> BatchResult:
    limits = BatchLimits(concurrency, lambda: seconds, reserve)
    return process_batch(world.indexer, hints, limits)


def outcomes(result: BatchResult) -> dict[str, Outcome]:
    return {item.message_id: item.outcome for item in result.outcomes}


class Crowd(Bucket):
    """A bucket that counts who looks at once, and lets nobody go before `size` are there."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.here = self.most = 0
        self.lock = threading.Lock()
        self.together = threading.Barrier(size)

    def observe(self, location: ObjectLocation) -> Observation:
        with self.lock:
            self.here += 1
            self.most = max(self.most, self.here)
        self.together.wait(TOO_LONG)
        with self.lock:
            self.here -= 1
        return super().observe(location)


class Asleep(Bucket):
    """A bucket of which one object is not answered for until somebody says so."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.asked = threading.Event()
        self.wake = threading.Event()

    def observe(self, location: ObjectLocation) -> Observation:
        if location.key == self.key:
            self.asked.set()
            assert self.wake.wait(TOO_LONG)
        return super().observe(location)


def test_objects_are_looked_at_at_once() -> None:
    world = World(bucket=Crowd(3))
    result = process(world, *(hint(f"{each}.jpg") for each in range(6)), concurrency=3)
    assert len(result.outcomes) == 6
    assert isinstance(world.bucket, Crowd)
    assert world.bucket.most == 3


def test_no_more_are_looked_at_at_once_than_allowed() -> None:
    world = World(bucket=Crowd(1))
    process(world, *(hint(f"{each}.jpg") for each in range(20)), concurrency=2)
    assert isinstance(world.bucket, Crowd)
    assert world.bucket.most <= 2


def test_outcomes_come_in_the_order_of_the_objects() -> None:
    keys = [f"{each}.jpg" for each in range(20)]
    result = process(World(), *map(hint, keys))
    assert [item.location.key for item in result.outcomes] == keys


def test_a_batch_of_nothing_has_no_outcomes() -> None:
    assert process(World()) == BatchResult(())


def test_of_several_events_of_an_object_the_newest_is_written() -> None:
    world = World()
    world.bucket.put("a.jpg", 7)
    result = process(world, hint("a.jpg", 2), hint("a.jpg", 3), hint("a.jpg", 1))
    assert outcomes(result) == {
        "m-a.jpg-2": Outcome.STALE,
        "m-a.jpg-3": Outcome.PROCESSED,
        "m-a.jpg-1": Outcome.STALE,
    }
    assert (world.stored("a.jpg").sequencer, world.written) == (f"{3:032X}", 1)


@pytest.mark.parametrize(
    ("error", "retryable", "reason"),
    [
        (TransientError("slow down"), True, "slow down"),
        (PermanentError("access denied"), False, "access denied"),
        (InvalidRecordError("not a record"), False, "not a record"),
        (ZeroDivisionError("hm"), True, "unexpected ZeroDivisionError"),
    ],
)
def test_what_happens_to_one_object_is_its_own_outcome_alone(
    error: Exception, reason: str, *, retryable: bool
) -> None:
    world = World()
    world.bucket.refused["b.jpg"] = error
    result = process(world, hint("a.jpg"), hint("b.jpg"), hint("c.jpg"))
    first, item, last = result.outcomes
    assert (first.outcome, last.outcome) == (Outcome.DELETED, Outcome.DELETED)
    assert (item.outcome, item.retryable) == (Outcome.ERROR, retryable)
    assert (item.reason, item.message_id) == (reason, "m-b.jpg-1")
    is_expected = "unexpected" not in reason
    assert result.unexpected == (() if is_expected else (error,))


def test_a_repository_that_answers_nobody_is_an_error_of_each() -> None:
    world = World()

    def refuse(*_: object) -> None:
        raise PermanentError("no such table")

    world.repository.put = refuse  # type: ignore[method-assign,assignment]  # behind its back
    result = process(world, hint("a.jpg"), hint("b.jpg"))
    assert [item.reason for item in result.outcomes] == ["no such table"] * 2


def test_nothing_is_started_below_the_reserve() -> None:
    world = World()
    result = process(world, hint("a.jpg"), hint("b.jpg"), seconds=4.9, reserve=5)
    assert result == BatchResult((), (hint("a.jpg"), hint("b.jpg")))
    assert world.written == 0


def test_what_was_not_started_is_handed_back_and_what_was_done_is_told() -> None:
    world = World()
    limits = BatchLimits(1, lambda: 9.0 if world.written < 2 else 2.0, reserve=5)
    result = process_batch(world.indexer, [hint("a.jpg"), hint("b.jpg"), hint("c.jpg")], limits)
    assert [item.location.key for item in result.outcomes] == ["a.jpg", "b.jpg"]
    assert result.unfinished == (hint("c.jpg"),)


def test_what_is_still_under_way_at_the_last_moment_is_handed_back() -> None:
    bucket = Asleep("b.jpg")
    world = World(bucket=bucket)
    result = process(world, hint("b.jpg"), seconds=1.0)
    bucket.wake.set()
    assert result == BatchResult((), (hint("b.jpg"),))


def test_what_is_wrong_with_the_batch_itself_is_raised() -> None:
    def broken() -> float:
        if threading.current_thread() is threading.main_thread():
            return inf
        raise RuntimeError("no clock")

    with pytest.raises(RuntimeError, match="no clock"):
        process_batch(World().indexer, [hint("a.jpg")], BatchLimits(1, broken))
