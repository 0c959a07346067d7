"""The events of inotify that watchdog keeps from its handlers are reported."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.folders.reports import RecordedReports

if sys.platform != "linux":
    pytest.skip("inotify is part of Linux", allow_module_level=True)

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    Mask,
    WatchDescriptor,
)

from imgmeta.adapters.filesystem.inotify import ReportingInotify

ID = CallbackId(1)
CHANGES = Mask(InotifyConstants.IN_CREATE | InotifyConstants.IN_DELETE)
FOLDER = InotifyConstants.IN_ISDIR
FROM, TO = InotifyConstants.IN_MOVED_FROM, InotifyConstants.IN_MOVED_TO
QUEUE_LENGTH = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text("ascii"))


class Callback:
    """Keeps the events of a folder."""

    def __init__(self) -> None:
        self.events: list[InotifyEvent] = []
        self.error: Exception | None = None

    def on_event(self, event: InotifyEvent) -> None:
        self.events.append(event)
        if self.error:
            raise self.error

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        del wd

    def on_queue_overflow(self) -> None: ...


@pytest.fixture
def reports() -> RecordedReports:
    return RecordedReports()


@pytest.fixture
def inotify(reports: RecordedReports) -> Iterator[ReportingInotify]:
    inotify = ReportingInotify(reports)
    yield inotify
    if not inotify.is_alive():
        inotify.start()  # its thread frees its resources
    inotify.stop()
    inotify.join()


def test_overflow_of_the_queue_is_a_gap(
    inotify: ReportingInotify, reports: RecordedReports, tmp_path: Path
) -> None:
    inotify.add_callback(os.fsencode(tmp_path), CHANGES, Callback(), ID)
    # The system does not merge events of different kinds. The thread that reads them does not run.
    path = os.fspath(tmp_path / "a")
    for _ in range(QUEUE_LENGTH // 2 + 1):
        os.close(os.open(path, os.O_CREAT, 0o600))
        os.unlink(path)  # noqa: PTH108 - a path object takes longer than the call
    for event in inotify.read_events(event_buffer_size=100 * QUEUE_LENGTH):
        inotify.handle_event(event)
    assert reports.gaps == ["the system dropped events"]


def test_unmounted_file_system_is_reported(
    inotify: ReportingInotify, reports: RecordedReports, tmp_path: Path
) -> None:
    descriptor = inotify.add_callback(os.fsencode(tmp_path), CHANGES, callback := Callback(), ID)
    inotify.handle_event(InotifyEvent(descriptor, CHANGES, 0, b"a"))
    assert (len(callback.events), reports.unmounts) == (1, 0)
    inotify.handle_event(InotifyEvent(descriptor, InotifyConstants.IN_UNMOUNT, 0, b""))
    assert (len(callback.events), reports.unmounts) == (2, 1)


def test_folder_that_cannot_be_watched_is_reported(
    inotify: ReportingInotify, reports: RecordedReports, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        inotify.add_callback(os.fsencode(tmp_path / "missing"), CHANGES, Callback(), ID)
    assert reports.unwatched == [caught.value]


def test_renamed_folder_is_watched_again(
    inotify: ReportingInotify, reports: RecordedReports, tmp_path: Path
) -> None:
    descriptor = inotify.add_callback(os.fsencode(tmp_path), CHANGES, callback := Callback(), ID)
    inotify.handle_event(InotifyEvent(descriptor, Mask(FROM | FOLDER), 7, b"a"))
    inotify.handle_event(InotifyEvent(descriptor, Mask(TO | FOLDER), 7, b"b"))
    created = InotifyEvent(descriptor, Mask(InotifyConstants.IN_CREATE | FOLDER), 0, b"b")
    assert callback.events[2:] == [created]
    assert reports.gaps == []


@pytest.mark.parametrize("mask", [InotifyConstants.IN_MODIFY, TO])
def test_folder_that_is_moved_to_another_place_is_a_gap(
    inotify: ReportingInotify, reports: RecordedReports, tmp_path: Path, mask: int
) -> None:
    descriptor = inotify.add_callback(os.fsencode(tmp_path), CHANGES, Callback(), ID)
    inotify.handle_event(InotifyEvent(descriptor, Mask(FROM), 6, b"a.jpg"))
    inotify.handle_event(InotifyEvent(descriptor, Mask(FROM | FOLDER), 7, b"a"))
    assert reports.gaps == []
    inotify.handle_event(InotifyEvent(descriptor, Mask(mask), 8, b"b.jpg"))
    assert reports.gaps == ["a folder was moved to another place"]


def test_failure_of_the_library_is_a_gap_after_which_events_are_ignored(
    inotify: ReportingInotify, reports: RecordedReports, tmp_path: Path
) -> None:
    descriptor = inotify.add_callback(os.fsencode(tmp_path), CHANGES, callback := Callback(), ID)
    callback.error = KeyError("a folder")
    for _ in range(2):
        inotify.handle_event(InotifyEvent(descriptor, CHANGES, 0, b"a"))
    assert reports.gaps == ["the watcher failed"]
    assert len(callback.events) == 1
