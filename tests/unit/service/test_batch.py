"""Batches: concurrency, the time limit, and failures of single objects."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf
from threading import Barrier, Event, Lock, Thread, current_thread, main_thread
from typing import cast

import pytest

from imgmeta import Hint, Indexer, InvalidRecordError, ItemOutcome, ObjectLocation, Outcome
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from imgmeta.service import BatchLimits, BatchResult, batch, process_batch
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import KEY, LOCATION, IndexerHarness, sequencer

TIMEOUT = 60


@dataclass
class FakeIndexer:
    """Runs an action for each hint, and counts how many run concurrently."""

    action: Callable[[Hint], object] = lambda _: None
    started: list[str] = field(default_factory=list)
    max_running: int = 0
    _running: int = 0
    _lock: Lock = field(default_factory=Lock)

    def process(self, hint: Hint) -> ItemOutcome:
        with self._lock:
            self.started.append(hint.location.key)
            self._running += 1
            self.max_running = max(self.max_running, self._running)
        try:
            self.action(hint)
        finally:
            with self._lock:
                self._running -= 1
        return ItemOutcome(hint.location, Outcome.PROCESSED, hint.message_id)


class Clock:
    """The remaining time, which a test reduces."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds

    def spend(self, seconds: float) -> None:
        self.seconds -= seconds


def deadline_after(event: Event) -> Callable[[], float]:
    """Return a clock that gives the waiting thread almost no time once the event is set."""

    def remaining_seconds() -> float:
        if current_thread() is not main_thread():
            return TIMEOUT
        assert event.wait(TIMEOUT)
        return 0.2

    return remaining_seconds


def hints(count: int) -> list[Hint]:
    return [
        Hint(ObjectLocation(BUCKET, f"{number:03}.jpg"), sequencer(1), f"m-{number}")
        for number in range(count)
    ]


def run(
    indexer: FakeIndexer,
    hints: Iterable[Hint],
    *,
    concurrency: int = 1,
    remaining_seconds: Callable[[], float] = lambda: inf,
    reserve: float = 0,
) -> BatchResult:
    limits = BatchLimits(concurrency, remaining_seconds, reserve)
    return process_batch(cast("Indexer", indexer), hints, limits)


def keys(items: Iterable[ItemOutcome | Hint]) -> list[str]:
    return [item.location.key for item in items]


def test_empty_batch_finishes_immediately() -> None:
    assert run(FakeIndexer(), [], remaining_seconds=lambda: 0) == BatchResult(())


def test_objects_are_processed_concurrently_up_to_the_limit() -> None:
    together = Barrier(8)
    indexer = FakeIndexer(lambda _: together.wait(TIMEOUT))
    assert len(run(indexer, hints(24), concurrency=8).outcomes) == 24
    assert indexer.max_running == 8


def test_small_batch_starts_no_more_threads_than_objects() -> None:
    together, threads = Barrier(2), set[Thread]()

    def remaining_seconds() -> float:
        threads.add(current_thread())
        return inf

    indexer = FakeIndexer(lambda _: together.wait(TIMEOUT))
    run(indexer, hints(2), concurrency=64, remaining_seconds=remaining_seconds)
    assert len(threads - {main_thread()}) == 2


def test_outcomes_keep_the_order_of_the_objects() -> None:
    last_done = Event()

    def action(hint: Hint) -> None:
        if hint.message_id == "m-0":
            assert last_done.wait(TIMEOUT)
        elif hint.message_id == "m-4":
            last_done.set()

    result = run(FakeIndexer(action), hints(5), concurrency=2)
    assert keys(result.outcomes) == keys(hints(5))


def test_no_object_is_started_when_less_than_the_reserve_remains() -> None:
    clock = Clock(10)
    result = run(
        FakeIndexer(lambda _: clock.spend(2)), hints(6), remaining_seconds=clock, reserve=5
    )
    assert [item.message_id for item in result.outcomes] == ["m-0", "m-1", "m-2"]
    assert [hint.message_id for hint in result.unfinished] == ["m-3", "m-4", "m-5"]


def test_batch_without_enough_time_is_entirely_unfinished() -> None:
    indexer = FakeIndexer()
    result = run(indexer, hints(3), concurrency=2, remaining_seconds=lambda: 1.4, reserve=1.5)
    assert (result.outcomes, list(result.unfinished)) == ((), hints(3))
    assert indexer.started == []


