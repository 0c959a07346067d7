"""The contract of `imgmeta.ports.FolderWatcher`. Each test quotes the port."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from imgmeta.core.changes import Changes
from imgmeta.ports import FolderWatcher

__all__ = ["FolderWatcherContract", "WatchedFolder"]

MANY_WAITS = 120
"""A minute for a change to be reported, which normally takes less than a second."""


class WatchedFolder(Protocol):
    """An empty folder to watch.

    Attributes:
        base: the prefix of the keys of its files; ends with a slash.
    """

    base: str

    def open(self) -> AbstractContextManager[FolderWatcher]:
        """Return a watcher of the folder, as a context manager."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Create or overwrite a file, and the folders that contain it."""
        ...

    def delete(self, name: str) -> None:
        """Delete a file, or a folder with all its files."""
        ...

    def rename(self, name: str, other: str) -> None:
        """Rename a file or folder; an existing file is replaced."""
        ...

    def lose_changes(self) -> None:
        """Make the watcher lose changes."""
        ...


def is_reported(watcher: FolderWatcher, *keys: str) -> bool:
    """Wait until all keys are reported; return False if that does not happen."""
    missing = set(keys)
    for _ in range(MANY_WAITS):
        changes = watcher.wait(0.5)
        if changes.gap:
            return True
        below = tuple(changes.prefixes)
        missing = {key for key in missing - changes.keys if not (below and key.startswith(below))}
        if not missing:
            return True
    return False


class FolderWatcherContract:
    """The tests of a folder watcher: override the fixture `harness`."""

    @pytest.fixture
    def harness(self) -> WatchedFolder:
        """Return an empty folder."""
        msg = "override the fixture `harness`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def watcher(self, harness: WatchedFolder) -> Iterator[FolderWatcher]:
        """Return a watcher of the folder."""
        with harness.open() as watcher:
            yield watcher

    # The port: "Every change that is made after the watcher was opened is reported"
    def test_every_kind_of_change_is_reported(self, harness: WatchedFolder) -> None:
        harness.write("old.jpg", b"1")
        changes: list[tuple[Callable[[], None], list[str]]] = [
            (lambda: harness.write("a.jpg", b"1"), ["a.jpg"]),
            (lambda: harness.write("a.jpg", b"22"), ["a.jpg"]),
            (lambda: harness.rename("a.jpg", "b.jpg"), ["a.jpg", "b.jpg"]),
            (lambda: harness.rename("b.jpg", "old.jpg"), ["b.jpg", "old.jpg"]),
            (lambda: harness.delete("old.jpg"), ["old.jpg"]),
        ]
        with harness.open() as watcher:
            for change, names in changes:
                change()
                assert is_reported(watcher, *[f"{harness.base}{name}" for name in names])

    # The port: "by the prefix of a folder that contains it"
    def test_files_in_a_new_folder_are_reported(
        self, harness: WatchedFolder, watcher: FolderWatcher
    ) -> None:
        names = [
            f"{folder}/{number}.jpg" for folder in ("a", "a/b/c", "d/e") for number in range(5)
        ]
        for name in names:
            harness.write(name, b"1")
        assert is_reported(watcher, *[f"{harness.base}{name}" for name in names])
        harness.write("a/b/c/later.jpg", b"1")
        assert is_reported(watcher, f"{harness.base}a/b/c/later.jpg")

    # The port: as above
    def test_files_in_a_renamed_folder_are_reported(self, harness: WatchedFolder) -> None:
        harness.write("a/b/1.jpg", b"1")
        with harness.open() as watcher:
            harness.rename("a", "c")
            assert is_reported(watcher, f"{harness.base}a/b/1.jpg", f"{harness.base}c/b/1.jpg")
            harness.write("c/b/1.jpg", b"22")
            assert is_reported(watcher, f"{harness.base}c/b/1.jpg")

    # The port: as above
    def test_files_in_a_deleted_folder_are_reported(self, harness: WatchedFolder) -> None:
        harness.write("a/b/1.jpg", b"1")
        with harness.open() as watcher:
            harness.delete("a")
            assert is_reported(watcher, f"{harness.base}a/b/1.jpg")

    # The port: "or by a gap."
    def test_lost_changes_are_reported_as_a_gap(
        self, harness: WatchedFolder, watcher: FolderWatcher
    ) -> None:
        harness.lose_changes()
        assert any(watcher.wait(0.5).gap for _ in range(MANY_WAITS))
        harness.write("a.jpg", b"1")
        assert is_reported(watcher, f"{harness.base}a.jpg")

    # The port: "If there are none, wait for one, at most for the given time."
    def test_wait_returns_nothing_without_a_change(self, watcher: FolderWatcher) -> None:
        assert not watcher.wait(0.01)

    # The port: "Return the changes that were reported since the last call."
    def test_change_is_returned_once(self, harness: WatchedFolder, watcher: FolderWatcher) -> None:
        harness.write("a.jpg", b"1")
        assert is_reported(watcher, f"{harness.base}a.jpg")
        harness.write("b.jpg", b"1")
        while not (changes := watcher.wait(0.5)):
            pass
        assert changes == Changes(frozenset({f"{harness.base}b.jpg"}))
