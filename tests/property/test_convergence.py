"""The convergence law: when all hints are delivered, every record equals the bucket.

However events are duplicated, reordered, delayed and crashed on, with reprocessing and syncs at any
point, two workers at once, each stopped between any two of its steps.
"""

import tempfile

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from imgmeta import ImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from support.convergence.machine import MANY_STEPS, Convergence


class ConvergenceOnSQLite(Convergence):
    """The same on a database file."""

    def make_repository(self) -> ImageRepository:
        folder = tempfile.TemporaryDirectory()
        repository = SQLiteImageRepository(f"{folder.name}/index.db")
        self.cleanup.callback(folder.cleanup)
        self.cleanup.callback(repository.close)
        return self.ledger.wrap(repository)


@pytest.mark.parametrize("machine", [Convergence, ConvergenceOnSQLite])
def test_the_index_converges_to_the_bucket(machine: type[Convergence]) -> None:
    run_state_machine_as_test(machine, settings=MANY_STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Convergence, ConvergenceOnSQLite])
def test_the_index_converges_to_the_bucket_in_many_long_histories(
    machine: type[Convergence],
) -> None:
    long = settings(MANY_STEPS, max_examples=600, stateful_step_count=50)
    run_state_machine_as_test(machine, settings=long)
