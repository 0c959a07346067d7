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

    Source of the rules: the manual page inotify(7), "Limitations and caveats".
    """

    def __init__(self, reports: Reports) -> None:
        super().__init__()
        self._reports = reports

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
        if event.is_queue_overflow:
            self._reports.report_gap("the system dropped events")
            return
        if event.mask & InotifyConstants.IN_UNMOUNT:
            self._reports.report_unmount()
        super().handle_event(event)


def inotify_observer(reports: Reports) -> FolderObserver:
    """Return an observer with its own inotify instance.

    Raises:
        OSError: there are too many instances.
    """
    # A folder that was moved out and in again still has its watch, which is then used again.
    warnings.filterwarnings("ignore", "Callback with id ", RuntimeWarning)
    inotify = ReportingInotify(reports)
    return FolderObserver(BaseObserver(InotifyEmitter, inotify_fd=inotify), inotify)
