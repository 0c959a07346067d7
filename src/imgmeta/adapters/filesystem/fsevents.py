"""FSEvents with watchdog, including the flags that watchdog ignores."""

from typing import Any

from watchdog.observers.api import BaseObserver
from watchdog.observers.fsevents import FSEventsEmitter

from imgmeta.adapters.filesystem.observers import FolderObserver, Reports

__all__ = ["ReportingFSEvents", "fsevents_observer"]

_LOST = 0x1 | 0x2 | 0x4
"""MustScanSubDirs, UserDropped and KernelDropped: Apple's "FSEventStreamEventFlags"."""

_UNMOUNT = 0x80
"""Unmount: as above."""


class ReportingFSEvents(FSEventsEmitter):
    """A stream of FSEvents that also reports gaps."""

    def __init__(self, *arguments: Any, reports: Reports, **options: Any) -> None:  # noqa: ANN401 - those of the base class
        super().__init__(*arguments, **options)
        self._reports = reports

    def events_callback(
        self, paths: list[bytes], inodes: list[int], flags: list[int], ids: list[int]
    ) -> None:
        """Handle some events of the system."""
        if any(each & _LOST for each in flags):
            self._reports.report_gap("the system dropped events")
        if any(each & _UNMOUNT for each in flags):
            self._reports.report_unmount()
        super().events_callback(paths, inodes, flags, ids)


def fsevents_observer(reports: Reports) -> FolderObserver:
    """Return an observer of FSEvents."""
    return FolderObserver(BaseObserver(ReportingFSEvents, reports=reports))
