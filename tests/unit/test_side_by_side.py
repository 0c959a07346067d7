"""Many slow things at once, told of in their order."""

from collections.abc import Callable, Iterator
from threading import Barrier, Event, Lock, Thread, current_thread, main_thread

import pytest

from imgmeta.service.side_by_side import in_order

PATIENCE = 10


def test_results_come_in_the_order_of_what_was_given_whichever_is_done_first() -> None:
    second_is_done = Event()

    def task(number: int) -> int | Callable[[], int]:
        def slow() -> int:
            assert number or second_is_done.wait(PATIENCE)
            second_is_done.set()
            return number

        return slow

    assert list(in_order(task, range(5), 2)) == [0, 1, 2, 3, 4]


def test_as_many_run_at_once_as_are_allowed_and_no_more() -> None:
    together, lock, running, most = Barrier(3), Lock(), set[int](), list[int]()

    def task(number: int) -> int | Callable[[], int]:
        def meet() -> int:
            with lock:
                running.add(number)
                most.append(len(running))
            together.wait(PATIENCE)
            with lock:
                running.discard(number)
            together.wait(PATIENCE)
            return number

        return meet

    assert list(in_order(task, range(9), 3)) == list(range(9))
    assert max(most) == 3


def test_what_takes_no_time_is_told_at_once_between_what_does() -> None:
    def task(number: int) -> int | Callable[[], int]:
        return number if number % 2 else lambda: -number

    assert list(in_order(task, range(6), 4)) == [0, 1, -2, 3, -4, 5]
    assert list(in_order(task, range(6), 1)) == [0, 1, -2, 3, -4, 5]


def test_of_one_at_a_time_each_runs_where_it_is_asked_for() -> None:
    def task(_: int) -> Thread | Callable[[], Thread]:
        return current_thread

    assert set(in_order(task, range(3), 1)) == {main_thread()}


def test_no_more_is_begun_than_can_be_told_of_soon() -> None:
    walked = list[int]()

    def numbers() -> Iterator[int]:
        for number in range(10_000):
            walked.append(number)
            yield number

    def task(number: int) -> int | Callable[[], int]:
        return number or (lambda: int(Event().wait(0.05)))

    results = in_order(task, numbers(), 2)
    assert next(results) == 0
    assert len(walked) < 20, "memory does not depend on how many there are"
    assert list(results) == list(range(1, 10_000))


def test_whoever_stops_asking_stops_what_has_not_begun() -> None:
    begun = list[int]()

    def task(number: int) -> int | Callable[[], int]:
        def slow() -> int:
            begun.append(number)
            Event().wait(0.1)
            return number

        return slow

    results = in_order(task, range(1_000), 2)
    assert next(results) == 0  # by when eight more wait for a thread
    results.close()  # type: ignore[attr-defined]  # a generator, which has one
    assert len(begun) <= 5


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_failure_ends_it_after_what_came_before(concurrency: int) -> None:
    def fail() -> int:
        raise LookupError("gone")

    results = in_order(lambda number: fail if number == 2 else number, range(9), concurrency)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(LookupError, match="gone"):
        next(results)
    assert list(results) == []
