"""Interrupt syncs of a folder into a SQLite file, and count what the next sync leaves wrong.

    PYTHONPATH=tests python benchmarks/local_faults.py [FAULT ...] [--runs 100] [--seed 1]
        [--json FILE]

Each run changes a folder of 120 files and syncs it while something goes wrong: the process is
killed, the disk is full, the index cannot be written, or files change. Then it syncs again without
a fault, and compares the index with the folder. Prints a Markdown table. Exits 1 if something was
lost or wrong.
"""

import argparse
import json
import sys
from pathlib import Path

from support.faults.folder import LOCAL_FAULTS, LocalResult, open_folder, run_local


def row(kind: str, results: list[LocalResult]) -> str:
    """Return a row of the Markdown table."""
    numbers = (
        len(results),
        sum(each.interrupted for each in results),
        sum(len(each.lost) for each in results),
        sum(len(each.wrong) for each in results),
    )
    return f"| {kind} | {' | '.join(f'{number:,}' for number in numbers)} |"


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description="Count what interrupted syncs lose or make wrong.")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(LOCAL_FAULTS))
    parser.add_argument("--runs", type=int, default=100, help="runs for each kind of fault")
    parser.add_argument("--seed", type=int, default=1, help="seed of changes and moments")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all results as JSON")
    arguments = parser.parse_args()
    kinds = arguments.faults or list(LOCAL_FAULTS)
    if unknown := sorted(set(kinds) - set(LOCAL_FAULTS)):
        parser.error(f"unknown fault '{unknown[0]}': use {', '.join(LOCAL_FAULTS)}")
    everything: list[LocalResult] = []
    print("| fault | runs | interrupted syncs | lost | wrong |\n|---|---|---|---|---|")
    with open_folder(arguments.seed) as folder:
        for kind in kinds:
            results = [run_local(folder, kind) for _ in range(arguments.runs)]
            print(row(kind, results), flush=True)
            for result in results:
                for item in result.lost + result.wrong:
                    print(f"{kind}: {item}", file=sys.stderr, flush=True)
            everything += results
    if arguments.json:
        arguments.json.write_text(json.dumps([vars(each) for each in everything], indent=1))
    if any(each.lost or each.wrong for each in everything):
        sys.exit("something was lost or wrong")


if __name__ == "__main__":
    main()
