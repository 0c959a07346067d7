"""The state machine of the convergence tests: a bucket, an index, and workers that may stop.

`property/test_convergence.py` runs it and states the rule.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from imgmeta import (
    Hint,
    ImageRepository,
    Indexer,
    ItemOutcome,
    ObjectLocation,
    ObjectStore,
    Outcome,
    Rules,
    Target,
    parse_event,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from support.convergence.bucket import (
    EPOCH,
    FIRST_SEQUENCER,
    Bucket,
    ModelBucket,
    WidthReader,
    Worker,
    foreign_event,
)
from support.convergence.write_ledger import Ledger, ObjectState, expected_state, state_of

_Port = TypeVar("_Port")

DIVERGED = "the index differs from the bucket"
REWRITTEN = "an unchanged record was written again"
NOT_RETRYABLE = "a transient error was reported as not retryable"

KEYS = st.sampled_from(["a.jpg", "a.jpg", "b.jpg"])
CONTENTS = st.integers(0, 3)
WORKERS = st.integers(0, 1)
STEPS = st.integers(1, 6)
PICKS = st.integers(0, 5)
FOREIGN_SEQUENCERS = st.one_of(
    st.sampled_from(["0A1B2C3D4E5F678901", "0055AED6DCD90281E5", "fF" * 16, "0"]),
    st.integers(0, 16**32 - 1).map("{:x}".format),
    st.integers(FIRST_SEQUENCER, FIRST_SEQUENCER + 20).map("{:X}".format),
)
"""Sequencers of test events, of other systems, and of another bucket with the same name. Some are
equal to those of the bucket."""
EVENT_TIMES = st.sampled_from([None, "1970-01-01T00:00:00.000Z", "now"])

MANY_STEPS = settings(
    max_examples=settings().max_examples * 2,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Convergence(RuleBasedStateMachine):
    """A bucket, an index, a queue of events, and two workers.

    An event whose processing crashed or ended with a transient error is delivered again.
    """

    only_convergence: ClassVar[bool] = False
    """Whether to skip the rules for single writes, which a planted bug may break first."""
    foreign_events: ClassVar[bool] = True
    """Whether some events have a foreign sequencer."""

    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        self.ledger = Ledger()
        self.repository = self.make_repository()
        self.bucket = self.make_bucket()
        self.waiting: list[dict[str, Any]] = []
        self.delivered: list[dict[str, Any]] = []
        self.workers: list[Worker | None] = [None, None, None]
        self.in_progress: list[dict[str, Any] | None] = [None, None, None]
        self.finished: list[ItemOutcome] = []
        self.unreported: set[str] = set()
        self.revisions = itertools.count()
        self.ticks = itertools.count(1)

    def make_repository(self) -> ImageRepository:
        return self.ledger.wrap(InMemoryImageRepository())

    def make_bucket(self) -> Bucket:
        return ModelBucket(versioned=True)

    def wrap(self, worker: Worker, port: _Port) -> _Port:
        """Return the port with stops of the worker before and after its steps."""
        return worker.wrap(port)

    def end_faults(self) -> None:
        """End all injected faults, before the last events are delivered."""

    def overwritten_before_response(self) -> set[str]:
        """Return revisions that were overwritten before their writer received a response."""
        return set()

    @initialize(versioned=st.booleans())
    def choose_bucket(self, *, versioned: bool) -> None:
        self.bucket.versioned = versioned

    @rule(key=KEYS, content=CONTENTS)
    def put(self, key: str, content: int) -> None:
        self._emit(key, self.bucket.put(key, content))

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self._emit(key, self.bucket.delete(key))

    @rule(key=KEYS)
    def delete_noncurrent(self, key: str) -> None:
        if event := self.bucket.delete_noncurrent(key):
            self._emit(key, event)

    @precondition(lambda self: self.foreign_events)
    @rule(key=KEYS, sequencer=FOREIGN_SEQUENCERS, time=EVENT_TIMES)
    def emit_foreign_event(self, key: str, sequencer: str, time: str | None) -> None:
        time = self.now().isoformat() if time == "now" else time
        self.waiting.append(foreign_event(self.bucket.name, key, sequencer, time))

    @precondition(lambda self: self.waiting)
    @rule(number=WORKERS, steps=STEPS, pick=PICKS)
    def deliver(self, number: int, steps: int, pick: int) -> None:
        event = self.waiting.pop(pick % len(self.waiting))
        self._finish(number)
        self._deliver(number, event)
        self.step(number, steps)

    @precondition(lambda self: self.delivered)
    @rule(number=WORKERS, steps=STEPS, pick=PICKS)
    def deliver_again(self, number: int, steps: int, pick: int) -> None:
        event = self.delivered[pick % len(self.delivered)]
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
            self.end_faults()
            # A stopped worker continues last, since its observation is the oldest.
            for number in (2, 0, 1):
                self._finish(number)
                self._deliver_all()
            for key in ("a.jpg", "b.jpg"):
                self._assert_index_equals_bucket(key)
            if not self.only_convergence:
                self.ledger.check(
                    self.finished, self.unreported | self.overwritten_before_response()
                )
                self._assert_nothing_is_rewritten()

    def _deliver_all(self) -> None:
        while self.waiting:
            self._deliver(2, self.waiting.pop())
            self._finish(2)

    def _emit(self, key: str, event: dict[str, Any]) -> None:
        self.ledger.add_state(key, expected_state(self.bucket.current(key)))
        self.waiting.append(event | {"eventTime": self.now().isoformat()})

    def _deliver(self, number: int, event: dict[str, Any]) -> None:
        self.in_progress[number] = event
        hints, objects = self._hints_of(event), self._objects_of(event)
        self._start(number, lambda indexer: map(indexer.process, hints), objects)

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
            repository=self.wrap(worker, self.repository),
            objects=self.wrap(worker, objects),
            reader=WidthReader(),
            rules=Rules(lambda _: True),
            clock=self.now,
            new_revision=lambda: self._new_revision(worker),
        )

    def now(self) -> datetime:
        """Return the time of a clock that advances with each look at it."""
        return EPOCH + timedelta(microseconds=next(self.ticks))

    def _new_revision(self, worker: Worker) -> str:
        revision = f"r{next(self.revisions)}"
        worker.revisions.append(revision)
        return revision

    def _finish(self, number: int) -> None:
        worker, event = self.workers[number], self.in_progress[number]
        self.workers[number] = self.in_progress[number] = None
        if worker is None:
            return
        worker.finish()
        self.finished += worker.outcomes
        failed = [item for item in worker.outcomes if item.outcome is Outcome.ERROR]
        assert all(item.retryable for item in failed), NOT_RETRYABLE
        is_done = worker.outcomes and not failed and not worker.gave_up
        if not is_done:
            self.unreported.update(worker.revisions)
        if event is None:
            return
        (self.delivered if is_done else self.waiting).append(event)

    def _assert_index_equals_bucket(self, key: str) -> None:
        record = self.repository.get(ObjectLocation(self.bucket.name, key).image_id)
        indexed: ObjectState = None if record is None else state_of(record)
        assert indexed == expected_state(self.bucket.current(key)), DIVERGED

    def _assert_nothing_is_rewritten(self) -> None:
        before = len(self.ledger.writes)
        self.waiting += self.delivered
        self._deliver_all()
        self.sync(2, 0)
        self._finish(2)
        assert len(self.ledger.writes) == before, REWRITTEN
