"""How fast a folder of photos is indexed, against ExifTool reading the same fields.

    python benchmarks/speed.py PHOTOS [--runs 7] [--copies 1]

Prints CPU seconds (user and system) as medians of several runs taken in turn, and the ratios:
the first sync of a fresh index against `exiftool -fast2`, and a second sync of the unchanged folder
against the first. Needs `exiftool` on the path (Debian: libimage-exiftool-perl). Both sides are
whole processes with their files in the page cache; the sync alone is also given, without the
interpreter's start and imports.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIELDS = [
    *("FileType", "MIMEType", "ImageWidth", "ImageHeight", "Orientation"),
    *("Make", "Model", "LensModel", "DateTimeOriginal", "OffsetTimeOriginal", "SubSecTimeOriginal"),
    *("ExposureTime", "FNumber", "ISO", "FocalLength"),
    *("GPSLatitude", "GPSLongitude", "GPSAltitude"),
    *("ColorSpace", "BitsPerSample", "ProfileDescription", "FrameCount"),
]

Seconds = dict[str, float]


def in_one_process(folder: str, database: str) -> Seconds:
    """Sync `folder` twice into a fresh index; return the CPU and wall seconds of each."""
    from imgmeta.bootstrap import (  # noqa: PLC0415 - the import is part of what is measured
        open_indexer,
        open_repository,
        parse_target,
    )
    from imgmeta.config import Settings  # noqa: PLC0415 - the import is part of what is measured

    measured: Seconds = {}
    for name in ("first", "second"):
        cpu, wall = time.process_time(), time.perf_counter()
        with open_repository(f"sqlite:///{database}") as repository:
            indexer = open_indexer(Settings(), repository)
            measured[f"{name} items"] = sum(1 for _ in indexer.sync(parse_target(folder)))
        measured[f"{name} cpu"] = time.process_time() - cpu
        measured[f"{name} wall"] = time.perf_counter() - wall
        if name == "first":
            measured["process cpu"] = time.process_time()
    return measured


def cpu_of(command: list[str], **environment: str) -> tuple[float, str]:
    """Run a command; return its CPU seconds, all of its processes together, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, env=os.environ | environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def measure(folder: str, runs: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each run of each contestant, taken in turn."""
    figures: dict[str, list[float]] = {}
    exiftool = ["exiftool", "-fast2", "-r", "-j", "-n", *(f"-{field}" for field in FIELDS)]
    with tempfile.TemporaryDirectory() as scratch:
        for run in range(runs + 1):
            database = f"{scratch}/{run}.db"
            seconds: Seconds = {"exiftool": cpu_of([*exiftool, folder])[0]}
            cli = [str(Path(sys.executable).with_name("imgmeta")), "sync", folder]
            store = f"sqlite:///{scratch}/cli-{run}.db"
            seconds["command, first"] = cpu_of(cli, IMGMETA_STORE=store)[0]
            seconds["command, second"] = cpu_of(cli, IMGMETA_STORE=store)[0]
            child = [sys.executable, __file__, "--child", database, folder]
            inside: Seconds = json.loads(cpu_of(child)[1])
            seconds["library, whole process"] = inside["process cpu"]
            seconds["sync alone, first"] = inside["first cpu"]
            seconds["sync alone, second"] = inside["second cpu"]
            seconds["sync alone, first, wall"] = inside["first wall"]
            seconds["sync alone, second, wall"] = inside["second wall"]
            if run:  # the first one warms the page cache and the byte code
                for name, value in seconds.items():
                    figures.setdefault(name, []).append(value)
    return figures


def report(figures: dict[str, list[float]]) -> None:
    """Print medians and ratios."""
    median = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        spread = f"{min(values) * 1000:8.1f} .. {max(values) * 1000:.1f}"
        print(f"{name:26} {median[name] * 1000:8.1f} ms   {spread}")
    print()
    for name, over, under in (
        ("exiftool / sync alone", "exiftool", "sync alone, first"),
        ("exiftool / library, whole process", "exiftool", "library, whole process"),
        ("exiftool / command, whole process", "exiftool", "command, first"),
        ("first sync / second sync, CPU", "sync alone, first", "sync alone, second"),
        ("first sync / second sync, wall", "sync alone, first, wall", "sync alone, second, wall"),
    ):
        pairs = [a / b for a, b in zip(figures[over], figures[under], strict=True)]
        print(f"{name:36} {statistics.median(pairs):6.1f} x")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", help="a folder of photos")
    parser.add_argument("--runs", type=int, default=7, help="counted runs of each")
    parser.add_argument(
        "--copies", type=int, default=1, help="index this many copies of the folder"
    )
    parser.add_argument("--child", metavar="DATABASE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(in_one_process(arguments.photos, arguments.child)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        for copy in range(arguments.copies):
            shutil.copytree(arguments.photos, Path(scratch) / f"copy-{copy}")
        report(measure(scratch, arguments.runs))


if __name__ == "__main__":
    main()
