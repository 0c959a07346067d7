"""The contract of `imgmeta.ports.FolderWatcher`, for every adapter."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from imgmeta.adapters.filesystem import locate
from imgmeta.adapters.filesystem.watching import LocalFolderWatcher
from imgmeta.adapters.memory import InMemoryFolderWatcher
from imgmeta.core.changes import Changes
from imgmeta.ports import FolderWatcher
from imgmeta.testing.contracts import FolderWatcherContract, WatchedFolder


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


FOLDERS: dict[str, Callable[[Path], WatchedFolder]] = {
    "memory": FolderInMemory,
    "local": LocalFolder,
}


class TestFolderWatcher(FolderWatcherContract):
    @pytest.fixture(params=FOLDERS)
    def harness(self, request: pytest.FixtureRequest, tmp_path: Path) -> WatchedFolder:
        return FOLDERS[request.param](tmp_path)
