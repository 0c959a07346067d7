"""Measure how long the `imgmeta` command takes to answer ten questions about an index.

    python benchmarks/questions.py [PHOTOS] [--records 30300] [--runs 5] [--json]

Reads the properties of the photos in a folder (default: those in `examples`), and fills two SQLite
indexes with that many records made from them. In one, every record has its own key, size, date and
content, and often another camera, lens and place; one in a thousand is a duplicate. In the other,
all records of a photo are duplicates of each other. Then runs each command as a process, and prints
the shortest and the median wall-clock time, and the CPU time, beside those of a Python process that
does nothing and one that imports pydantic's models.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from imgmeta import IfRevision, ImageRecord, image_id
from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import Settings

EXAMPLES = Path(__file__).parents[1] / "examples"

CAMERAS = [
    *(("Canon", "Canon EOS R5"), ("Canon", "Canon EOS 80D"), ("NIKON CORPORATION", "NIKON D750")),
    *(("Apple", "iPhone 15 Pro"), ("SONY", "ILCE-7M4"), ("FUJIFILM", "X-T5")),
]
LENSES = ["RF24-105mm F4 L IS USM", "XF 35mm F1.4 R", "AF-S NIKKOR 50mm f/1.8G", None]
PLACES = [(48.137, 11.575), (52.52, 13.405), (40.713, -74.006), (-33.857, 151.215), None]
SIZES = [(4000, 3000), (3000, 4000), (8192, 5464), (4480, 6720), (1600, 1600)]
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)

COPIES = "copies.db"
"""The index in which all records of a photo are duplicates."""

RARE = 1000
"""In the other index, one record in as many has the content of the record before it."""

FLOOR = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import pydantic'": ["-c", "from pydantic import BaseModel"],
}
QUESTIONS = {
    "camera and month within 5 km": "list --camera canon --near 48.137,11.575 --within 5km "
    "--taken-since 2026-06 --taken-until 2026-07",
    "largest": "list --sort -size --limit 10",
    "without GPS": "list --without location",
    "taken in a range": "list --taken-since 2026-06-01 --taken-until 2026-06-08",
    "failed and why": "list --status failed",
    "portrait over 20 megapixels": "list --orientation portrait --min-megapixels 20",
    "by lens": "stats --by lens",
    "of one lens": "list --lens 35mm",
    "newest ten": "list --sort -uploaded --limit 10",
    "everything in a bounding box": "list --bbox 47.2,5.8,55.1,15.1",
    "everything in a bounding box, as JSON": "list --bbox 47.2,5.8,55.1,15.1 --json",
    "duplicates, if there are few": "duplicates",
    "duplicates, if all are": f"duplicates --store {COPIES}",
    "duplicates, if all are, as JSON": f"duplicates --store {COPIES} --json",
    "number of images": "count",
    "number without GPS": "count --without location",
    "overview": "stats",
}


class Run(NamedTuple):
    """The seconds and the output of one process."""

    wall: float
    cpu: float
    lines: int


def real_records(folder: Path) -> list[ImageRecord]:
    """Return the records of the images in a folder, without tombstones."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_repository(f"{scratch}/real.db") as repository,
    ):
        for _ in open_indexer(Settings(), repository).sync(parse_target(str(folder))):
            pass
        return list(repository.scan())


def varied(records: list[ImageRecord], number: int, *, copies: bool) -> Iterator[ImageRecord]:
    """Yield records made from real ones, each with another key, date and ETag.

    Args:
        records: the real ones.
        number: how many to yield.
        copies: whether all records that are made from one have the same content.
    """
    chance = random.Random(0)  # noqa: S311 - example data
    for index in range(number):
        values: dict[str, Any] = dict(records[index % len(records)].to_item())
        copy, name = index // len(records), Path(str(values["ObjectKey"])).name
        values["ObjectKey"] = f"photos/{copy:04}/{name}"
        values["ImageId"] = image_id(values["BucketName"], values["ObjectKey"])
        values["Revision"] = values["ETag"] = f"{index:032x}"
        content = index % len(records) if copies else index - (index % RARE == 1)
        size = random.Random(content).randrange(10_000, 10_000_000)  # noqa: S311 - example data
        values |= {"FileSize": size, "ContentHash": f"sha256:{content:064x}"}
        uploaded = BEGINNING + timedelta(minutes=37 * index)
        values["UploadTimestamp"] = int(uploaded.timestamp())
        values["UploadDate"] = values["LastModified"] = uploaded.isoformat()
        if values["Status"] == "processed":
            values |= _variation(chance, values)
        yield ImageRecord.from_item({name: each for name, each in values.items() if each})


def _variation(chance: random.Random, values: dict[str, Any]) -> dict[str, Any]:
    make, model = chance.choice(CAMERAS)
    taken = BEGINNING + timedelta(seconds=chance.randrange(3 * 365 * 86_400))
    width, height = chance.choice(SIZES)
    changed: dict[str, Any] = {
        "CameraMake": make,
        "CameraModel": model,
        "LensModel": chance.choice(LENSES) or values.get("LensModel"),
        "TakenAt": taken.replace(tzinfo=None).isoformat(),
        "TakenAtUtc": None,
        "Width": width,
        "Height": height,
        "DisplayWidth": width,
        "DisplayHeight": height,
        "Latitude": None,
        "Longitude": None,
    }
    if place := chance.choice(PLACES):
        changed["Latitude"], changed["Longitude"] = (each + chance.gauss(0, 0.05) for each in place)
    return changed


def run(command: list[str], folder: str) -> Run:
    """Run a command and return its figures."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, done.stdout.count(b"\n"))


def main() -> None:
    """Fill the index, measure each command, and print a table."""
    parser = argparse.ArgumentParser(description="Measure ten questions about an index.")
    parser.add_argument("photos", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--records", type=int, default=30_300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    os.environ.pop("IMGMETA_STORE", None)
    imgmeta = str(Path(sys.executable).with_name("imgmeta"))
    commands = {name: [sys.executable, *rest] for name, rest in FLOOR.items()}
    commands["imgmeta --version"] = [imgmeta, "--version"]
    commands |= {name: [imgmeta, *text.split()] for name, text in QUESTIONS.items()}
    with tempfile.TemporaryDirectory() as folder:
        records = real_records(options.photos)
        for name in ("imgmeta.db", COPIES):
            with open_repository(f"{folder}/{name}") as repository:
                for record in varied(records, options.records, copies=name == COPIES):
                    repository.put(record, IfRevision(None))
        figures = {
            name: [run(command, folder) for _ in range(options.runs)]
            for name, command in commands.items()
        }
    rows = {
        name: {
            "lines": runs[0].lines,
            "best": round(min(each.wall for each in runs), 3),
            "median": round(statistics.median(each.wall for each in runs), 3),
            "cpu": round(min(each.cpu for each in runs), 3),
        }
        for name, runs in figures.items()
    }
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'question':<40}{'lines':>8}{'best':>8}{'median':>8}{'CPU':>8}")
    for name, row in rows.items():
        times = "".join(f"{row[key]:>8.3f}" for key in ("best", "median", "cpu"))
        print(f"{name:<40}{row['lines']:>8}{times}")


if __name__ == "__main__":
    main()
