"""A local folder is watched again whenever events may have been lost; limits are reported."""

import ctypes
import errno
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers import inotify_c

from imgmeta.adapters.filesystem import locate, watching
from imgmeta.adapters.filesystem.watching import LocalFolderWatcher
from imgmeta.core.changes import Changes
from imgmeta.errors import ConfigurationError, PermanentError

MANY_WAITS = 120
"""A minute for a change to be reported, which normally takes less than a second."""

WATCHES = "it has more folders than fs.inotify.max_user_watches allows"
INSTANCES = "other programs use all watchers that fs.inotify.max_user_instances allows"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "trip").mkdir(parents=True)
    return folder


def watcher_of(folder: Path) -> LocalFolderWatcher:
    return LocalFolderWatcher(f"{locate(folder).key}/", wanted=lambda key: key.endswith(".jpg"))


@pytest.fixture
def watcher(folder: Path) -> Iterator[LocalFolderWatcher]:
    with watcher_of(folder) as watcher:
        yield watcher


def next_changes(watcher: LocalFolderWatcher) -> Changes:
    """Return the next changes."""
    for _ in range(MANY_WAITS):
        if changes := watcher.wait(0.5):
            return changes
    raise AssertionError("no change was reported")


def next_gap(watcher: LocalFolderWatcher) -> str:
    """Return the reason of the next gap."""
    while not (changes := next_changes(watcher)).gap:
        pass
    return changes.gap


def changes_until(watcher: LocalFolderWatcher, marker: Path) -> set[str]:
    """Create a file; return the names of files reported until then, without it."""
    marker.write_bytes(b"")
    names = set[str]()
    while marker.name not in names:
        changes = next_changes(watcher)
        assert not changes.gap
        names |= {key.rpartition("/")[2] for key in changes.keys}
    return names - {marker.name}


def fail_to_watch(monkeypatch: pytest.MonkeyPatch, folder: Path, code: int) -> None:
    """Make the kernel refuse to watch a folder."""
    add_watch = inotify_c.inotify_add_watch

    def refuse(descriptor: int, path: bytes, mask: int) -> int:
        if path == os.fsencode(folder):
            ctypes.set_errno(code)
            return -1
        return add_watch(descriptor, path, mask)

    monkeypatch.setattr(inotify_c, "inotify_add_watch", refuse)


def test_only_files_that_are_wanted_are_reported(watcher: LocalFolderWatcher, folder: Path) -> None:
    (folder / "notes.txt").write_bytes(b"1")
    (folder / "a.jpg.part").write_bytes(b"1")
    assert changes_until(watcher, folder / "last.jpg") == set()


def test_reading_a_file_is_no_change(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"1")
    with watcher_of(folder) as watcher:
        (folder / "a.jpg").read_bytes()
        assert changes_until(watcher, folder / "last.jpg") == set()


def test_attributes_links_and_names_in_any_encoding_are_reported(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"1")
    with watcher_of(folder) as watcher:
        (folder / "a.jpg").chmod(0o600)
        (folder / "b.jpg").symlink_to("a.jpg")
        (folder / "c.jpg").hardlink_to(folder / "a.jpg")
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff.jpg")).write_bytes(b"1")
        assert changes_until(watcher, folder / "last.jpg") == {
            *("a.jpg", "b.jpg", "c.jpg", "\uefff.jpg")
        }


def test_replaced_file_is_reported(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"1")
    with watcher_of(folder) as watcher:
        (folder / ".a.jpg.swp").write_bytes(b"22")
        (folder / ".a.jpg.swp").rename(folder / "a.jpg")
        assert changes_until(watcher, folder / "last.jpg") == {"a.jpg"}


def test_file_is_reported_after_it_is_written(folder: Path) -> None:
    now = 100.0
    prefix = f"{locate(folder).key}/"
    with LocalFolderWatcher(prefix, wanted=lambda _: True, clock=lambda: now) as watcher:
        watcher.report(os.fsencode(folder / "a.jpg"), is_folder=False)
        assert not watcher.wait(0)
        now += 0.3
        assert watcher.wait(0).keys == {f"{prefix}a.jpg"}


def test_folder_that_is_moved_out_and_in_again_is_watched(
    watcher: LocalFolderWatcher, folder: Path
) -> None:
    outside = folder.parent / "outside"
    (folder / "trip").rename(outside)
    assert next_changes(watcher).prefixes == {f"{str(folder)[1:]}/trip/"}
    outside.rename(folder / "back")
    assert next_changes(watcher).gap == "a folder was moved to another place"
    assert changes_until(watcher, folder / "back" / "a.jpg") == set()


def test_deleted_folder_is_forgotten_after_another_one_was_moved_to_its_place(
    watcher: LocalFolderWatcher, folder: Path
) -> None:
    outside = folder.parent / "outside"
    (folder / "trip").rename(outside)
    (folder / "trip").mkdir()
    (folder / "trip").rmdir()
    outside.rmdir()
    assert next_gap(watcher) == "a folder was moved to another place"
    assert changes_until(watcher, folder / "a.jpg") == set()


def test_deleted_folder_is_watched_again_when_it_is_created(
    watcher: LocalFolderWatcher, folder: Path
) -> None:
    shutil.rmtree(folder)
    assert next_gap(watcher) == "the folder does not exist"
    assert not watcher.wait(0)
    folder.mkdir()
    assert next_changes(watcher).gap == "the folder was replaced"
    assert changes_until(watcher, folder / "a.jpg") == set()


