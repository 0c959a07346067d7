"""The convergence law: when all hints are delivered, every record equals the bucket.

However events are duplicated, reordered, delayed and crashed on, with reprocessing and syncs at any
point, two workers at once, each stopped between any two of its steps.
"""

import tempfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bucket_model import ModelBucket
from convergence import DIVERGED, MANY_STEPS, Convergence
from imgmeta import (
    Hint,
    IfNewer,
    IfRevision,
    ImageRecord,
    ImageRepository,
    ObjectStore,
    Status,
    WriteResult,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository


class ConvergenceOnSQLite(Convergence):
    """The same on a database file."""

    def make_repository(self) -> ImageRepository:
        folder = tempfile.TemporaryDirectory()
        repository = SQLiteImageRepository(f"{folder.name}/index.db")
        self.cleanup.callback(folder.cleanup)
        self.cleanup.callback(repository.close)
        return self.ledger.over(repository)


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

    def _objects_of(self, event: dict[str, Any]) -> ObjectStore:
        removed = event["eventName"].startswith("ObjectRemoved:")
        return ModelBucket(versioned=True) if removed else self.bucket


def _broken(repository: type[InMemoryImageRepository]) -> type[Convergence]:
    return type(repository.__name__, (Convergence,), {"repository_type": repository, "only_convergence": True})


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
