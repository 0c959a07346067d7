"""Compare the sync of a folder of photos with ExifTool, and with reading the same bytes.

    python benchmarks/speed.py PHOTOS [--counts 1010,20000] [--cores 1,2] [--runs 5]

Makes folders with links to the given photos, and runs each side in turns, as whole
processes: ExifTool, which reads the same fields; `imgmeta sync` into a new index, and again; a
Python process that only opens the photos and reads the bytes that imgmeta reads; and one that only
lists the folder with `os.scandir` and `stat`. Prints the shortest CPU and elapsed times of the
runs and the medians of the ratios of each run. docs/performance/sync.md describes the method.
Without `exiftool` on the path (Debian: libimage-exiftool-perl), that side is left out.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FIELDS = [
    *("FileType", "MIMEType", "ImageWidth", "ImageHeight", "Orientation"),
    *("Make", "Model", "LensModel", "DateTimeOriginal", "OffsetTimeOriginal", "SubSecTimeOriginal"),
    *("ExposureTime", "FNumber", "ISO", "FocalLength"),
    *("GPSLatitude", "GPSLongitude", "GPSAltitude"),
    *("ColorSpace", "BitsPerSample", "ProfileDescription", "FrameCount"),
]
SUFFIXES = {".jpg", ".jpeg", ".heic", ".heif", ".tif", ".tiff", ".png"}
FIRST, LAST = 128 * 1024, 4096
"""The bytes at both ends of a file that a sync reads."""

RATIOS = [
    ("ExifTool / first sync", "exiftool", "first sync"),
    ("first sync / floor", "first sync", "floor: read"),
    ("first sync / unchanged sync", "first sync", "unchanged sync"),
    ("unchanged sync / floor", "unchanged sync", "floor: scandir and stat"),
]


class Cost(NamedTuple):
    """CPU and elapsed time of a process and its children, in seconds."""

    cpu: float
    elapsed: float


def make_folder(photos: Path, folder: Path, count: int) -> None:
    """Link the photos into a folder repeatedly, until it has `count` links."""
    originals = folder.with_suffix(".originals")
    shutil.copytree(photos, originals)
    files = sorted(each for each in originals.rglob("*") if each.suffix.lower() in SUFFIXES)
    for number in range(count):
        copy, index = divmod(number, len(files))
        target = folder / f"copy-{copy:04}" / files[index].relative_to(originals)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(files[index], target)


def walk(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files of a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from walk(entry.path)
            else:
                entry.stat()
                yield entry


def read_all(folder: str) -> None:
    """Open each photo, and read the bytes that a sync reads."""
    for entry in walk(folder):
        file = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
        size = os.fstat(file).st_size
        os.pread(file, min(FIRST, size), 0)
        if size > FIRST:
            start = max(FIRST, size - LAST)
            os.pread(file, size - start, start)
        os.close(file)


def cost_of(command: list[str]) -> Cost:
    """Run a command; return its cost."""
    # As pip installs it, imgmeta has bytecode.
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    null = subprocess.DEVNULL
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=null, stderr=null, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:  # 1: some of the photos are unreadable
        sys.exit(f"{' '.join(command)} failed with exit code {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started)


def measure(folder: Path, runs: int) -> list[dict[str, Cost]]:
    """Run each side in turns; return the costs of each run."""
    database = folder.with_suffix(".db")
    imgmeta = [str(Path(sys.executable).with_name("imgmeta")), "sync", str(folder), "--quiet"]
    script = [sys.executable, __file__, str(folder)]
    sides = {
        "exiftool": [
            *("exiftool", "-fast2", "-r", "-j", "-n"),
            *(f"-{field}" for field in FIELDS),
            str(folder),
        ],
        "first sync": [*imgmeta, "--store", str(database)],
        "unchanged sync": [*imgmeta, "--store", str(database)],
        "floor: read": [*script, "--read"],
        "floor: scandir and stat": [*script, "--walk"],
    }
    if shutil.which("exiftool") is None:
        del sides["exiftool"]
    cost_of(sides["first sync"])  # fills the page cache and the bytecode cache
    results: list[dict[str, Cost]] = []
    for _ in range(runs):
        for path in folder.parent.glob(f"{database.name}*"):
            path.unlink()
        results.append({name: cost_of(command) for name, command in sides.items()})
    return results


def print_results(results: list[dict[str, Cost]]) -> None:
    """Print the shortest times, and the medians of the ratios."""
    for name in results[0]:
        cpu = min(run[name].cpu for run in results)
        elapsed = min(run[name].elapsed for run in results)
        print(f"{name:28} CPU {cpu:8.3f} s  elapsed {elapsed:8.3f} s")
    for name, above, below in RATIOS:
        if above not in results[0]:
            continue
        cpu = statistics.median(run[above].cpu / run[below].cpu for run in results)
        elapsed = statistics.median(run[above].elapsed / run[below].elapsed for run in results)
        print(f"{name:28} CPU {cpu:8.1f} x  elapsed {elapsed:8.1f} x")


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description="Compare a sync with ExifTool.")
    parser.add_argument("photos", type=Path, help="folder of photos")
    parser.add_argument("--counts", default="1010,20000", help="numbers of photos")
    parser.add_argument("--cores", default="1,2", help="numbers of cores that each side may use")
    parser.add_argument("--runs", type=int, default=5, help="runs of each side")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--walk", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        read_all(str(arguments.photos))
        return
    if arguments.walk:
        for _ in walk(str(arguments.photos)):
            pass
        return
    available = sorted(os.sched_getaffinity(0))
    for count in map(int, arguments.counts.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / f"{count}-photos"
            make_folder(arguments.photos, folder, count)
            for cores in map(int, arguments.cores.split(",")):
                os.sched_setaffinity(0, available[:cores])  # the processes inherit it
                print(f"\n{count:,} photos, cores: {cores}\n")
                print_results(measure(folder, arguments.runs))
                os.sched_setaffinity(0, available)


if __name__ == "__main__":
    main()
