"""Looks that run at once, told of in their order."""

import threading
from collections.abc import Iterator

import pytest

from imgmeta import ItemOutcome, ObjectLocation, Outcome
from imgmeta.service.concurrency import Look, in_order

TOO_LONG = 20.0


def outcome(number: int) -> ItemOutcome:
    return ItemOutcome(ObjectLocation("photos", f"{number:04}.jpg"), Outcome.PROCESSED)


def looks(count: int) -> list[ItemOutcome | Look]:
    return [lambda number=number: outcome(number) for number in range(count)]  # type: ignore[misc]


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_outcomes_come_in_order_looked_for_or_known(concurrency: int) -> None:
    items = looks(200)
    items[::3] = [outcome(number) for number in range(0, 200, 3)]
    assert list(in_order(items, concurrency)) == [outcome(number) for number in range(200)]


def test_looks_run_at_once() -> None:
    together = threading.Barrier(3)

    def look() -> ItemOutcome:
        together.wait(TOO_LONG)
        return outcome(1)

    assert len(list(in_order([look] * 6, 3))) == 6


def test_one_at_a_time_runs_where_it_is_asked_for() -> None:
    here = threading.current_thread()
    ran_in: list[threading.Thread] = []

    def look() -> ItemOutcome:
        ran_in.append(threading.current_thread())
        return outcome(1)

    items = in_order([look, look], 1)
    assert ran_in == []
    next(items)
    assert ran_in == [here]


def test_no_more_are_taken_ahead_than_a_few_for_each_thread() -> None:
    taken = 0
    go = threading.Event()

    def slow() -> ItemOutcome:
        assert go.wait(TOO_LONG)
        return outcome(0)

    def given() -> Iterator[ItemOutcome | Look]:
        nonlocal taken
        yield slow
        for number in range(1, 1_000):
            taken += 1
            if taken == 8:
                go.set()
            yield outcome(number)

    items = in_order(given(), 2)
    next(items)
    assert taken == 8


def test_who_stops_stops_what_has_not_begun() -> None:
    begun: list[int] = []

    def look(number: int) -> Look:
        def run() -> ItemOutcome:
            begun.append(number)
            return outcome(number)

        return run

    items = in_order(map(look, range(1_000)), 2)
    next(items)
    assert isinstance(items, Iterator)
    items.close()  # type: ignore[attr-defined]  # a generator
    after = len(begun)
    assert after < 50
    assert len(begun) == after


@pytest.mark.parametrize("concurrency", [1, 4])
def test_what_a_look_raises_is_raised_where_its_outcome_would_be(concurrency: int) -> None:
    def fail() -> ItemOutcome:
        raise RuntimeError("no such table")

    items = in_order([outcome(0), fail, outcome(2)], concurrency)
    assert next(items) == outcome(0)
    with pytest.raises(RuntimeError, match="no such table"):
        next(items)
