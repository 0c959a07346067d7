"""The convergence law: when all hints are delivered, every record equals the bucket.

However events are duplicated, reordered, delayed and crashed on, with reprocessing and syncs at any
point, two workers at once, each stopped between any two of its steps.
"""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bucket_model import BUCKET, EPOCH, ModelBucket, WidthReader, Worker
from imgmeta import (
    Hint,
    IfNewer,
    IfRevision,
    ImageRecord,
    Indexer,
    ItemOutcome,
    ObjectLocation,
    Rules,
    Status,
    Target,
    WriteResult,
    parse_event,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository

DIVERGED = "the index says something else than the bucket"
Said = tuple[Status, str | None, int | None, str | None] | None

KEYS = st.sampled_from(["a.jpg", "a.jpg", "b.jpg"])
CONTENTS = st.integers(0, 3)
WORKERS = st.integers(0, 1)
STEPS = st.integers(1, 6)


class Convergence(RuleBasedStateMachine):
    """A bucket, an index, events on their way, and two workers."""

    make_repository: ClassVar[type[Any]] = InMemoryImageRepository

    def __init__(self) -> None:
        super().__init__()
        self.repository = type(self).make_repository()
        self.bucket = ModelBucket(versioned=True)
        self.waiting: list[dict[str, Any]] = []
        self.delivered: list[dict[str, Any]] = []
        self.workers: list[Worker | None] = [None, None, None]
        self.carried: list[dict[str, Any] | None] = [None, None, None]
        self.revisions = itertools.count()

    @initialize(versioned=st.booleans())
    def choose_bucket(self, *, versioned: bool) -> None:
        self.bucket.versioned = versioned

    @rule(key=KEYS, content=CONTENTS)
    def put(self, key: str, content: int) -> None:
        self._emit(self.bucket.put(key, content))

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self._emit(self.bucket.delete(key))

    @rule(key=KEYS)
    def delete_noncurrent(self, key: str) -> None:
        if event := self.bucket.delete_noncurrent(key):
            self._emit(event)

    @precondition(lambda self: self.waiting)
    @rule(number=WORKERS, steps=STEPS, data=st.data())
    def deliver(self, number: int, steps: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.waiting) - 1))
        self._finish(number)
        self._deliver(number, self.waiting.pop(index))
        self.step(number, steps)

    @precondition(lambda self: self.delivered)
    @rule(number=WORKERS, steps=STEPS, data=st.data())
    def deliver_again(self, number: int, steps: int, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.delivered))
        self._finish(number)
        self._deliver(number, event)
        self.step(number, steps)

    @rule(number=WORKERS, key=KEYS, steps=STEPS)
    def reprocess(self, number: int, key: str, steps: int) -> None:
        self._finish(number)
        location = ObjectLocation(BUCKET, key)
        self._start(number, lambda indexer: iter([indexer.reprocess(location)]))
        self.step(number, steps)

    @rule(number=WORKERS, steps=STEPS)
    def sync(self, number: int, steps: int) -> None:
        self._finish(number)
        self._start(number, lambda indexer: indexer.sync(Target(BUCKET)))
        self.step(number, steps)

    @rule(number=WORKERS, steps=STEPS)
    def step(self, number: int, steps: int) -> None:
        for _ in range(steps):
            worker = self.workers[number]
            if worker and not worker.done:
                worker.step()

    @rule(number=WORKERS)
    def crash(self, number: int) -> None:
        if worker := self.workers[number]:
            worker.crash()
        self._finish(number)

    def teardown(self) -> None:
        # Whoever was stopped on the way goes on last: what it saw is the oldest.
        for number in (2, 0, 1):
            self._finish(number)
            self._deliver_all_that_wait()
        for key in ("a.jpg", "b.jpg"):
            self._assert_index_equals_bucket(key)

    def _deliver_all_that_wait(self) -> None:
        while self.waiting:
            self._deliver(2, self.waiting.pop())
            self._finish(2)

    def _emit(self, event: dict[str, Any]) -> None:
        self.waiting.append(event)

    def _deliver(self, number: int, event: dict[str, Any]) -> None:
        self.carried[number] = event
        hints, objects = self._hints_of(event), self._objects_of(event)
        self._start(number, lambda indexer: indexer.process(hints), objects)

    def _hints_of(self, event: dict[str, Any]) -> list[Hint]:
        return list(parse_event({"Records": [event]}).hints)

    def _objects_of(self, event: dict[str, Any]) -> ModelBucket:
        del event
        return self.bucket

    def _start(
        self,
        number: int,
        use: Callable[[Indexer], Iterator[ItemOutcome]],
        objects: ModelBucket | None = None,
    ) -> None:
        objects = objects or self.bucket
        self.workers[number] = Worker(lambda worker: use(self._indexer(worker, objects)))

    def _indexer(self, worker: Worker, objects: ModelBucket) -> Indexer:
        return Indexer(
            repository=worker.over(self.repository),
            objects=worker.over(objects),
            reader=WidthReader(),
            rules=Rules(lambda _: True),
            clock=lambda: EPOCH,
            new_revision=lambda: f"r{next(self.revisions)}",
        )

    def _finish(self, number: int) -> None:
        worker, event = self.workers[number], self.carried[number]
        self.workers[number] = self.carried[number] = None
        if worker is None:
            return
        worker.finish()
        if event is None:
            return
        settled = worker.outcomes and all(not item.retryable for item in worker.outcomes)
        (self.delivered if settled else self.waiting).append(event)

    def _assert_index_equals_bucket(self, key: str) -> None:
        record = self.repository.get(ObjectLocation(BUCKET, key).image_id)
        version = self.bucket.current(key)
        indexed: Said = None
        if record is not None and record.status is not Status.DELETED:
            indexed = (record.status, record.etag, record.width, record.version_id)
        there: Said = None
        if version is not None:
            status = Status.PROCESSED if version.content else Status.FAILED
            version_id = str(version.number) if self.bucket.versioned else None
            there = (status, version.etag, version.content or None, version_id)
        assert indexed == there, DIVERGED


