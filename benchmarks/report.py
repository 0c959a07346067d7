"""Measure the time, the memory and the size of `imgmeta report` for a large index.

    python benchmarks/report.py [PHOTOS] [--records 100000] [--runs 3] [--json]

Fills a SQLite index with records that are made from those of the photos in a folder (default: those
in `examples`), as `benchmarks/questions.py` makes them, and writes reports about all of them, and
about one in 100, as processes. Beside them, `list --json` reads the same records and writes them
out. The commands take turns, so that each is measured under the same load.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from questions import EXAMPLES, real_records, varied

from imgmeta import IfRevision
from imgmeta.bootstrap import open_repository

LARGE, SMALL = "large.db", "small.db"
PAGE = "report.html"

IMGMETA = str(Path(sys.executable).with_name("imgmeta"))
COMMANDS = {
    "python -c 'import pydantic'": [sys.executable, "-c", "import pydantic"],
    "list --json, all records": [IMGMETA, "list", "--json", "--store", LARGE],
    "report, one record in 100": [IMGMETA, "report", "-q", "--store", SMALL, "-o", PAGE],
    "report, all records": [IMGMETA, "report", "-q", "--store", LARGE, "-o", PAGE],
}


class Run(NamedTuple):
    """The seconds, the memory in bytes and the output in bytes of one process."""

    wall: float
    cpu: float
    memory: int
    output: int


def fill(path: Path, photos: Path, number: int) -> None:
    """Create an index with records made from those of photos."""
    with open_repository(str(path)) as repository:
        for record in varied(real_records(photos), number, copies=False):
            repository.put(record, IfRevision(None))


def run(arguments: list[str], folder: Path) -> Run:
    """Run a command in a folder.

    Raises:
        CalledProcessError: it failed.
    """
    page = folder / PAGE
    page.unlink(missing_ok=True)
    printed = folder / "printed"
    start = time.perf_counter()
    with printed.open("wb") as file:
        process = subprocess.Popen(arguments, cwd=folder, stdout=file)
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    output = page.stat().st_size if page.exists() else printed.stat().st_size
    scale = 1 if sys.platform == "darwin" else 1024
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * scale, output)


def measure(photos: Path, number: int, runs: int) -> dict[str, list[Run]]:
    """Return the runs of each command; the commands take turns."""
    measured: dict[str, list[Run]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fill(folder / LARGE, photos, number)
        fill(folder / SMALL, photos, number // 100)
        for _ in range(runs):
            for name, arguments in COMMANDS.items():
                measured[name].append(run(arguments, folder))
    return measured


def main() -> None:
    """Parse the arguments, and print the measurements."""
    parser = argparse.ArgumentParser(description="Measure reports about a large index.")
    parser.add_argument("photos", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    measured = measure(options.photos, options.records, options.runs)
    best = {name: min(runs, key=lambda each: each.cpu) for name, runs in measured.items()}
    if options.json:
        print(json.dumps({name: each._asdict() for name, each in best.items()}))
        return
    print(f"{options.records:,} records; the run with the least CPU time of {options.runs}")
    for name, (wall, cpu, memory, output) in best.items():
        sizes = f"{memory / 1e6:6.0f} MB memory {output / 1e6:8.3f} MB output"
        print(f"{name:28} {cpu:6.2f} s CPU {wall:6.2f} s elapsed {sizes}")


if __name__ == "__main__":
    main()
