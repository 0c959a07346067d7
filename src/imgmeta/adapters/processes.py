"""Loads many images in a pool of processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from types import TracebackType

    from imgmeta.core.objects import ObjectLocation
    from imgmeta.ports import ImageLoader, LoadedImage

__all__ = ["FORK_AFTER", "SPAWN_AFTER", "ProcessPoolLoader", "available_cores"]

FORK_AFTER = 256
"""Images that are loaded in this process before others are forked from it, in milliseconds."""

SPAWN_AFTER = 2048
"""The same for new processes, each of which imports imgmeta in a quarter of a second."""

_Result = TypeVar("_Result")

_CALLS_PER_PROCESS = 2
"""Calls of `load` ahead: one that a process works on, and one that waits for it."""


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ProcessPoolLoader:
    """Loads images in this process, and in other processes once there are many.

    Nothing is started for a few images. If the processes cannot be started, or one of them is
    killed, the images are loaded in this process, which has the same results.

    Use it as a context manager: it ends the processes. They also end if this process is killed, and
    ignore Ctrl-C, so that this process decides what an interruption means.

    Args:
        direct: the loader of this process.
        open_loader: returns the loader of another process; a function of a module, so that it can
            be pickled.
        processes: the number of other processes.
        start_after: the number of images to load before they are started; None: `FORK_AFTER` or
            `SPAWN_AFTER`.
    """

    def __init__(
        self,
        direct: ImageLoader,
        open_loader: Callable[[], ImageLoader],
        processes: int,
        *,
        start_after: int | None = None,
    ) -> None:
        self._direct = direct
        self._open_loader = open_loader
        self._processes = processes
        self._start_after = start_after
        self._count = 0
        self._pool: ProcessPoolExecutor | None = None
        self._children: set[BaseProcess] = set()
        self._started: Future[None] | None = None
        self._gave_up = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes, after the calls that they work on; at once after an error."""
        if error is not None or self._ready_pool is None:
            self._kill()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    @property
    def ahead(self) -> int:
        """The number of calls to await at the same time: see `ImageLoader.ahead`."""
        return self._processes * _CALLS_PER_PROCESS if self._ready_pool else self._direct.ahead

    def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
        """Start to load objects: see `ImageLoader.load`."""
        self._count += len(locations)
        if self._pool is None and not self._gave_up:
            self._start()
        pool = self._ready_pool
        if pool is None or not locations:
            return self._direct.load(locations)
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as in `_start`

        try:
            return self._results(self._submit(pool, _load, list(locations)), locations)
        # Spawned processes start one after another: a later one may exceed a limit of the system.
        except (BrokenProcessPool, OSError):
            self._gave_up = True
            return self._direct.load(locations)

    def _start(self) -> None:
        # Forking a process with several threads may copy a lock that is held.
        can_fork = sys.platform == "linux" and threading.active_count() == 1
        after = self._start_after
        if self._count <= ((FORK_AFTER if can_fork else SPAWN_AFTER) if after is None else after):
            return
        try:
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - most runs use none
            from multiprocessing import get_context  # noqa: PLC0415 - as above

            context: BaseContext = get_context("fork" if can_fork else "spawn")
            pool = ProcessPoolExecutor(self._processes, context, _initialize, (self._open_loader,))
            self._started = self._submit(pool, _do_nothing)
            self._pool = pool
        # The limit of processes or of threads, or a system without shared semaphores.
        except (ImportError, NotImplementedError, OSError, RuntimeError):
            self._gave_up = True
            self._kill()

    def _submit(
        self, pool: ProcessPoolExecutor, function: Callable[..., _Result], *arguments: object
    ) -> Future[_Result]:
        """Submit a call; remember the processes that this starts."""
        from multiprocessing import active_children  # noqa: PLC0415 - as in `_start`

        others = set(active_children())
        try:
            with _without_interrupts():
                return pool.submit(function, *arguments)
        finally:
            self._children |= set(active_children()) - others

    def _kill(self) -> None:
        # The pool has no public way before Python 3.14. It does not end processes that were started
        # before another one could not be, for which Python would wait at its end.
        for each in self._children:
            each.kill()

    @property
    def _ready_pool(self) -> ProcessPoolExecutor | None:
        """The processes, if they have started; until then, this process goes on alone."""
        is_ready = self._started is not None and self._started.done() and not self._gave_up
        return self._pool if is_ready else None

    def _results(
        self, future: Future[list[LoadedImage | None]], locations: Sequence[ObjectLocation]
    ) -> Iterator[LoadedImage | None]:
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as in `_start`

        try:
            loaded = iter(future.result())
        except BrokenProcessPool:
            self._gave_up = True
            loaded = self._direct.load(locations)
        yield from loaded


@contextmanager
def _without_interrupts() -> Generator[None]:
    """Delay Ctrl-C and SIGHUP, also in processes that start meanwhile, until they ignore it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_TERMINALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_OF_TERMINALS = {signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)}
"""Signals that a terminal sends to all processes of a command, of which the first one reacts."""

_loaders: list[ImageLoader] = []
"""The one loader of a process of the pool; elsewhere, none."""


def _initialize(open_loader: Callable[[], ImageLoader]) -> None:
    """Prepare a process of the pool."""
    for each in _OF_TERMINALS:
        signal.signal(each, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    _loaders.append(open_loader())


def _exit_with_parent() -> None:
    # A process that waits for work does not notice that nobody can send any.
    from multiprocessing import parent_process  # noqa: PLC0415 - as in `_start`

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do_nothing() -> None:
    """Return as soon as a process of the pool is ready."""


def _load(locations: Sequence[ObjectLocation]) -> list[LoadedImage | None]:
    return [loaded for loader in _loaders for loaded in loader.load(locations)]