class ConvergenceOnSQLite(Convergence):
    """The same on a database file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.repository = SQLiteImageRepository(f"{self.folder.name}/index.db")

    def teardown(self) -> None:
        super().teardown()
        self.repository.close()
        self.folder.cleanup()


MANY_STEPS = settings(
    max_examples=100,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("machine", [Convergence, ConvergenceOnSQLite])
def test_the_index_converges_to_the_bucket(machine: type[Convergence]) -> None:
    run_state_machine_as_test(machine, settings=MANY_STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Convergence, ConvergenceOnSQLite])
def test_the_index_converges_to_the_bucket_in_many_long_histories(
    machine: type[Convergence],
) -> None:
    long = settings(MANY_STEPS, max_examples=3000, stateful_step_count=50)
    run_state_machine_as_test(machine, settings=long)


class UnconditionalPut(InMemoryImageRepository):
    """Breaks the rule: the last write wins."""

    def put(self, record: ImageRecord, condition: IfNewer | IfRevision) -> WriteResult:
        del condition
        stored = self.get(record.image_id)
        return super().put(record, IfRevision(stored.revision if stored else None))


class WritesWhateverTheRevision(InMemoryImageRepository):
    """Breaks the rule: a write without a sequencer does not ask what was stored meanwhile."""

    def put(self, record: ImageRecord, condition: IfNewer | IfRevision) -> WriteResult:
        if isinstance(condition, IfRevision):
            stored = self.get(record.image_id)
            condition = IfRevision(stored.revision if stored else None)
        return super().put(record, condition)


class ForgetsTombstones(InMemoryImageRepository):
    """Breaks the rule: a tombstone keeps no sequencer."""

    def put(self, record: ImageRecord, condition: IfNewer | IfRevision) -> WriteResult:
        result = super().put(record, condition)
        if result is WriteResult.STORED and record.status is Status.DELETED:
            bare = record.model_copy(update={"sequencer": None})
            super().put(bare, IfRevision(record.revision))
        return result


class RawSequencers(Convergence):
    """Breaks the rule: sequencers are compared as the strings that S3 sent."""

    def _hints_of(self, event: dict[str, Any]) -> list[Hint]:
        raw = event["s3"]["object"]["sequencer"].upper().ljust(32, "0")
        return [replace(hint, sequencer=raw) for hint in super()._hints_of(event)]


class BelievesTheEvent(Convergence):
    """Breaks the rule: an event that says something was removed is taken at its word."""

    def _objects_of(self, event: dict[str, Any]) -> ModelBucket:
        removed = event["eventName"].startswith("ObjectRemoved:")
        return ModelBucket(versioned=True) if removed else self.bucket


def _broken(repository: type[InMemoryImageRepository]) -> type[Convergence]:
    return type(repository.__name__, (Convergence,), {"make_repository": repository})


@pytest.mark.parametrize(
    "machine",
    [
        _broken(UnconditionalPut),
        _broken(WritesWhateverTheRevision),
        _broken(ForgetsTombstones),
        RawSequencers,
        BelievesTheEvent,
    ],
    ids=lambda machine: machine.__name__,
)
def test_a_broken_rule_does_not_converge(machine: type[Convergence]) -> None:
    with pytest.raises(AssertionError, match=DIVERGED):
        run_state_machine_as_test(
            machine,
            settings=settings(
                MANY_STEPS,
                max_examples=2000,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
            ),
        )
