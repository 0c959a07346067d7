"""A batch: its objects are looked at side by side, within a time, and fail each for itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from threading import Barrier, Event, Lock, Thread, current_thread, main_thread
from typing import cast

import pytest

from imgmeta import Hint, Indexer, InvalidRecordError, ItemOutcome, ObjectLocation, Outcome
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from imgmeta.service import BatchLimits, BatchResult, batch, process_batch
from support.convergence.bucket import BUCKET
from support.convergence.indexer_world import KEY, PLACE, World, sequencer

PATIENCE = 10


@dataclass
class Looks:
    """Stands for the indexer: does what it is made with, and counts who is at it at once."""

    look: Callable[[Hint], object] = lambda _: None
    begun: list[str] = field(default_factory=list)
    most: int = 0
    _running: int = 0
    _lock: Lock = field(default_factory=Lock)

    def process(self, hints: Iterable[Hint]) -> Iterator[ItemOutcome]:
        for hint in hints:
            with self._lock:
                self.begun.append(hint.location.key)
                self._running += 1
                self.most = max(self.most, self._running)
            try:
                self.look(hint)
            finally:
                with self._lock:
                    self._running -= 1
            yield ItemOutcome(hint.location, Outcome.PROCESSED, hint.message_id)


class Clock:
    """Says how long there still is; a look takes as long as it is told to."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds

    def take(self, seconds: float) -> None:
        self.seconds -= seconds


def last_moment_after(event: Event) -> Callable[[], float]:
    """Return a clock by which nearly all time is gone, for those who wait, after the event."""

    def seconds_left() -> float:
        if current_thread() is not main_thread():
            return PATIENCE
        assert event.wait(PATIENCE)
        return 0.2

    return seconds_left


def hints(count: int) -> list[Hint]:
    return [
        Hint(ObjectLocation(BUCKET, f"{number:03}.jpg"), sequencer(1), f"m-{number}")
        for number in range(count)
    ]


def run(
    looks: Looks,
    hints: Iterable[Hint],
    *,
    concurrency: int = 1,
    seconds_left: Callable[[], float] = lambda: inf,
    reserve: float = 0,
) -> BatchResult:
    limits = BatchLimits(concurrency, seconds_left, reserve)
    return process_batch(cast("Indexer", looks), hints, limits)


def keys(items: Iterable[ItemOutcome | Hint]) -> list[str]:
    return [item.location.key for item in items]


def test_a_batch_of_nothing_is_done_at_once() -> None:
    assert run(Looks(), [], seconds_left=lambda: 0) == BatchResult(())


def test_as_many_objects_are_looked_at_at_once_as_are_allowed() -> None:
    together = Barrier(8)
    looks = Looks(lambda _: together.wait(PATIENCE))
    assert len(run(looks, hints(24), concurrency=8).outcomes) == 24
    assert looks.most == 8


def test_a_batch_of_few_objects_takes_few_threads() -> None:
    together, threads = Barrier(2), set[Thread]()

    def seconds_left() -> float:
        threads.add(current_thread())
        return inf

    looks = Looks(lambda _: together.wait(PATIENCE))
    run(looks, hints(2), concurrency=64, seconds_left=seconds_left)
    assert len(threads - {main_thread()}) == 2


def test_outcomes_come_in_the_order_of_the_objects_whichever_is_done_first() -> None:
    last_is_done = Event()

    def look(hint: Hint) -> None:
        if hint.message_id == "m-0":
            assert last_is_done.wait(PATIENCE)
        elif hint.message_id == "m-4":
            last_is_done.set()

    result = run(Looks(look), hints(5), concurrency=2)
    assert keys(result.outcomes) == keys(hints(5))


def test_nothing_is_started_when_less_than_the_reserve_is_left() -> None:
    clock = Clock(10)
    result = run(Looks(lambda _: clock.take(2)), hints(6), seconds_left=clock, reserve=5)
    assert [item.message_id for item in result.outcomes] == ["m-0", "m-1", "m-2"]
    assert [hint.message_id for hint in result.unfinished] == ["m-3", "m-4", "m-5"]


def test_a_batch_that_comes_too_late_is_handed_back_whole() -> None:
    looks = Looks()
    result = run(looks, hints(3), concurrency=2, seconds_left=lambda: 1.4, reserve=1.5)
    assert (result.outcomes, list(result.unfinished)) == ((), hints(3))
    assert looks.begun == []


def test_exactly_the_reserve_is_enough_to_start() -> None:
    clock = Clock(5)
    result = run(Looks(lambda _: clock.take(1)), hints(2), seconds_left=clock, reserve=5)
    assert keys(result.outcomes) == ["000.jpg"]


