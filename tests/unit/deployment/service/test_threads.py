"""Threads end together, with the error of any of them."""

from itertools import count
from threading import Event

import pytest

from imgmeta.deployment.service import threads
from imgmeta.deployment.service.threads import run_together

TIMEOUT = 60


def test_error_of_one_thread_stops_the_others() -> None:
    numbers, stop = count(), Event()

    def task() -> None:
        if next(numbers) == 0:
            raise ZeroDivisionError
        assert stop.wait(TIMEOUT)

    with pytest.raises(ZeroDivisionError):
        run_together(task, stop, lambda: None)


def test_error_of_a_tick_stops_the_threads() -> None:
    stop = Event()

    def tick() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_together(lambda: stop.wait(TIMEOUT), stop, tick)
    assert stop.is_set()


def test_finished_thread_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_TICK", 0.01)
    numbers, ticks, ticked, stop = count(), count(1), Event(), Event()
    stopped = list[bool]()

    def task() -> None:
        if next(numbers) > 0:
            assert ticked.wait(TIMEOUT)
            stopped.append(stop.is_set())

    def tick() -> None:
        seen.append(len(stopped))
        if next(ticks) == 5:
            ticked.set()

    seen = list[int]()
    run_together(task, stop, tick)
    assert seen[-1] == threads.THREADS - 1
    assert stopped == [False] * (threads.THREADS - 1)
