"""SIGHUP and SIGTERM in processes of their own: files, the index and exit codes."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from support.cli.command_line import Cli

pytestmark = pytest.mark.usefixtures("default_signals")

PROGRAM = "from imgmeta.entrypoints.cli import main; main()"
WAITING = f"""
import os, time

def wait(_):
    print("written", flush=True)
    time.sleep(600)

os.fsync = wait
{PROGRAM}
"""
"""Waits once a file is written, before it gets its name."""

ON_A_TERMINAL = f"""
import fcntl, os, termios, time
from imgmeta.adapters import processes
from imgmeta.entrypoints.cli import startup
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport

counted = []
count = SyncReport.add

def count_and_wait(report, item):
    count(report, item)
    counted.append(item)
    while len(counted) == 200 and not startup._received:
        time.sleep(0.01)

SyncReport.add = count_and_wait
processes.FORK_AFTER = 20
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.environ["TERM"] = "xterm"
{PROGRAM}
"""
"""Waits for a signal in the middle of a sync, with a terminal that belongs to the process."""

MANY = 300
"""Images whose JSON records exceed a pipe's buffer, so that the writer has to wait."""

DEADLINE = 300
CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
NUMBERS = pytest.mark.parametrize("number", CODES, ids=lambda each: each.name)

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("L", (1, 1)).save(folder / "0.png")
    for number in range(1, MANY):
        os.link(folder / "0.png", folder / f"{number}.png")
    return folder


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a program in its own process group."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        *arguments: str,
        program: str = PROGRAM,
        prefix: tuple[str, ...] = (),
        terminal: int | None = None,
    ) -> subprocess.Popen[bytes]:
        # With this variable, nothing waits in buffers for the end of a process.
        buffered = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**buffered, "IMGMETA_STORE": ""},
            stdin=terminal,
            stdout=terminal or subprocess.PIPE,
            stderr=terminal or subprocess.PIPE,
            bufsize=0,  # so that communicate() continues where readline() ended
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for each in started:
        each.kill()
        each.communicate()


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    """Return the first line of standard output, once the process has written it."""
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        *((number, ["export", "--format", "csv", "-o", "out/x"]) for number in CODES),
        (signal.SIGHUP, ["report", "-o", "out/x"]),
    ],
)
def test_ended_command_leaves_the_old_file_and_no_other(
    start: Start, cli: Cli, tmp_path: Path, arguments: list[str], number: signal.Signals
) -> None:
    Image.new("L", (1, 1)).save(tmp_path / "gray.png")
    cli("sync", "gray.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("old", encoding="utf-8")
    process = start(*arguments, program=WAITING)
    assert first_line(process) == b"written\n"
    assert len(list((tmp_path / "out").iterdir())) == 2

    process.send_signal(number)
    _, err = process.communicate(timeout=DEADLINE)

    assert (process.returncode, err) == (CODES[number], b"")
    assert {each.name: each.read_text("utf-8") for each in (tmp_path / "out").iterdir()} == {
        "x": "old"
    }


@NUMBERS
def test_signal_stops_sync_after_an_image_and_the_next_sync_continues(
    start: Start, cli: Cli, photos: Path, number: signal.Signals
) -> None:
    assert photos.is_dir()
    process = start("sync", "photos", "--json")
    first = first_line(process)
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE)

    assert process.returncode == CODES[number]
    assert err.decode().endswith(
        "Interrupted. Finished images are stored; run sync again to index the rest.\n"
    )
    printed = (first + out).splitlines()
    assert 0 < len(printed) < MANY
    assert sorted(cli("list", "--json").out.encode().splitlines()) == sorted(printed)
    counts = f"{MANY - len(printed)} processed, 0 failed, {len(printed)} unchanged"
    assert counts in cli("sync", "photos").out


def test_repeated_hangup_counts_once(start: Start, photos: Path) -> None:
    assert photos.is_dir()
    process = start("sync", "photos", "--json")
    first_line(process)
    for _ in range(3):
        process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=DEADLINE)

    assert process.returncode == 129
    assert b"Interrupted. Finished images are stored" in err


def test_ignored_hangup_does_not_stop_a_command(start: Start, cli: Cli, photos: Path) -> None:
    assert photos.is_dir()
    process = start("sync", "photos", "--json", prefix=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"))
    first_line(process)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=DEADLINE)

    assert process.returncode == 0
    assert cli("count").out == f"{MANY}\n"


@pytest.mark.parametrize("options", [[], ["--verbose", "--jobs", "2"]], ids=" ".join)
def test_closed_terminal_ends_a_command_and_its_processes(
    start: Start, cli: Cli, photos: Path, options: list[str]
) -> None:
    assert photos.is_dir()
    terminal, follower = pty.openpty()
    process = start("sync", "photos", *options, program=ON_A_TERMINAL, terminal=follower)
    os.close(follower)
    os.read(terminal, 1)  # the command has begun to write
    os.close(terminal)

    assert process.wait(DEADLINE) == 129
    assert cli("sync", "photos").code == 0
    assert cli("verify", "photos").out == ""
