"""Measure the peak memory of `sync` and `verify` for few and for many keys.

    python benchmarks/memory.py [--few 1000] [--many 200000]

Creates an empty folder and two flat folders of tiny images, and syncs and verifies each in its own
process. Prints the peak resident memory of each process and its growth from few to many keys. Needs
space for the files in the temporary folder.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

# A bitmap of one white pixel: BITMAPFILEHEADER, BITMAPINFOHEADER, one padded row.
ONE_PIXEL = (
    b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0"
    b"\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    b"\xff\xff\xff\0"
)


def in_one_process(use: str, folder: str, database: str) -> dict[str, int]:
    """Run one use case; return the number of keys and the peak memory in KiB."""
    from imgmeta.bootstrap import (  # noqa: PLC0415 - the import is measured
        open_indexer,
        open_repository,
        parse_target,
    )
    from imgmeta.config import Settings  # noqa: PLC0415 - the import is measured

    with open_repository(f"sqlite:///{database}") as repository:
        indexer = open_indexer(Settings(), repository)
        keys = sum(1 for _ in getattr(indexer, use)(parse_target(folder)))
    return {"keys": keys, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def run(use: str, folder: Path, database: Path) -> dict[str, int]:
    """Run one use case in its own process."""
    command = [sys.executable, __file__, "--child", use, str(folder), str(database)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, int] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(
        description="Measure the peak memory for few and for many keys."
    )
    parser.add_argument("--few", type=int, default=1_000, help="keys in the small folder")
    parser.add_argument("--many", type=int, default=200_000, help="keys in the large folder")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(in_one_process(*arguments.child)))
        return
    print(f"{'':22} {'keys':>9} {'peak MiB':>9}")
    peaks: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for count in (0, arguments.few, arguments.many):
            folder = Path(scratch) / f"{count}-keys"
            folder.mkdir()
            for number in range(count):
                (folder / f"IMG_{number:08}.bmp").write_bytes(ONE_PIXEL)
            for name, use in (
                ("first sync", "sync"),
                ("second sync", "sync"),
                ("verify", "verify"),
            ):
                figures = run(use, folder, Path(scratch) / f"{count}.db")
                peaks.setdefault(name, []).append(figures["peak"])
                print(f"{name:22} {figures['keys']:9,} {figures['peak'] / 1024:9.1f}")
    print()
    for name, (_, few, many) in peaks.items():
        print(f"{name:22} {many / few:6.3f} x from {arguments.few:,} to {arguments.many:,} keys")


if __name__ == "__main__":
    main()
