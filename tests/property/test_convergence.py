"""Convergence: after all hints are delivered, every record equals its object in the bucket.

This holds if events are duplicated, reordered or delayed, if their processing crashes, with
reprocessing and syncs at any time, and with two workers that may stop between any two steps. It
holds with events that have foreign sequencers. Without such events, it holds with wrong clocks too.
"""

import tempfile
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from imgmeta import ImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from support.convergence.bucket import EPOCH
from support.convergence.machine import MANY_STEPS, Convergence


class ConvergenceOnSQLite(Convergence):
    """The machine with a SQLite file."""

    def make_repository(self) -> ImageRepository:
        folder = tempfile.TemporaryDirectory()
        repository = SQLiteImageRepository(f"{folder.name}/index.db")
        self.cleanup.callback(folder.cleanup)
        self.cleanup.callback(repository.close)
        return self.ledger.wrap(repository)


class ConvergenceWithWrongClocks(Convergence):
    """The machine with clocks that disagree, so that an unchanged record may be written again."""

    only_convergence = True
    foreign_events = False

    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=next(self.ticks) * 7919 % 1000)


MACHINES = [Convergence, ConvergenceOnSQLite, ConvergenceWithWrongClocks]


@pytest.mark.parametrize("machine", [Convergence, ConvergenceWithWrongClocks])
def test_index_converges_to_the_bucket(machine: type[Convergence]) -> None:
    run_state_machine_as_test(machine, settings=MANY_STEPS)


def test_index_on_sqlite_converges_to_the_bucket() -> None:
    # Files are slow: the default profile runs a quarter as many histories.
    fewer = settings(MANY_STEPS, max_examples=settings().max_examples // 2)
    run_state_machine_as_test(ConvergenceOnSQLite, settings=fewer)


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_index_converges_to_the_bucket_in_many_long_histories(
    machine: type[Convergence],
) -> None:
    long = settings(MANY_STEPS, max_examples=600, stateful_step_count=50)
    run_state_machine_as_test(machine, settings=long)