def test_folder_that_becomes_a_link_or_a_file_counts_as_deleted(
    watcher: LocalFolderWatcher, folder: Path
) -> None:
    folder.rename(folder.parent / "moved")
    folder.symlink_to("moved")
    assert next_changes(watcher).gap == "the folder does not exist"
    folder.unlink()
    folder.write_bytes(b"")
    assert not watcher.wait(0)
    folder.unlink()
    (folder.parent / "moved").rename(folder)
    assert next_changes(watcher).gap == "the folder was replaced"


def test_folder_that_vanishes_while_it_is_opened_counts_as_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = watching._identity(os.fsencode(folder))  # noqa: SLF001 - replaced below
    identities = iter([identity])
    monkeypatch.setattr(watching, "_identity", lambda _: next(identities, None))
    shutil.rmtree(folder)
    with watcher_of(folder) as watcher:
        assert not watcher.wait(0)


def test_dropped_events_are_a_gap(watcher: LocalFolderWatcher, folder: Path) -> None:
    watcher.report_gap("the system dropped events")
    watcher.report_gap("another reason")
    assert watcher.wait(60) == Changes(gap="the system dropped events")
    assert changes_until(watcher, folder / "trip" / "a.jpg") == set()


def test_ended_thread_is_a_gap(watcher: LocalFolderWatcher, folder: Path) -> None:
    observer = watcher._observer  # noqa: SLF001 - ends as if a thread had failed
    assert observer is not None
    observer.stop()
    assert watcher.wait(0) == Changes(gap="the watcher stopped")
    assert changes_until(watcher, folder / "trip" / "a.jpg") == set()


def test_unmounted_folder_ends_the_watch(
    watcher: LocalFolderWatcher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher.report_unmount()
    other = watching._Identity(device=-1, inode=2)  # noqa: SLF001 - of the mount point
    monkeypatch.setattr(watching, "_identity", lambda _: other)
    with pytest.raises(PermanentError) as caught:
        watcher.wait(60)
    assert str(caught.value) == (
        f"cannot watch {folder}: its file system was unmounted, and the index kept: mount it, then "
        "watch it again"
    )


def test_unmounted_folder_in_the_folder_is_a_gap(watcher: LocalFolderWatcher) -> None:
    watcher.report_unmount()
    assert watcher.wait(60) == Changes(gap="a file system was unmounted")
    assert not watcher.wait(0)


def test_folder_with_too_many_folders_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_watch(monkeypatch, folder / "trip", errno.ENOSPC)
    with pytest.raises(ConfigurationError) as caught, watcher_of(folder):
        pass
    assert str(caught.value) == (
        f"cannot watch {folder}: {WATCHES}: raise that limit, for example with "
        "`sudo sysctl fs.inotify.max_user_watches=1048576`"
    )


def test_folder_that_gets_too_many_folders_is_an_error(
    watcher: LocalFolderWatcher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_watch(monkeypatch, folder / "new", errno.ENOSPC)
    (folder / "new").mkdir()
    with pytest.raises(ConfigurationError, match=WATCHES):
        next_gap(watcher)


def test_too_many_watchers_are_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        ctypes.set_errno(errno.EMFILE)
        return -1

    monkeypatch.setattr(inotify_c, "inotify_init", refuse)
    with pytest.raises(ConfigurationError, match=INSTANCES), watcher_of(folder):
        pass


def test_folder_that_cannot_be_watched_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_watch(monkeypatch, folder, errno.EACCES)
    with pytest.raises(PermanentError) as caught, watcher_of(folder):
        pass
    assert str(caught.value) == f"cannot watch {folder}: permission denied"


def test_folder_is_watched_when_its_permissions_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_watch(monkeypatch, folder / "trip", errno.EACCES)
    with watcher_of(folder) as watcher:
        monkeypatch.undo()
        (folder / "trip").chmod(0o700)
        assert next_changes(watcher).gap == "the permissions of a folder changed"
        assert changes_until(watcher, folder / "trip" / "a.jpg") == set()
        (folder / "trip").chmod(0o755)
        assert changes_until(watcher, folder / "b.jpg") == set()


def test_closed_watcher_leaves_no_thread(folder: Path) -> None:
    before = set(threading.enumerate())  # of other tests, whose threads may end meanwhile
    with watcher_of(folder):
        started = set(threading.enumerate()) - before
        assert started
    assert started.isdisjoint(threading.enumerate())


def test_missing_watchdog_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("inotify", "fsevents"):
        monkeypatch.delitem(sys.modules, f"imgmeta.adapters.filesystem.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "watchdog.observers.api", None)
    with pytest.raises(ConfigurationError) as caught, watcher_of(folder):
        pass
    assert str(caught.value) == ("watching a folder needs watchdog: pip install 'imgmeta[watch]'")


def test_other_missing_module_is_raised(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("inotify", "fsevents"):
        monkeypatch.setitem(sys.modules, f"imgmeta.adapters.filesystem.{name}", None)
    with pytest.raises(ModuleNotFoundError, match=r"inotify|fsevents"), watcher_of(folder):
        pass


def test_watching_on_windows_is_refused_with_the_alternative(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ConfigurationError, match="run `imgmeta sync` at intervals"):
        watcher_of(folder).__enter__()
