"""`watch` in a process of its own, with the events of the real system."""

import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from PIL import Image

from imgmeta import LOCAL_BUCKET, ImageRecord, Status
from imgmeta.adapters.filesystem import locate
from imgmeta.bootstrap import open_repository
from support.cli.command_line import Cli

pytestmark = pytest.mark.usefixtures("default_signals")

PROGRAM = "from imgmeta.entrypoints.cli import main; main()"
IMPATIENT = (
    "from datetime import timedelta; from imgmeta.adapters.sqlite import SQLiteImageRepository;"
    "SQLiteImageRepository.__init__.__kwdefaults__['patience'] = timedelta(seconds=0.5);"
)
"""Waits for locks of the index for a short time only."""
DEADLINE = 120
"""Seconds after which a condition that never becomes true fails the test."""


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.05)


class Watch:
    """A running `imgmeta watch photos`, whose output is in files."""

    def __init__(self, folder: Path, *arguments: str, program: str = PROGRAM) -> None:
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", program, "watch", "photos", *arguments],
                cwd=folder,
                env={**os.environ, "IMGMETA_STORE": ""},
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8")

    def says(self, text: str) -> None:
        """Wait until standard error contains a text."""
        until(lambda: text in self.err or self.process.poll() is not None)
        assert text in self.err

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    draw(folder / "first.png")
    return folder


@pytest.fixture
def watch(photos: Path) -> Iterator[Callable[..., Watch]]:
    """Return a function that starts the command, and waits until the folder is synced."""
    started: list[Watch] = []

    def start(*arguments: str, program: str = PROGRAM) -> Watch:
        started.append(Watch(photos.parent, *arguments, program=program))
        started[-1].says("Press Ctrl-C to stop.")
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def draw(path: Path, width: int = 1) -> None:
    """Write an image at once: one that is half written for long is recorded as failed first."""
    encoded = io.BytesIO()
    Image.new("L", (width, 1)).save(encoded, "PNG")
    path.write_bytes(encoded.getvalue())


def indexed(photos: Path) -> dict[str, ImageRecord]:
    """Return the records of the images in the folder, by their path in it."""
    prefix = f"{locate(photos).key}/"
    with open_repository(f"sqlite:///{photos.parent}/imgmeta.db") as repository:
        records = list(repository.list_prefix(LOCAL_BUCKET, prefix))
    return {record.object_key.removeprefix(prefix): record for record in records}


def count(photos: Path) -> int:
    """Return the number of images in the index."""
    with open_repository(f"sqlite:///{photos.parent}/imgmeta.db") as repository:
        return repository.count(LOCAL_BUCKET)