def test_what_is_still_under_way_at_the_last_moment_is_handed_back() -> None:
    release, fast_is_done = Event(), Event()

    def look(hint: Hint) -> None:
        if hint.message_id == "m-1":
            assert release.wait(PATIENCE)
        else:
            fast_is_done.set()

    left = last_moment_after(fast_is_done)
    result = run(Looks(look), hints(2), concurrency=2, seconds_left=left)
    assert keys(result.outcomes) == ["000.jpg"]
    assert keys(result.unfinished) == ["001.jpg"]
    release.set()


def test_all_hints_of_an_object_that_is_still_under_way_are_handed_back() -> None:
    release, begun = Event(), Event()

    def look(_: Hint) -> None:
        begun.set()
        assert release.wait(PATIENCE)

    both = [Hint(PLACE, sequencer(1), "m-0"), Hint(PLACE, sequencer(2), "m-1")]
    result = run(Looks(look), both, seconds_left=last_moment_after(begun))
    assert list(result.unfinished) == both
    release.set()


def test_what_ends_after_the_last_moment_changes_nothing_that_was_told() -> None:
    begun, release, ended = Event(), Event(), Event()

    def look(_: Hint) -> None:
        begun.set()
        assert release.wait(PATIENCE)
        ended.set()

    result = run(Looks(look), hints(1), seconds_left=last_moment_after(begun))
    release.set()
    assert ended.wait(PATIENCE)
    assert (result.outcomes, list(result.unfinished)) == ((), hints(1))


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        (PermanentError("the table is gone"), "the table is gone", False),
        (InvalidRecordError("no record"), "no record", False),
        (TransientError("slow down"), "slow down", True),
        (ConfigurationError("no bucket"), "no bucket", False),
    ],
)
def test_a_failure_is_the_outcome_of_one_object_alone(
    error: Exception, reason: str, *, retryable: bool
) -> None:
    def look(hint: Hint) -> None:
        if hint.message_id == "m-1":
            raise error

    result = run(Looks(look), hints(3))
    assert [item.outcome for item in result.outcomes] == [
        Outcome.PROCESSED,
        Outcome.ERROR,
        Outcome.PROCESSED,
    ]
    failed = result.outcomes[1]
    assert (failed.message_id, failed.reason, failed.retryable) == ("m-1", reason, retryable)
    assert result.unexpected == ()


def test_what_should_not_happen_is_kept_and_may_be_tried_again() -> None:
    error = KeyError("secret of a stranger")

    def look(hint: Hint) -> None:
        if hint.message_id == "m-0":
            raise error

    result = run(Looks(look), hints(2))
    failed, fine = result.outcomes
    assert (failed.reason, failed.retryable) == ("unexpected KeyError", True)
    assert fine.outcome is Outcome.PROCESSED
    assert result.unexpected == (error,)


def test_a_batch_converges_as_its_hints_alone_do() -> None:
    world = World()
    world.bucket.put(KEY, 5)
    world.bucket.refused["no.jpg"] = PermanentError("access denied")
    batch = [
        Hint(PLACE, sequencer(1), "m-0"),
        Hint(ObjectLocation(BUCKET, "no.jpg"), sequencer(1), "m-1"),
        Hint(PLACE, sequencer(2), "m-2"),
    ]
    result = process_batch(world.indexer, batch, BatchLimits(4, lambda: inf))
    assert [(item.message_id, item.outcome) for item in result.outcomes] == [
        ("m-0", Outcome.STALE),
        ("m-2", Outcome.PROCESSED),
        ("m-1", Outcome.ERROR),
    ]
    assert world.stored().sequencer == sequencer(2)


def test_nobody_is_waited_for_when_time_is_over() -> None:
    release = Event()
    look = Looks(lambda _: release.wait(PATIENCE))
    assert list(run(look, hints(1), seconds_left=lambda: -1, reserve=-2).unfinished) == hints(1)
    release.set()


@pytest.mark.parametrize(
    ("left", "waited"), [(30, 29), (2, 1), (1, 0.5), (0.2, 0.1), (0, 0), (-1, 0), (inf, None)]
)
def test_who_waits_for_a_batch_keeps_some_time_to_hand_it_on(
    monkeypatch: pytest.MonkeyPatch, left: float, waited: float | None
) -> None:
    timeouts: list[float | None] = []

    def wait(_: object, timeout: float | None) -> tuple[set[object], set[object]]:
        timeouts.append(timeout)
        return set(), set()

    monkeypatch.setattr(batch, "wait", wait)
    run(Looks(), hints(1), seconds_left=lambda: left, reserve=-2)
    assert timeouts == [waited]
