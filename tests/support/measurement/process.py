"""Run use cases in a separate process, and measure memory and CPU time.

    python tests/support/measurement/process.py sync:INDEX:FOLDER verify:INDEX:FOLDER ...

Prints one line of JSON for each use case: the number of keys, the first of them, and the peak
memory of the process so far.

    python tests/support/measurement/process.py imgmeta ARGUMENT ...

Runs a command, and prints the peak memory as the last line of standard error.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import Settings

# A use case that takes too much memory must fail, not exhaust the computer.
MAX_MEMORY = 8 * 1024**3


class Item(NamedTuple):
    """The outcome of one key, and the CPU time in seconds since the previous key."""

    name: str
    outcome: str
    reason: str | None
    format: str | None
    cpu: float


class Run(NamedTuple):
    """One use case: the number of keys, the first of them, and the peak memory so far."""

    keys: int
    found: list[Item]
    peak: float
    """Resident memory in MiB."""


def measured(*uses: tuple[str, Path, Path]) -> list[Run]:
    """Run use cases in sequence in one new process; each is a name, an index and a folder."""
    done = subprocess.run(
        [sys.executable, __file__, *(f"{use}:{index}:{folder}" for use, index, folder in uses)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (done.returncode, done.stderr) == (0, "")
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    return [Run(keys, [Item(*item) for item in each], peak) for keys, each, peak in runs]


class CommandRun(NamedTuple):
    """One command: the number of lines and bytes on standard output, and the peak memory."""

    lines: int
    size: int
    peak: float
    """Resident memory in MiB."""


def measured_command(*arguments: str | Path) -> CommandRun:
    """Run a command in a new process, and read what it prints as it prints it."""
    with subprocess.Popen(
        [sys.executable, __file__, "imgmeta", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = size = 0
        while piece := process.stdout.read(1024 * 1024):
            lines += piece.count(b"\n")
            size += len(piece)
        errors = process.stderr.read().decode().splitlines()
    assert process.returncode == 0, errors
    return CommandRun(lines, size, float(errors[-1]))


def _run_command() -> None:
    from imgmeta.entrypoints.cli import main as run  # noqa: PLC0415 - needs the extra cli

    del sys.argv[0]
    try:
        run()
    finally:
        print(_peak(), file=sys.stderr)  # noqa: T201 - the output of this script


def _peak() -> float:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1024 ** (2 if sys.platform == "darwin" else 1)
    # On Linux, ru_maxrss includes the memory of the parent when it started this process.
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _items(use: str, index: str, folder: str) -> Iterator[Item]:
    with open_repository(f"sqlite:///{index}") as repository:
        indexer = open_indexer(Settings(), repository)
        before = time.process_time()
        if use == "verify":
            for comparison in indexer.verify(parse_target(folder)):
                now = time.process_time()
                yield Item(comparison.key, comparison.difference, None, None, now - before)
                before = now
            return
        for item in indexer.sync(parse_target(folder)):
            now = time.process_time()
            name, kind = Path(item.location.key).name, item.record.format if item.record else None
            yield Item(name, item.outcome, item.reason, kind, now - before)
            before = now


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if sys.argv[1] == "imgmeta":
        _run_command()
        return
    for argument in sys.argv[1:]:
        keys, kept = 0, list[Item]()
        for item in _items(*argument.split(":")):
            keys += 1
            if keys <= 1000:
                kept.append(item)
        print(json.dumps([keys, kept, _peak()]))  # noqa: T201 - the output of this script


if __name__ == "__main__":
    main()
