import io
import threading
from collections.abc import Iterator

import pytest

from imgmeta.entrypoints.cli.rendering.progress import Throttle, count_in_background, progress_bar
from imgmeta.errors import TransientError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_items_are_counted_in_the_background() -> None:
    known = threading.Event()
    totals = list[int]()

    def on_total(total: int) -> None:
        totals.append(total)
        known.set()

    with count_in_background(lambda: range(5), on_total, delay=0):
        assert known.wait(60)
    assert totals == [5]


def test_items_of_a_short_run_are_not_counted() -> None:
    totals = list[int]()
    with count_in_background(lambda: range(5), totals.append, delay=60):
        pass
    assert totals == []


def test_counting_stops_when_the_context_ends() -> None:
    started, stopped = threading.Event(), threading.Event()
    totals = list[int]()

    def endless() -> Iterator[int]:
        try:
            while True:
                started.set()
                yield 1
        finally:
            stopped.set()

    with count_in_background(endless, totals.append, delay=0):
        assert started.wait(60)
    assert stopped.wait(60)
    assert totals == []


def test_blocked_count_does_not_delay_the_command_or_report_later() -> None:
    started, resume, finished = threading.Event(), threading.Event(), threading.Event()
    totals = list[int]()

    def hanging() -> Iterator[int]:
        started.set()
        resume.wait(60)
        yield from ()
        finished.set()

    with count_in_background(hanging, totals.append, delay=0):
        assert started.wait(60)
    assert not finished.is_set()
    resume.set()
    assert finished.wait(60)
    assert totals == []


def test_failed_listing_has_no_total_and_raises_nothing() -> None:
    tried = threading.Event()
    totals = list[int]()

    def broken() -> Iterator[int]:
        yield 1
        tried.set()
        message = "gone"
        raise TransientError(message)

    with count_in_background(broken, totals.append, delay=0):
        assert tried.wait(60)
    assert totals == []


def test_bar_shows_done_total_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("imgmeta.entrypoints.cli.rendering.progress._REFRESH_SECONDS", 0)
    stream = Terminal()
    with progress_bar(stream, lambda: range(3), delay=0) as advance:
        for _ in range(3):
            advance()
    last = stream.getvalue().split("\n")[-2]
    assert "Images" in last
    assert "3/3" in last
    assert "/s" in last


def test_bar_of_a_failed_run_has_no_total(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()

    def fail() -> None:
        with progress_bar(stream, lambda: range(3), delay=60) as advance:
            advance()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "1/?" in stream.getvalue().split("\n")[-2]


def test_bar_of_zero_items_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_bar(stream, lambda: range(0), delay=60):
        pass
    assert "0/0" not in stream.getvalue()


def test_bar_of_items_that_are_not_counted_shows_the_number_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_bar(stream, None) as advance:
        advance()
        advance()
    assert "2/2" in stream.getvalue().split("\n")[-2]


def test_throttled_progress_is_due_after_the_interval_and_then_again() -> None:
    throttle = Throttle(10, 100)
    assert [throttle.is_due(now) for now in (100, 109, 110, 119, 121, 130, 131)] == [
        *(False, False, True, False, True, False, True)
    ]
