"""inotify with watchdog, including the events that watchdog's handlers are not told of."""

import errno
import os
import warnings

from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from imgmeta.adapters.filesystem.observers import FolderObserver, Reports

__all__ = ["ReportingInotify", "inotify_observer"]


class ReportingInotify(InotifyFD):
    """An inotify instance that also reports gaps, and folders that cannot be watched.

    After a gap, it ignores all events: the folder must be watched again, with another instance.

    Source of the rules: the manual page inotify(7), "Limitations and caveats" and "Dealing with
    rename() events".
    """

    def __init__(self, reports: Reports) -> None:
        super().__init__()
        self._reports = reports
        self._is_lost = False
        self._moved_folder: int | None = None

    def add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        """Watch one folder.

        Raises:
            OSError: it cannot be watched. For folders in the watched folder, watchdog ignores that.
        """
        try:
            descriptor = super().add_callback(path, mask, callback, id_)
            if descriptor < 0:  # watchdog ignores that permission is denied
                self.remove_callbacks([(descriptor, id_)])
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            self._reports.report_unwatched(error)
            raise
        return descriptor

    def handle_event(self, event: InotifyEvent) -> None:
        """Handle one event of the kernel."""
        if self._is_lost:
            return
        if event.is_queue_overflow:
            self._lose("the system dropped events")
            return
        moved, self._moved_folder = self._moved_folder, None
        if moved is not None and not (event.is_moved_to and event.cookie == moved):
            # Its watches still report changes, as those of a folder that is not there.
            self._lose("a folder was moved to another place")
            return
        if event.is_moved_from and event.is_directory:
            self._moved_folder = event.cookie
        if event.mask & InotifyConstants.IN_UNMOUNT:
            self._reports.report_unmount()
        self._pass_on(event)
        if event.is_moved_to and event.is_directory:
            # A folder that was created in it just before the move may not be watched yet.
            created = Mask(InotifyConstants.IN_CREATE | InotifyConstants.IN_ISDIR)
            self._pass_on(InotifyEvent(event.wd, created, 0, event.name))

    def _pass_on(self, event: InotifyEvent) -> None:
        try:
            super().handle_event(event)
        except Exception:  # noqa: BLE001 - else the thread would end, with a traceback
            self._lose("the watcher failed")

    def _lose(self, reason: str) -> None:
        self._is_lost = True
        self._reports.report_gap(reason)


def inotify_observer(reports: Reports) -> FolderObserver:
    """Return an observer with its own inotify instance.

    Raises:
        OSError: there are too many instances.
    """
    # A new folder may be watched twice: when its parent is, and at the event of its creation.
    warnings.filterwarnings("ignore", "Callback with id ", RuntimeWarning)
    inotify = ReportingInotify(reports)
    return FolderObserver(BaseObserver(InotifyEmitter, inotify_fd=inotify), inotify)
