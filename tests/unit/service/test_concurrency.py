"""Tasks run concurrently, and their outcomes are yielded in order."""

import threading
from collections.abc import Iterator

import pytest

from imgmeta import ItemOutcome, ObjectLocation, Outcome
from imgmeta.service.concurrency import Task, run_in_order

TIMEOUT = 60.0


def outcome(number: int) -> ItemOutcome:
    return ItemOutcome(ObjectLocation("photos", f"{number:04}.jpg"), Outcome.PROCESSED)


def tasks(count: int) -> list[ItemOutcome | Task]:
    return [lambda number=number: outcome(number) for number in range(count)]  # type: ignore[misc]  # mypy cannot infer the lambda


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_known_and_computed_outcomes_keep_their_order(concurrency: int) -> None:
    items = tasks(200)
    items[::3] = [outcome(number) for number in range(0, 200, 3)]
    assert list(run_in_order(items, concurrency)) == [outcome(number) for number in range(200)]


def test_tasks_run_concurrently() -> None:
    together = threading.Barrier(3)

    def task() -> ItemOutcome:
        together.wait(TIMEOUT)
        return outcome(1)

    assert len(list(run_in_order([task] * 6, 3))) == 6


def test_concurrency_of_one_runs_tasks_in_the_calling_thread() -> None:
    caller = threading.current_thread()
    ran_in: list[threading.Thread] = []

    def task() -> ItemOutcome:
        ran_in.append(threading.current_thread())
        return outcome(1)

    items = run_in_order([task, task], 1)
    assert ran_in == []
    next(items)
    assert ran_in == [caller]


def test_a_few_items_per_thread_are_consumed_ahead() -> None:
    consumed = 0
    go = threading.Event()

    def slow() -> ItemOutcome:
        assert go.wait(TIMEOUT)
        return outcome(0)

    def items() -> Iterator[ItemOutcome | Task]:
        nonlocal consumed
        yield slow
        for number in range(1, 1_000):
            consumed += 1
            if consumed == 8:
                go.set()
            yield outcome(number)

    outcomes = run_in_order(items(), 2)
    next(outcomes)
    assert consumed == 8


def test_closing_cancels_tasks_that_have_not_started() -> None:
    started: list[int] = []

    def task(number: int) -> Task:
        def run() -> ItemOutcome:
            started.append(number)
            return outcome(number)

        return run

    items = run_in_order(map(task, range(1_000)), 2)
    next(items)
    assert isinstance(items, Iterator)
    items.close()  # type: ignore[attr-defined]  # a generator
    after = len(started)
    assert after < 50
    assert len(started) == after


@pytest.mark.parametrize("concurrency", [1, 4])
def test_exception_of_a_task_is_raised_in_its_place(concurrency: int) -> None:
    def fail() -> ItemOutcome:
        raise RuntimeError("no such table")

    tasks: list[ItemOutcome | Task] = [outcome(0), fail, outcome(2)]
    items = run_in_order(tasks, concurrency)
    assert next(items) == outcome(0)
    with pytest.raises(RuntimeError, match="no such table"):
        next(items)
