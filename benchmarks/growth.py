"""Measure how commands grow with the number of images, each in its own process.

    python benchmarks/growth.py [--counts 1000,10000,100000] [--output growth.json]

Creates folders of tiny images, a thousand in each, and syncs and verifies them with one process.
Fills other indexes with generated records, in which every fiftieth image has a duplicate, and
lists, exports and searches these. Prints and stores the CPU time, the elapsed time and the peak
resident memory of each command. growth_chart.py draws them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from memory import ONE_PIXEL

PER_FOLDER = 1000
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
CAMERAS = ["EOS R5", "X-T5", "Z 8", "ILCE-7M4", "Pixel 9", "iPhone 17"]

Figures = dict[str, Any]


def make_folder(folder: Path, count: int) -> None:
    """Create a folder of tiny images; those of one subfolder are links to one file."""
    for start in range(0, count, PER_FOLDER):
        subfolder = folder / f"{start // PER_FOLDER:04}"
        subfolder.mkdir(parents=True)
        first = subfolder / "IMG_0000.bmp"
        first.write_bytes(ONE_PIXEL)
        for number in range(1, min(PER_FOLDER, count - start)):
            os.link(first, subfolder / f"IMG_{number:04}.bmp")


def fill_index(database: Path, count: int) -> None:
    """Write generated records of photos into a new index."""
    from imgmeta import ImageProperties, ObjectLocation  # noqa: PLC0415 - not needed for the plot
    from imgmeta.adapters.sqlite import SQLiteImageRepository  # noqa: PLC0415 - as above
    from imgmeta.core.objects import PresentObject  # noqa: PLC0415 - as above
    from imgmeta.core.ordering import IfRevision  # noqa: PLC0415 - as above
    from imgmeta.core.records import WriteMetadata, build_record  # noqa: PLC0415 - as above

    def record(number: int) -> Any:  # noqa: ANN401 - ImageRecord is imported above
        content = number - number % 50 // 49  # the last image of fifty repeats the one before it
        taken = CREATED + timedelta(minutes=number)
        observed = PresentObject(
            ObjectLocation("holiday", f"{number // PER_FOLDER:04}/IMG_{number:07}.JPG"),
            size=1_000_000 + content,
            last_modified=taken,
            etag=f"{content:032x}",
            content=None,
        )
        properties = ImageProperties(
            format="JPEG",
            mime_type="image/jpeg",
            width=6000,
            height=4000,
            display_width=6000,
            display_height=4000,
            camera_make="Example",
            camera_model=CAMERAS[number % len(CAMERAS)],
            iso=100 * (1 + number % 64),
            latitude=number % 170 - 85.0,
            longitude=number % 350 - 175.0,
            taken_at=taken.replace(tzinfo=None),
            taken_at_source="EXIF:DateTimeOriginal",
        )
        write = WriteMetadata(taken, f"r{number}", None, 1, content_hash=f"md5:{content:032x}")
        return build_record(observed, properties, write)

    with SQLiteImageRepository(database) as repository:
        for start in range(0, count, 500):
            numbers = range(start, min(start + 500, count))
            repository.put_all([(record(number), IfRevision(None)) for number in numbers])


def run(arguments: list[str], database: Path) -> Figures:
    """Run a command; return its times in seconds and its peak memory in MiB."""
    command = [str(Path(sys.executable).with_name("imgmeta")), *arguments]
    environment = os.environ | {"IMGMETA_STORE": f"sqlite:///{database}", "IMGMETA_JOBS": "1"}
    # As pip installs it, imgmeta has bytecode.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    null = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=null, stderr=null, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with exit code {process.returncode}")
    return {
        "cpu": round(usage.ru_utime + usage.ru_stime, 3),
        "elapsed": round(time.perf_counter() - started, 3),
        "peak": round(usage.ru_maxrss / 1024, 1),
    }


def measure(count: int, scratch: Path) -> list[Figures]:
    """Return the figures of each command for a number of images."""
    folder, database = scratch / f"{count}", scratch / f"{count}.db"
    make_folder(folder, count)
    generated = scratch / f"{count}-generated.db"
    # In another process: the peak memory of a command includes that of the process that starts it.
    fill = [sys.executable, __file__, "--fill", str(count), str(generated)]
    subprocess.run(fill, check=True)
    exported = str(scratch / "export.csv")
    commands = {
        "first sync": (["sync", str(folder), "--quiet"], database),
        "unchanged sync": (["sync", str(folder), "--quiet"], database),
        "verify": (["verify", str(folder)], database),
        "list": (["list"], generated),
        "list --sort -size": (["list", "--sort", "-size"], generated),
        "export": (["export", "--output", exported], generated),
        "duplicates": (["duplicates", "--json"], generated),
    }
    figures: list[Figures] = []
    for name, (arguments, index) in commands.items():
        values = {"command": name, "count": count} | run(arguments, index)
        print(f"{name:20} {count:9,} {values['cpu']:9.2f} s {values['peak']:8.1f} MiB", flush=True)
        figures.append(values)
        Path(exported).unlink(missing_ok=True)
    return figures


def main() -> None:
    """Run the benchmark, and store the figures."""
    parser = argparse.ArgumentParser(description="Measure growth with the number of images.")
    parser.add_argument("--counts", default="1000,10000,100000", help="numbers of images")
    parser.add_argument("--output", type=Path, help="file for the figures, as JSON")
    parser.add_argument("--fill", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fill:
        fill_index(Path(arguments.fill[1]), int(arguments.fill[0]))
        return
    figures: list[Figures] = []
    for count in map(int, arguments.counts.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            figures += measure(count, Path(scratch))
    if arguments.output:
        arguments.output.write_text(json.dumps({"figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