@contextmanager
def locked(index: Path) -> Generator[None]:
    """Keep other processes from writing to the index."""
    with closing(sqlite3.connect(index, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_index_follows_every_change(watch: Callable[..., Watch], cli: Cli, photos: Path) -> None:
    running = watch()
    outside = photos.parent / "outside"

    def becomes(*names: str) -> None:
        expected = set(names)
        until(lambda: set(indexed(photos)) == expected and cli("verify", "photos").code == 0)

    draw(photos / "é写\n.png")
    becomes("first.png", "é写\n.png")
    draw(photos / "first.png", width=7)
    until(lambda: indexed(photos)["first.png"].width == 7)
    (photos / "first.png").rename(photos / "renamed.png")
    becomes("renamed.png", "é写\n.png")
    draw(photos / "editor.tmp.png", width=9)
    (photos / "editor.tmp.png").rename(photos / "renamed.png")
    until(lambda: indexed(photos)["renamed.png"].width == 9)
    (photos / "é写\n.png").unlink()
    becomes("renamed.png")
    (photos / "a" / "b" / "c").mkdir(parents=True)
    draw(photos / "a" / "b" / "c" / "new.png")
    becomes("renamed.png", "a/b/c/new.png")
    (photos / "a").rename(outside)
    becomes("renamed.png")
    draw(outside / "b" / "other.png")
    outside.rename(photos / "back")
    becomes("renamed.png", "back/b/c/new.png", "back/b/other.png")
    draw(photos / "back" / "b" / "c" / "new.png", width=5)
    until(lambda: indexed(photos)["back/b/c/new.png"].width == 5)
    shutil.rmtree(photos / "back")
    becomes("renamed.png")
    shutil.rmtree(photos)
    until(lambda: "The folder does not exist: syncing" in running.err)
    photos.mkdir()
    draw(photos / "again.png")
    becomes("again.png")
    assert running.stop() == 130
    assert "0 failed" in running.out.splitlines()[-1]
    assert "gone     photos/first.png" in running.out
    assert running.err.endswith(
        "Stopped. Changes from now on are found by the next watch or sync.\n"
    )
    assert cli("verify", "photos").code == 0


def test_half_copied_image_is_read_again(watch: Callable[..., Watch], photos: Path) -> None:
    running = watch("--json")
    draw(photos.parent / "source.png", width=1000)
    content = (photos.parent / "source.png").read_bytes()
    with (photos / "copy.png").open("wb") as copy:
        copy.write(content[:60])
        copy.flush()
        until(lambda: "copy.png" in indexed(photos))
        assert indexed(photos)["copy.png"].complete is False
        copy.write(content[60:])
    until(lambda: indexed(photos)["copy.png"].complete is True)
    assert running.stop() == 130
    printed = map(ImageRecord.from_json, running.out.splitlines())
    copies = [each for each in printed if each.object_key.endswith("/copy.png")]
    assert copies[-1] == indexed(photos)["copy.png"]


@pytest.mark.slow
def test_dropped_events_become_a_sync(watch: Callable[..., Watch], cli: Cli, photos: Path) -> None:
    running = watch()
    length = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text("ascii"))
    running.process.send_signal(signal.SIGSTOP)
    for _ in range(length // 2 + 1):
        (photos / "flood.txt").touch()
        (photos / "flood.txt").unlink()
    (photos / "new").mkdir()
    for number in range(2_000):
        (photos / "new" / f"{number}.png").hardlink_to(photos / "first.png")
    running.process.send_signal(signal.SIGCONT)
    running.says("The system dropped events: syncing")
    until(lambda: count(photos) == 2_001)
    until(lambda: cli("verify", "photos").code == 0)
    draw(photos / "new" / "later.png")
    until(lambda: "new/later.png" in indexed(photos))


def test_changes_are_kept_while_the_index_is_locked(
    watch: Callable[..., Watch], cli: Cli, photos: Path
) -> None:
    running = watch("--store", "sqlite:///index.db", program=IMPATIENT + PROGRAM)
    with locked(photos.parent / "index.db"):
        draw(photos / "a.png")
        running.says("The index is unavailable, and changes are kept: ")
        draw(photos / "b.png")
    running.says("The index is available again, and has all changes.")
    verify = ("verify", "photos", "--store", "sqlite:///index.db")
    until(lambda: cli(*verify).code == 0)
    assert running.err.count("unavailable") == 1
    assert running.stop() == 130


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_signal_ends_a_watch_that_waits_for_changes(
    watch: Callable[..., Watch], photos: Path, number: signal.Signals, code: int
) -> None:
    running = watch()
    assert running.stop(number) == code
    assert "Stopped. Changes from now on are found by the next watch or sync." in running.err
    assert indexed(photos).keys() == {"first.png"}


def test_signal_during_the_first_sync_stops_after_an_image(photos: Path) -> None:
    for number in range(300):
        (photos / f"{number}.png").hardlink_to(photos / "first.png")
    running = Watch(photos.parent, "--json")
    until(lambda: bool(running.out))
    assert running.stop(signal.SIGTERM) == 143
    assert 0 < len(running.out.splitlines()) == len(indexed(photos)) <= 301


def test_unreadable_file_does_not_end_the_watch(watch: Callable[..., Watch], photos: Path) -> None:
    running = watch()
    (photos / "notes.png").write_bytes(b"no image")
    until(lambda: "notes.png" in indexed(photos))
    assert indexed(photos)["notes.png"].status is Status.FAILED
    draw(photos / "notes.png")
    until(lambda: indexed(photos)["notes.png"].status is Status.PROCESSED)
    assert running.stop() == 130
    assert "failed   photos/notes.png" in running.out
