"""`sync` reads many images in several processes, with the results of one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from support.cli.command_line import Cli

pytestmark = [
    pytest.mark.usefixtures("default_signals"),
    pytest.mark.skipif(sys.platform != "linux", reason="the processes are forked on Linux only"),
]

MANY = 500
"""More images than the batches that two processes read ahead."""

PROGRAM = """
import os, signal, time
from imgmeta.adapters import processes
from imgmeta.entrypoints.cli import main
from imgmeta.service.chunks import DirectLoader

first, read = os.getpid(), DirectLoader._read
start = processes.ProcessPoolLoader._start

def changed(self, observation):
    if os.getpid() != first:
        {action}
    return read(self, observation)

def start_and_wait(self):
    # Otherwise the first process may read all images before the others have started.
    start(self)
    if self._started is not None:
        self._started.result()

DirectLoader._read = changed
processes.ProcessPoolLoader._start = start_and_wait
processes.FORK_AFTER = 32
main()
"""
"""A command that soon forks processes, in which an action precedes the loading of each image."""

WAIT = """
        while not os.path.exists("go"):
            time.sleep(0.01)
"""
"""An action that ends when the test creates a file."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("L", (1, 1)).save(folder / "0.png")
    (folder / "1.png").write_bytes(b"not an image")
    for number in range(2, MANY):
        os.link(folder / f"{number % 2}.png", folder / f"{number}.png")
    return folder


def start(
    photos: Path, *arguments: str, action: str = "pass", stdout: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(action=action), "sync", "photos", *arguments],
        cwd=photos.parent,
        env={**os.environ, "IMGMETA_STORE": ""},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def written(output: str) -> list[dict[str, Any]]:
    """Return the printed records in their order, without what each write has of its own."""
    records = [json.loads(line) for line in output.splitlines()]
    volatile = {"ProcessedAt", "Revision"}
    return [{name: each[name] for name in each.keys() - volatile} for each in records]


def processes_of(parent: int) -> list[int]:
    return list(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_records_are_those_of_one_process_in_the_same_order(photos: Path) -> None:
    one, _ = start(photos, "--json", "--jobs", "1").communicate()
    (photos.parent / "imgmeta.db").unlink()
    process = start(photos, "--json", "--jobs", "2", action="open(f'{os.getpid()}.pid', 'w')")
    two, err = process.communicate()
    assert process.returncode == 1, "half of the images are unreadable"
    assert f"{MANY // 2} processed, {MANY // 2} failed, 0 unchanged" in err
    assert written(two) == written(one)
    assert list(photos.parent.glob("*.pid")), "no other process read an image"


def test_images_of_a_killed_process_are_read_in_this_process(photos: Path, cli: Cli) -> None:
    process = start(photos, "--jobs", "2", action="os.kill(os.getpid(), signal.SIGKILL)")
    out, err = process.communicate()
    assert f"{MANY // 2} processed, {MANY // 2} failed, 0 unchanged" in out
    assert "Traceback" not in err
    assert cli("verify", "photos").out == ""


def test_interruption_ends_the_processes_and_reports_all_stored_images(
    photos: Path, cli: Cli
) -> None:
    # A pipe would stop the command once it is full.
    with (photos.parent / "out.jsonl").open("w+") as printed:
        process = start(photos, "--json", "--jobs", "2", action=WAIT, stdout=printed.fileno())
        until(lambda: len(processes_of(process.pid)) == 2)
        children = processes_of(process.pid)
        for each in (process.pid, *children):  # as Ctrl-C does
            os.kill(each, signal.SIGINT)
        (photos.parent / "go").touch()
        _, err = process.communicate()
        out = Path(printed.name).read_text()
    assert process.returncode == 130
    assert err.endswith(
        "Interrupted. Finished images are stored; run sync again to index the rest.\n"
    )
    assert "Traceback" not in err
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    stored = cli("list", "--json").out
    assert sorted(stored.splitlines()) == sorted(out.splitlines())
    assert 0 < len(out.splitlines()) < MANY


@pytest.mark.slow
def test_processes_end_with_a_killed_command(photos: Path) -> None:
    process = start(photos, "--jobs", "2", action=WAIT)
    until(lambda: len(processes_of(process.pid)) == 2)
    children = processes_of(process.pid)
    process.kill()
    (photos.parent / "go").touch()
    process.communicate()
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--jobs", "many"]])
def test_invalid_number_of_jobs_is_a_usage_error(
    cli: Cli, photos: Path, arguments: list[str]
) -> None:
    done = cli("sync", photos, *arguments)
    assert done.code == 2
    assert "--jobs" in done.err


def test_invalid_setting_of_jobs_is_a_usage_error(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGMETA_JOBS", "many")
    assert cli("sync", photos) == (
        2,
        "",
        "imgmeta: invalid IMGMETA_JOBS 'many': use a number from 1 to 64\n",
    )