def test_object_is_started_when_exactly_the_reserve_remains() -> None:
    clock = Clock(5)
    result = run(
        FakeIndexer(lambda _: clock.spend(1)), hints(2), remaining_seconds=clock, reserve=5
    )
    assert keys(result.outcomes) == ["000.jpg"]


def test_objects_in_progress_at_the_deadline_are_unfinished() -> None:
    release, fast_done = Event(), Event()

    def action(hint: Hint) -> None:
        if hint.message_id == "m-1":
            assert release.wait(TIMEOUT)
        else:
            fast_done.set()

    clock = deadline_after(fast_done)
    result = run(FakeIndexer(action), hints(2), concurrency=2, remaining_seconds=clock)
    assert keys(result.outcomes) == ["000.jpg"]
    assert keys(result.unfinished) == ["001.jpg"]
    release.set()


def test_all_hints_of_an_object_in_progress_are_unfinished() -> None:
    release, started = Event(), Event()

    def action(_: Hint) -> None:
        started.set()
        assert release.wait(TIMEOUT)

    both = [Hint(LOCATION, sequencer(1), "m-0"), Hint(LOCATION, sequencer(2), "m-1")]
    result = run(FakeIndexer(action), both, remaining_seconds=deadline_after(started))
    assert list(result.unfinished) == both
    release.set()


def test_object_that_ends_after_the_deadline_does_not_change_the_result() -> None:
    started, release, ended = Event(), Event(), Event()

    def action(_: Hint) -> None:
        started.set()
        assert release.wait(TIMEOUT)
        ended.set()

    result = run(FakeIndexer(action), hints(1), remaining_seconds=deadline_after(started))
    release.set()
    assert ended.wait(TIMEOUT)
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
def test_imgmeta_error_affects_one_object_only(
    error: Exception, reason: str, *, retryable: bool
) -> None:
    def action(hint: Hint) -> None:
        if hint.message_id == "m-1":
            raise error

    result = run(FakeIndexer(action), hints(3))
    assert [item.outcome for item in result.outcomes] == [
        Outcome.PROCESSED,
        Outcome.ERROR,
        Outcome.PROCESSED,
    ]
    failed = result.outcomes[1]
    assert (failed.message_id, failed.reason, failed.retryable) == ("m-1", reason, retryable)
    assert result.unexpected == ()


def test_unexpected_exception_is_collected_and_retryable() -> None:
    error = KeyError("secret of a stranger")

    def action(hint: Hint) -> None:
        if hint.message_id == "m-0":
            raise error

    result = run(FakeIndexer(action), hints(2))
    failed, fine = result.outcomes
    assert (failed.reason, failed.retryable) == ("unexpected KeyError", True)
    assert fine.outcome is Outcome.PROCESSED
    assert result.unexpected == (error,)


def test_batch_gives_the_same_records_as_single_hints() -> None:
    harness = IndexerHarness()
    harness.bucket.put(KEY, 5)
    harness.bucket.errors["no.jpg"] = PermanentError("access denied")
    batch = [
        Hint(LOCATION, sequencer(1), "m-0"),
        Hint(ObjectLocation(BUCKET, "no.jpg"), sequencer(1), "m-1"),
        Hint(LOCATION, sequencer(2), "m-2"),
    ]
    result = process_batch(harness.indexer, batch, BatchLimits(4, lambda: inf))
    assert [(item.message_id, item.outcome) for item in result.outcomes] == [
        ("m-0", Outcome.STALE),
        ("m-2", Outcome.PROCESSED),
        ("m-1", Outcome.ERROR),
    ]
    assert harness.stored().sequencer == sequencer(2)


def test_batch_does_not_wait_after_the_deadline() -> None:
    release = Event()
    indexer = FakeIndexer(lambda _: release.wait(TIMEOUT))
    assert list(
        run(indexer, hints(1), remaining_seconds=lambda: -1, reserve=-2).unfinished
    ) == hints(1)
    release.set()


@pytest.mark.parametrize(
    ("remaining", "timeout"), [(30, 29), (2, 1), (1, 0.5), (0.2, 0.1), (0, 0), (-1, 0), (inf, None)]
)
def test_waiting_ends_early_enough_to_handle_the_result(
    monkeypatch: pytest.MonkeyPatch, remaining: float, timeout: float | None
) -> None:
    timeouts: list[float | None] = []

    def wait(_: object, timeout: float | None) -> tuple[set[object], set[object]]:
        timeouts.append(timeout)
        return set(), set()

    monkeypatch.setattr(batch, "wait", wait)
    run(FakeIndexer(), hints(1), remaining_seconds=lambda: remaining, reserve=-2)
    assert timeouts == [timeout]
