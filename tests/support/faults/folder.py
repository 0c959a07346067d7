"""A folder that changes, its SQLite index, and what goes wrong on one computer."""

import random
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from imgmeta.adapters.sqlite import SQLiteImageRepository
from support.faults.process import Invocation, Worker, worker
from support.images.samples import bmp

__all__ = ["LOCAL_FAULTS", "Folder", "LocalResult", "open_folder", "run_local"]

_FILES = 120
_CHANGES = 40
_LOCK_SECONDS = 0.1
_MAX_SIZE = 400


@dataclass
class Folder:
    """A folder of photos and its index.

    Attributes:
        path: the folder of the photos.
        database: the file of the index, in a folder of its own.
        worker: runs commands.
        chance: chooses changes and moments.
        seconds: how long a sync of some changes took.
    """

    path: Path
    database: Path
    worker: Worker
    chance: random.Random
    seconds: float = 0.0

    def change(self, number: int = _CHANGES) -> None:
        """Add, replace and delete files."""
        for _ in range(number):
            path = self.path / f"{self.chance.randrange(_FILES):03}.bmp"
            if self.chance.random() < 0.2:
                path.unlink(missing_ok=True)
            else:
                width, height = (self.chance.randint(1, _MAX_SIZE) for _ in range(2))
                temporary = path.with_suffix(".new")
                # A length of its own for each size, as the checks of the index compare lengths.
                padding = bytes(width * (_MAX_SIZE + 1) + height)
                temporary.write_bytes(bmp(width=width, height=height) + padding)
                temporary.replace(path)

    def sync(self, **limits: float) -> Invocation:
        """Update the index."""
        return self.worker.run("sync", str(self.path), "--store", str(self.database), **limits)

    def differences(self) -> tuple[list[str], list[str]]:
        """Return the changes that the index lacks, and its wrong values."""
        lost: list[str] = []
        wrong: list[str] = []
        with SQLiteImageRepository(self.database, must_exist=True) as repository:
            records = {Path(each.object_key).name: each for each in repository.scan()}
        files = {path.name: path.read_bytes() for path in self.path.glob("*.bmp")}
        for name in sorted(files.keys() | records.keys()):
            if name not in files:
                lost.append(f"{name}: its deletion")
            elif name not in records:
                lost.append(f"{name}: the file")
            elif records[name].file_size != len(files[name]):
                lost.append(f"{name}: its latest content")
            elif (records[name].width, records[name].height) != _size(files[name]):
                wrong.append(f"{name}: {records[name].width} x {records[name].height}")
        with closing(sqlite3.connect(self.database)) as connection:
            (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        if answer != "ok":
            wrong.append(f"the file: {answer}")
        return lost, wrong


@dataclass
class LocalResult:
    """The result of one run with a fault, and of the sync after it.

    Attributes:
        kind: the fault.
        interrupted: whether the sync with the fault did not succeed.
        lost: as in `Folder.differences`.
        wrong: as in `Folder.differences`, and failures without a clear message.
    """

    kind: str
    interrupted: bool
    lost: list[str]
    wrong: list[str]


def _kill(folder: Folder) -> Invocation:
    delay = folder.chance.uniform(0, folder.seconds)
    timer = threading.Timer(delay, folder.worker.kill)
    timer.start()
    try:
        return folder.sync()
    finally:
        timer.cancel()
        timer.join()


def _fill_disk(folder: Folder) -> Invocation:
    sizes = [path.stat().st_size for path in folder.database.parent.iterdir()]
    return folder.sync(file_size=folder.chance.randrange(max(sizes, default=0) + 20_000))


def _forbid_file(folder: Folder) -> Invocation:
    return _without_permission(folder, folder.database)


def _forbid_folder(folder: Folder) -> Invocation:
    return _without_permission(folder, folder.database.parent, folder.database)


def _without_permission(folder: Folder, *paths: Path) -> Invocation:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        return folder.sync(unprivileged=1)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def _lock(folder: Folder) -> Invocation:
    """Hold a write lock for longer than the sync waits."""
    with _locked(folder.database):
        return folder.sync(lock_seconds=_LOCK_SECONDS)


def _lock_briefly(folder: Folder) -> Invocation:
    """Hold write locks that end before the sync stops waiting."""

    def lock() -> None:
        with _locked(folder.database):
            time.sleep(0.01)
        time.sleep(0.01)

    return _sync_during(folder, lock)


@contextmanager
def _locked(database: Path) -> Generator[None]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=300)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _change_meanwhile(folder: Folder) -> Invocation:
    return _sync_during(folder, lambda: folder.change(1))


def _sync_during(folder: Folder, action: Callable[[], None]) -> Invocation:
    """Sync while another thread repeats an action."""
    done = threading.Event()

    def repeat() -> None:
        while not done.is_set():
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        return folder.sync()
    finally:
        done.set()
        thread.join()


LOCAL_FAULTS: dict[str, Callable[[Folder], Invocation]] = {
    "killed (SIGKILL)": _kill,
    "disk full": _fill_disk,
    "index read-only": _forbid_file,
    "index and its folder read-only": _forbid_folder,
    "locked by another process": _lock,
    "locked now and then": _lock_briefly,
    "files change meanwhile": _change_meanwhile,
}
"""Faults by name: each runs a sync during the fault."""


def run_local(folder: Folder, kind: str) -> LocalResult:
    """Change the folder, sync with a fault, sync again without, and compare."""
    folder.change()
    faulty = LOCAL_FAULTS[kind](folder)
    succeeded = not faulty.killed and not faulty.error and faulty.result == 0
    wrong: list[str] = []
    if not faulty.killed and ("Traceback" in faulty.output or faulty.error):
        wrong.append(f"an unexpected error: {faulty.result} {faulty.output[-500:]}")
    after = folder.sync()
    if after.killed or after.error or after.result != 0:
        wrong.append(f"the next sync fails: {after.result} {after.output[-500:]}")
    lost, differing = folder.differences()
    return LocalResult(kind, not succeeded, lost, wrong + differing)


@contextmanager
def open_folder(seed: int) -> Generator[Folder]:
    """Create a folder and its index; they are removed at the end."""
    with ExitStack() as cleanup:
        home = Path(cleanup.enter_context(TemporaryDirectory(prefix="imgmeta-")))
        photos, index = home / "photos", home / "index"
        for path in (photos, index):
            path.mkdir()
        process = cleanup.enter_context(worker({"HOME": str(home)}, patience=1))
        folder = Folder(photos, index / "imgmeta.db", process, random.Random(seed))
        for changes in (3 * _FILES, _CHANGES):
            folder.change(changes)
            started = time.monotonic()
            invocation = folder.sync()
            folder.seconds = time.monotonic() - started
            if invocation.result != 0:
                msg = f"a sync without faults fails: {invocation.output}"
                raise RuntimeError(msg)
        yield folder


def _size(content: bytes) -> tuple[int, int]:
    width, height = (int.from_bytes(content[start : start + 4], "little") for start in (18, 22))
    return width, height
