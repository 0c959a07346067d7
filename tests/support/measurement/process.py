"""Runs use cases as users get them, in a process of its own, and says what they took.

    python tests/support/measurement/process.py sync:INDEX:FOLDER verify:INDEX:FOLDER ...

Prints for each, as one line of JSON, the peak memory of the process so far and what was found.
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

# Of what takes all memory, a test should fail, and not the computer.
MOST = 8 * 1024**3


class Found(NamedTuple):
    """What became of one key, and the CPU time in seconds since the one before."""

    name: str
    outcome: str
    reason: str | None
    format: str | None
    cpu: float


class Run(NamedTuple):
    """One use case: how many keys it met, the first of them, and the process's peak so far."""

    keys: int
    found: list[Found]
    peak: float
    """Resident memory in MiB."""


def measured(*uses: tuple[str, Path, Path]) -> list[Run]:
    """Run use cases one after another in one new process; each is a name, an index and a folder."""
    done = subprocess.run(
        [sys.executable, __file__, *(f"{use}:{index}:{folder}" for use, index, folder in uses)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (done.returncode, done.stderr) == (0, "")
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    return [Run(keys, [Found(*found) for found in each], peak) for keys, each, peak in runs]


def _peak() -> float:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1024 ** (2 if sys.platform == "darwin" else 1)
    # Linux counts in ru_maxrss what the parent had when it made this process.
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _found(use: str, index: str, folder: str) -> Iterator[Found]:
    with open_repository(f"sqlite:///{index}") as repository:
        indexer = open_indexer(Settings(), repository)
        before = time.process_time()
        if use == "verify":
            for compared in indexer.verify(parse_target(folder)):
                now = time.process_time()
                yield Found(compared.key, compared.difference, None, None, now - before)
                before = now
            return
        for item in indexer.sync(parse_target(folder)):
            now = time.process_time()
            name, kind = Path(item.location.key).name, item.record.format if item.record else None
            yield Found(name, item.outcome, item.reason, kind, now - before)
            before = now


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST, resource.getrlimit(resource.RLIMIT_AS)[1]))
    for argument in sys.argv[1:]:
        keys, kept = 0, list[Found]()
        for found in _found(*argument.split(":")):
            keys += 1
            if keys <= 1000:
                kept.append(found)
        print(json.dumps([keys, kept, _peak()]))  # noqa: T201 - this is how it answers


if __name__ == "__main__":
    main()
