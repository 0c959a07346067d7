import io
import threading
from collections.abc import Iterator

import pytest

from imgmeta.entrypoints.cli.rendering.progress import counted_in_background, progress_bar
from imgmeta.errors import TransientError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_items_are_counted_in_the_background() -> None:
    known = threading.Event()
    totals = list[int]()

    def found(total: int) -> None:
        totals.append(total)
        known.set()

    with counted_in_background(lambda: range(5), found, patience=0):
        assert known.wait(10)
    assert totals == [5]


def test_what_is_over_soon_is_not_counted() -> None:
    totals = list[int]()
    with counted_in_background(lambda: range(5), totals.append, patience=60):
        pass
    assert totals == []


def test_counting_stops_with_what_it_is_for() -> None:
    started, stopped = threading.Event(), threading.Event()
    totals = list[int]()

    def endless() -> Iterator[int]:
        try:
            while True:
                started.set()
                yield 1
        finally:
            stopped.set()

    with counted_in_background(endless, totals.append, patience=0):
        assert started.wait(10)
    assert stopped.wait(10)
    assert totals == []


def test_a_walk_that_hangs_holds_nobody_up_and_tells_nothing_later() -> None:
    started, go_on, finished = threading.Event(), threading.Event(), threading.Event()
    totals = list[int]()

    def hanging() -> Iterator[int]:
        started.set()
        go_on.wait(10)
        yield from ()
        finished.set()

    with counted_in_background(hanging, totals.append, patience=0):
        assert started.wait(10)
    assert not finished.is_set()
    go_on.set()
    assert finished.wait(10)
    assert totals == []


def test_what_cannot_be_listed_has_no_total_and_is_no_failure_here() -> None:
    tried = threading.Event()
    totals = list[int]()

    def broken() -> Iterator[int]:
        yield 1
        tried.set()
        message = "gone"
        raise TransientError(message)

    with counted_in_background(broken, totals.append, patience=0):
        assert tried.wait(10)
    assert totals == []


def test_the_bar_shows_how_many_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("imgmeta.entrypoints.cli.rendering.progress._REFRESH", 0)
    stream = Terminal()
    with progress_bar(stream, lambda: range(3), patience=0) as advance:
        for _ in range(3):
            advance()
    last = stream.getvalue().split("\n")[-2]
    assert "Images" in last
    assert "3/3" in last
    assert "/s" in last


def test_a_bar_that_is_broken_off_does_not_say_that_all_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()

    def break_off() -> None:
        with progress_bar(stream, lambda: range(3), patience=60) as advance:
            advance()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert "1/?" in stream.getvalue().split("\n")[-2]


def test_where_nothing_was_done_no_bar_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_bar(stream, lambda: range(0), patience=60):
        pass
    assert "0/0" not in stream.getvalue()
