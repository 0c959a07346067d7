"""When other processes load images, and when this one does."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest

from imgmeta.adapters import processes
from imgmeta.adapters.processes import FORK_AFTER, ProcessPoolLoader, available_cores
from imgmeta.core.objects import AbsentObject, ObjectLocation
from imgmeta.ports import LoadedImage

LOCATIONS = [ObjectLocation("file://", f"{number}.jpg") for number in range(3)]


class Loader:
    ahead = 0

    def __init__(self) -> None:
        self.loaded: list[ObjectLocation] = []

    def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
        for each in locations:
            self.loaded.append(each)
            yield LoadedImage(AbsentObject(each), None)


class Pool:
    """Takes the place of the pool: runs calls at once, in this process, until it is broken."""

    started = True
    breaks_at = -1

    def __init__(self, *_: object) -> None:
        self.calls = 0

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":  # noqa: ANN401 - as the pool
        self.calls += 1
        future: Future[Any] = Future()
        if self.calls == self.breaks_at:
            future.set_exception(BrokenProcessPool())
        elif 0 < self.breaks_at < self.calls:
            raise BrokenProcessPool
        elif self.started:
            future.set_result(function(*arguments))
        return future

    def shutdown(self, *, cancel_futures: bool) -> None:
        assert cancel_futures


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Replace the pool; return the loader of its processes."""
    loader = Loader()
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", Pool)
    monkeypatch.setattr(processes, "_loaders", [loader])
    return loader


def expected(locations: Sequence[ObjectLocation]) -> list[LoadedImage | None]:
    return [LoadedImage(AbsentObject(each), None) for each in locations]


@pytest.mark.usefixtures("elsewhere")
def test_few_images_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", None)
    here = Loader()
    with ProcessPoolLoader(here, Loader, 2) as loader:
        assert list(loader.load(LOCATIONS * (FORK_AFTER // len(LOCATIONS))))
        assert loader.ahead == 0
    assert len(here.loaded) <= FORK_AFTER


def test_many_images_are_loaded_elsewhere(elsewhere: Loader) -> None:
    here = Loader()
    with ProcessPoolLoader(here, Loader, 2, start_after=0) as loader:
        assert list(loader.load(LOCATIONS)) == expected(LOCATIONS)
        assert loader.ahead == 4
        assert list(loader.load([])) == []
    assert (here.loaded, elsewhere.loaded) == ([], LOCATIONS)


def test_images_are_loaded_here_until_a_process_has_started(
    elsewhere: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pool, "started", False)
    here = Loader()
    with ProcessPoolLoader(here, Loader, 2, start_after=0) as loader:
        assert list(loader.load(LOCATIONS)) == expected(LOCATIONS)
        assert loader.ahead == 0
    assert (here.loaded, elsewhere.loaded) == (LOCATIONS, [])


@pytest.mark.parametrize("broken", [1, 2, 3])
@pytest.mark.usefixtures("elsewhere")
def test_images_of_broken_processes_are_loaded_here(
    monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    monkeypatch.setattr(Pool, "breaks_at", broken)
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        calls = [loader.load(LOCATIONS) for _ in range(3)]
        assert [list(call) for call in calls] == [expected(LOCATIONS)] * 3
        assert loader.ahead == 0


@pytest.mark.parametrize(
    "error", [OSError(11, "Resource temporarily unavailable"), NotImplementedError("no semaphores")]
)
def test_images_are_loaded_here_if_no_process_can_start(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", fail)
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        for _ in range(2):
            assert list(loader.load(LOCATIONS)) == expected(LOCATIONS)


class Child:
    """A process of a pool."""

    is_killed = False

    def kill(self) -> None:
        self.is_killed = True


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """Replace the processes that this one started: one, and another one in each call of a pool."""
    children = [Child()]
    monkeypatch.setattr("multiprocessing.active_children", lambda: list(children))
    submit = Pool.submit

    def start(pool: Pool, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":  # noqa: ANN401 - as the pool
        children.append(Child())
        return submit(pool, function, *arguments)

    monkeypatch.setattr(Pool, "submit", start)
    return children


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("error", [OSError(11, "no more processes"), RuntimeError("no thread")])
def test_started_processes_are_killed_if_another_cannot_start(
    children: list[Child], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        children.append(Child())
        raise error

    monkeypatch.setattr(Pool, "submit", fail)
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        assert list(loader.load(LOCATIONS)) == expected(LOCATIONS)
    assert [child.is_killed for child in children] == [False, True]


@pytest.mark.usefixtures("elsewhere")
def test_processes_that_have_not_started_at_the_end_are_killed(
    children: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pool, "started", False)
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        list(loader.load(LOCATIONS))
    assert [child.is_killed for child in children] == [False, True]


@pytest.mark.usefixtures("elsewhere")
def test_processes_are_killed_after_an_interruption(children: list[Child]) -> None:
    loader = ProcessPoolLoader(Loader(), Loader, 2, start_after=0)
    list(loader.load(LOCATIONS))
    with pytest.raises(KeyboardInterrupt), loader:
        raise KeyboardInterrupt
    assert [child.is_killed for child in children] == [False, True, True]


@pytest.mark.usefixtures("elsewhere")
def test_processes_end_by_themselves_after_their_calls(children: list[Child]) -> None:
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        list(loader.load(LOCATIONS))
    assert not any(child.is_killed for child in children)


@pytest.mark.usefixtures("elsewhere")
def test_images_are_loaded_here_if_a_later_process_cannot_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit = Pool.submit

    def fail_later(pool: Pool, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":  # noqa: ANN401 - as the pool
        if pool.calls:
            raise OSError(11, "no more processes")
        return submit(pool, function, *arguments)

    monkeypatch.setattr(Pool, "submit", fail_later)
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        assert list(loader.load(LOCATIONS)) == expected(LOCATIONS)
        assert loader.ahead == 0


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows blocks no signals")
@pytest.mark.usefixtures("elsewhere")
def test_processes_start_while_ctrl_c_is_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    submit, blocked = Pool.submit, list[bool]()

    def start(pool: Pool, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":  # noqa: ANN401 - as the pool
        blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
        return submit(pool, function, *arguments)

    monkeypatch.setattr(Pool, "submit", start)
    with ProcessPoolLoader(Loader(), Loader, 2, start_after=0) as loader:
        list(loader.load(LOCATIONS))
    assert blocked == [True, True]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5}, raising=False)
    assert available_cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert available_cores() == 7
