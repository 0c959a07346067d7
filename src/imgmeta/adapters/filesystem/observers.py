"""Observers of watchdog, which report a folder's changes, and that changes were lost."""

import logging
from contextlib import suppress
from typing import Protocol

from watchdog.events import (
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver
from watchdog.utils import BaseThread

__all__ = ["FolderObserver", "Reports"]

_EVENTS: list[type[FileSystemEvent]] = [
    *(DirAttribEvent, DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
    *(FileAttribEvent, FileClosedEvent, FileCreatedEvent),
    *(FileDeletedEvent, FileModifiedEvent, FileMovedEvent),
]
"""Without those of reading a file, which imgmeta itself would cause."""


class Reports(Protocol):
    """Receives the reports of an observer, in any thread."""

    def report(self, path: bytes | str, *, is_folder: bool) -> None:
        """Report a changed file or folder."""
        ...

    def report_permissions(self) -> None:
        """Report that the permissions of a folder changed."""
        ...

    def report_gap(self, reason: str) -> None:
        """Report lost events, and the reason."""
        ...

    def report_unwatched(self, error: OSError) -> None:
        """Report that a subfolder cannot be watched."""
        ...

    def report_unmount(self) -> None:
        """Report that a watched file system was unmounted."""
        ...


class FolderObserver:
    """The threads that observe a folder.

    Args:
        observer: dispatches the events to the handler.
        sources: other threads that the observer needs.
    """

    def __init__(self, observer: BaseObserver, *sources: BaseThread) -> None:
        self._observer = observer
        self._sources = sources

    def start(self, path: str, reports: Reports) -> None:
        """Watch a folder and all folders in it; return when they are watched.

        Raises:
            OSError: the folder cannot be watched.
        """
        logger = logging.getLogger("watchdog")
        if not logger.handlers:  # without one, Python prints the messages
            logger.addHandler(logging.NullHandler())
        try:
            for source in self._sources:
                source.start()
            handler = _Handler(reports)
            self._observer.schedule(handler, path, recursive=True, event_filter=_EVENTS)
            self._observer.start()
        except BaseException:
            self.stop()
            raise

    def is_alive(self) -> bool:
        """Return whether all threads run."""
        threads = [self._observer, *self._sources, *self._observer.emitters]
        return all(each.is_alive() for each in threads)

    def stop(self) -> None:
        """Stop the threads, and wait for them."""
        for thread in (self._observer, *self._sources):
            # watchdog raises KeyError if it confused the names of moved folders; its threads then
            # wait until the process ends. Joining a thread that was not started is a RuntimeError.
            with suppress(KeyError, RuntimeError):
                thread.stop()
                thread.join()


class _Handler(FileSystemEventHandler):
    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def dispatch(self, event: FileSystemEvent) -> None:
        if isinstance(event, DirAttribEvent):
            self._reports.report_permissions()
            return
        self._reports.report(event.src_path, is_folder=event.is_directory)
        if event.dest_path:
            self._reports.report(event.dest_path, is_folder=event.is_directory)
