"""Contract tests of `imgmeta.ports.FolderWatcher`, for every adapter. Each quotes the port."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

import pytest

from imgmeta.adapters.filesystem import locate
from imgmeta.adapters.filesystem.watching import LocalFolderWatcher
from imgmeta.adapters.memory import InMemoryFolderWatcher
from imgmeta.core.changes import Changes
from imgmeta.ports import FolderWatcher

MANY_WAITS = 120
"""A minute for a change to be reported, which normally takes less than a second."""


class Harness(Protocol):
    """A folder, and a watcher of it.

    Attributes:
        base: the prefix of the folder.
    """

    base: str

    def open(self) -> AbstractContextManager[FolderWatcher]: ...
    def write(self, name: str, content: bytes) -> None: ...
    def delete(self, name: str) -> None: ...
    def rename(self, name: str, other: str) -> None: ...
    def lose_changes(self) -> None: ...


class LocalFolder:
    """A folder of this computer; it loses changes while another folder takes its place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "photos"
        self.folder.mkdir()
        self.base = f"{locate(self.folder).key}/"

    def open(self) -> AbstractContextManager[FolderWatcher]:
        return LocalFolderWatcher(self.base, wanted=lambda key: key.endswith(".jpg"))

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def delete(self, name: str) -> None:
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def rename(self, name: str, other: str) -> None:
        (self.folder / name).rename(self.folder / other)

    def lose_changes(self) -> None:
        other = self.folder.with_name("other")
        other.mkdir()
        self.folder.rename(self.folder.with_name("gone"))
        other.rename(self.folder)


class FolderInMemory:
    """The watcher in memory, to which the test reports each change."""

    base = "photos/"

    def __init__(self, _: Path) -> None:
        self.watcher = InMemoryFolderWatcher()

    def open(self) -> AbstractContextManager[FolderWatcher]:
        return nullcontext(self.watcher)

    def write(self, name: str, content: bytes) -> None:
        del content
        self.report(name)

    def delete(self, name: str) -> None:
        self.report(name)

    def rename(self, name: str, other: str) -> None:
        self.report(name, other)

    def report(self, *names: str) -> None:
        keys = frozenset(f"{self.base}{each}" for each in names if "." in each)
        folders = frozenset(f"{self.base}{each}/" for each in names if "." not in each)
        self.watcher.report(Changes(keys, folders))

    def lose_changes(self) -> None:
        self.watcher.report(Changes(gap="lost"))


HARNESSES: dict[str, Callable[[Path], Harness]] = {"memory": FolderInMemory, "local": LocalFolder}


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Harness:
    return HARNESSES[request.param](tmp_path)


@pytest.fixture
def watcher(harness: Harness) -> Iterator[FolderWatcher]:
    with harness.open() as watcher:
        yield watcher


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


# The port: "Every change that is made after the watcher was opened is reported"
def test_every_kind_of_change_is_reported(harness: Harness) -> None:
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
def test_files_in_a_new_folder_are_reported(harness: Harness, watcher: FolderWatcher) -> None:
    names = [f"{folder}/{number}.jpg" for folder in ("a", "a/b/c", "d/e") for number in range(5)]
    for name in names:
        harness.write(name, b"1")
    assert is_reported(watcher, *[f"{harness.base}{name}" for name in names])
    harness.write("a/b/c/later.jpg", b"1")
    assert is_reported(watcher, f"{harness.base}a/b/c/later.jpg")


# The port: as above
def test_files_in_a_renamed_folder_are_reported(harness: Harness) -> None:
    harness.write("a/b/1.jpg", b"1")
    with harness.open() as watcher:
        harness.rename("a", "c")
        assert is_reported(watcher, f"{harness.base}a/b/1.jpg", f"{harness.base}c/b/1.jpg")
        harness.write("c/b/1.jpg", b"22")
        assert is_reported(watcher, f"{harness.base}c/b/1.jpg")


# The port: as above
def test_files_in_a_deleted_folder_are_reported(harness: Harness) -> None:
    harness.write("a/b/1.jpg", b"1")
    with harness.open() as watcher:
        harness.delete("a")
        assert is_reported(watcher, f"{harness.base}a/b/1.jpg")


# The port: "or by a gap."
def test_lost_changes_are_reported_as_a_gap(harness: Harness, watcher: FolderWatcher) -> None:
    harness.lose_changes()
    assert any(watcher.wait(0.5).gap for _ in range(MANY_WAITS))
    harness.write("a.jpg", b"1")
    assert is_reported(watcher, f"{harness.base}a.jpg")


# The port: "If there are none, wait for one, at most for the given time."
def test_wait_returns_nothing_without_a_change(watcher: FolderWatcher) -> None:
    assert not watcher.wait(0.01)


# The port: "Return the changes that were reported since the last call."
def test_change_is_returned_once(harness: Harness, watcher: FolderWatcher) -> None:
    harness.write("a.jpg", b"1")
    assert is_reported(watcher, f"{harness.base}a.jpg")
    harness.write("b.jpg", b"1")
    while not (changes := watcher.wait(0.5)):
        pass
    assert changes == Changes(frozenset({f"{harness.base}b.jpg"}))
