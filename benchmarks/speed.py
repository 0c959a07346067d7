"""Compare the speed of indexing a folder of photos with ExifTool reading the same fields.

    python benchmarks/speed.py PHOTOS [--runs 7] [--copies 10]

Measures the folder itself and a folder with that many copies of it. Prints for both the median CPU
times (user and system) of alternating runs and their ratios, and finally the CPU time for each
further photo, which excludes the start of either side. README.md in this folder explains the
ratios. Needs `exiftool` on the path (Debian: libimage-exiftool-perl).
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

PHOTOS = "photos"

Seconds = dict[str, float]
Figures = dict[str, list[float]]


def in_one_process(folder: str, database: str) -> Seconds:
    """Sync `folder` twice into a new index; return the CPU and wall seconds of each sync."""
    from imgmeta.bootstrap import (  # noqa: PLC0415 - the import is measured
        open_indexer,
        open_repository,
        parse_target,
    )
    from imgmeta.config import Settings  # noqa: PLC0415 - the import is measured

    measured: Seconds = {}
    for name in ("first", "second"):
        cpu, wall = time.process_time(), time.perf_counter()
        with open_repository(f"sqlite:///{database}") as repository:
            indexer = open_indexer(Settings(), repository)
            measured[PHOTOS] = sum(1 for _ in indexer.sync(parse_target(folder)))
        measured[f"sync alone, {name}"] = time.process_time() - cpu
        measured[f"sync alone, {name}, wall"] = time.perf_counter() - wall
        if name == "first":
            measured["library, whole process"] = time.process_time()
    return measured


def cpu_of(command: list[str], **environment: str) -> tuple[float, str]:
    """Run a command; return the CPU seconds of all its processes, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, env=os.environ | environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def measure(folder: str, runs: int) -> Figures:
    """Run each side in turns; return the figures of each run."""
    figures: Figures = {}
    exiftool = ["exiftool", "-fast2", "-r", "-j", "-n", *(f"-{field}" for field in FIELDS)]
    command = [str(Path(sys.executable).with_name("imgmeta")), "sync", folder]
    with tempfile.TemporaryDirectory() as scratch:
        for run in range(runs + 1):
            store = f"sqlite:///{scratch}/command-{run}.db"
            seconds: Seconds = {
                "exiftool": cpu_of([*exiftool, folder])[0],
                "command, first": cpu_of(command, IMGMETA_STORE=store)[0],
                "command, second": cpu_of(command, IMGMETA_STORE=store)[0],
            }
            child = [sys.executable, __file__, "--child", f"{scratch}/library-{run}.db", folder]
            seconds |= json.loads(cpu_of(child)[1])
            if run:  # the first run fills the page cache and the bytecode cache
                for name, value in seconds.items():
                    figures.setdefault(name, []).append(value)
    return figures


def print_times(figures: Figures) -> None:
    """Print the median, the minimum and the maximum of each figure."""
    for name, values in figures.items():
        if name != PHOTOS:
            spread = f"{min(values) * 1000:8.1f} .. {max(values) * 1000:.1f}"
            print(f"{name:32} {statistics.median(values) * 1000:9.1f} ms  {spread}")


def print_ratio(name: str, over: list[float], under: list[float]) -> None:
    """Print the median of the ratios of paired runs."""
    ratio = statistics.median(a / b for a, b in zip(over, under, strict=True))
    print(f"{name:45} {ratio:6.1f} x")


def print_ratios(figures: Figures) -> None:
    """Print the ratios for one folder."""
    exiftool, first = figures["exiftool"], figures["sync alone, first"]
    print_ratio("exiftool / imgmeta sync, whole processes", exiftool, figures["command, first"])
    print_ratio("exiftool / library, whole processes", exiftool, figures["library, whole process"])
    print_ratio("exiftool / sync alone", exiftool, first)
    print_ratio("first sync / second sync", first, figures["sync alone, second"])
    walls = figures["sync alone, first, wall"], figures["sync alone, second, wall"]
    print_ratio("first sync / second sync, wall time", *walls)


def print_time_per_further_photo(few: Figures, many: Figures) -> None:
    """Print the CPU time for each photo beyond the first folder, which excludes the start."""
    costs: Figures = {}
    for name in ("exiftool", "command, first", "sync alone, first", "sync alone, second"):
        costs[name] = [
            (after - before) / (all_photos - photos)
            for after, before, all_photos, photos in zip(
                many[name], few[name], many[PHOTOS], few[PHOTOS], strict=True
            )
        ]
        print(f"{name:32} {statistics.median(costs[name]) * 1000:9.3f} ms per photo")
    print_ratio("exiftool / imgmeta sync", costs["exiftool"], costs["command, first"])
    print_ratio("exiftool / sync alone", costs["exiftool"], costs["sync alone, first"])
    first, second = costs["sync alone, first"], costs["sync alone, second"]
    print_ratio("first sync / second sync", first, second)


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description="Compare the speed of indexing with ExifTool.")
    parser.add_argument("photos", help="a folder of photos")
    parser.add_argument("--runs", type=int, default=7, help="measured runs of each side")
    parser.add_argument("--copies", type=int, default=10, help="copies in the larger folder")
    parser.add_argument("--child", metavar="DATABASE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(in_one_process(arguments.photos, arguments.child)))
        return
    measured: list[Figures] = []
    with tempfile.TemporaryDirectory() as scratch:
        for copies in sorted({1, arguments.copies}):
            folder = Path(scratch) / f"{copies}-copies"
            for copy in range(copies):
                shutil.copytree(arguments.photos, folder / f"copy-{copy}")
            figures = measure(str(folder), arguments.runs)
            print(f"\n{figures[PHOTOS][0]:,.0f} photos\n")
            print_times(figures)
            print_ratios(figures)
            measured.append(figures)
    if len(measured) > 1:
        print("\nEach further photo\n")
        print_time_per_further_photo(*measured)


if __name__ == "__main__":
    main()
