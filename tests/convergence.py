"""The state machine of the convergence law: a bucket, an index, and workers that are stopped on the
way. `property/test_convergence.py` runs it, and says what the law is."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bucket_model import EPOCH, Bucket, ModelBucket, WidthReader, Worker
from imgmeta import (
    Hint,
    ImageRepository,
    Indexer,
    ItemOutcome,
    ObjectLocation,
    ObjectStore,
    Rules,
    Status,
    Target,
    parse_event,
)
from imgmeta.adapters.memory import InMemoryImageRepository

DIVERGED = "the index says something else than the bucket"
Said = tuple[Status, str | None, int | None, str | None] | None

KEYS = st.sampled_from(["a.jpg", "a.jpg", "b.jpg"])
CONTENTS = st.integers(0, 3)
WORKERS = st.integers(0, 1)
STEPS = st.integers(1, 6)

MANY_STEPS = settings(
    max_examples=100,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Convergence(RuleBasedStateMachine):
    """A bucket, an index, events on their way, and two workers."""

    repository_type: ClassVar[type[InMemoryImageRepository]] = InMemoryImageRepository

    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        self.repository = self.make_repository()
        self.bucket = self.make_bucket()
        self.waiting: list[dict[str, Any]] = []
        self.delivered: list[dict[str, Any]] = []
        self.workers: list[Worker | None] = [None, None, None]
        self.carried: list[dict[str, Any] | None] = [None, None, None]
        self.revisions = itertools.count()

    def make_repository(self) -> ImageRepository:
        return self.repository_type()

    def make_bucket(self) -> Bucket:
        return ModelBucket(versioned=True)

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
        location = ObjectLocation(self.bucket.name, key)
        self._start(number, lambda indexer: iter([indexer.reprocess(location)]))
        self.step(number, steps)

    @rule(number=WORKERS, steps=STEPS)
    def sync(self, number: int, steps: int) -> None:
        self._finish(number)
        target = Target(self.bucket.name)
        self._start(number, lambda indexer: indexer.sync(target))
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
        with self.cleanup:
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

    def _objects_of(self, event: dict[str, Any]) -> ObjectStore:
        del event
        return self.bucket

    def _start(
        self,
        number: int,
        use: Callable[[Indexer], Iterator[ItemOutcome]],
        objects: ObjectStore | None = None,
    ) -> None:
        objects = objects or self.bucket
        self.workers[number] = Worker(lambda worker: use(self._indexer(worker, objects)))

    def _indexer(self, worker: Worker, objects: ObjectStore) -> Indexer:
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
        record = self.repository.get(ObjectLocation(self.bucket.name, key).image_id)
        version = self.bucket.current(key)
        indexed: Said = None
        if record is not None and record.status is not Status.DELETED:
            indexed = (record.status, record.etag, record.width, record.version_id)
        there: Said = None
        if version is not None:
            status = Status.PROCESSED if version.content else Status.FAILED
            there = (status, version.etag, version.content or None, version.version_id)
        assert indexed == there, DIVERGED
