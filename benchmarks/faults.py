"""Inject faults into every request of imgmeta to AWS, and count what is lost or wrong.

    PYTHONPATH=tests python benchmarks/faults.py [SCENARIO ...] [--sample NUMBER]
        [--random 10] [--seed 1] [--json FILE] [--endpoint-url URL]

Runs each scenario without faults to find its call sites, then once for each call site and kind of
fault, then with random faults. After each run, and all redeliveries and repetitions, it compares
the index with the bucket. Prints Markdown tables. Exits 1 if something was lost or wrong.

The server is moto, started by this command, or an empty emulator at the given URL.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from support.aws import emulators
from support.faults.campaign import Result, cases, run_case, run_random
from support.faults.scenarios import SCENARIOS
from support.faults.world import World, open_world

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}
_HEADER = ("injected", "retried", "redelivered", "killed", "lost", "wrong")


class Totals:
    """Sums of results."""

    def __init__(self) -> None:
        self.runs = 0
        self.numbers = Counter[str]()

    def add(self, result: Result, injected: int) -> None:
        """Add a result, of whose faults `injected` are counted."""
        self.runs += 1
        self.numbers.update(
            injected=injected,
            retried=result.retried,
            redelivered=result.redelivered,
            killed=result.killed,
            lost=len(result.lost),
            wrong=len(result.wrong),
        )

    def row(self, *names: str) -> str:
        """Return a row of a Markdown table."""
        cells = [*names, f"{self.runs:,}", *(f"{self.numbers[name]:,}" for name in _HEADER)]
        return f"| {' | '.join(cells)} |"


def systematic(world: World, names: Iterable[str], sample: int, seed: int) -> Iterator[Result]:
    """Yield the results of up to `sample` cases of each scenario; report what they lose."""
    for name in names:
        started, number = time.monotonic(), 0
        every = list(cases(world, name))
        random.Random(seed).shuffle(every)  # noqa: S311 - needs no cryptographic randomness
        for case in every[:sample]:
            result = run_case(world, case)
            number += 1
            if not result.injected:
                sys.exit(f"no fault was injected: {case}")
            report(result, str(case))
            yield result
        seconds = time.monotonic() - started
        print(f"{name}: {number:,} runs in {seconds:,.0f} s", file=sys.stderr, flush=True)


def at_random(world: World, names: Iterable[str], number: int, seed: int) -> Iterator[Result]:
    """Yield the results of runs with random faults."""
    for name in names:
        for each in range(seed, seed + number):
            result = run_random(world, name, each)
            report(result, f"{name} with seed {each}")
            yield result


def report(result: Result, what: str) -> None:
    """Print what a run lost, or has wrong."""
    for kind, items in (("lost", result.lost), ("wrong", result.wrong)):
        for item in items:
            print(f"{kind}: {item} ({what})", file=sys.stderr, flush=True)


def tables(results: list[Result], randomly: list[Result]) -> str:
    """Return the Markdown tables."""
    by_site = defaultdict[tuple[str, ...], Totals](Totals)
    by_kind = defaultdict[str, Totals](Totals)
    by_scenario = defaultdict[str, Totals](Totals)
    total = Totals()
    for result in results:
        number = result.injected.total()
        ((operation, kind),) = result.injected
        by_site[result.scenario, str(operation)].add(result, number)
        by_kind[str(kind)].add(result, number)
        total.add(result, number)
    for result in randomly:
        by_scenario[result.scenario].add(result, result.injected.total())
        total.add(result, result.injected.total())
    return "\n\n".join(
        [
            _table(("kind of fault",), {(name,): each for name, each in by_kind.items()}),
            _table(("scenario", "call site"), by_site),
            _table(("random faults",), {(name,): each for name, each in by_scenario.items()}),
            _table(("all",), {("**total**",): total}),
        ]
    )


def _table(first: tuple[str, ...], rows: dict[tuple[str, ...], Totals]) -> str:
    header = [*first, "runs", *_HEADER]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(totals.row(*names) for names, totals in rows.items())])


def _as_json(result: Result) -> dict[str, object]:
    injected = {f"{operation} {kind}": each for (operation, kind), each in result.injected.items()}
    return {**vars(result), "injected": injected}


def main() -> None:
    """Run the benchmark and print the tables."""
    parser = argparse.ArgumentParser(description="Count what faults of AWS lose or make wrong.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument(
        "--sample",
        type=int,
        metavar="NUMBER",
        default=sys.maxsize,
        help="run this number of random cases of each scenario; default: all",
    )
    parser.add_argument("--random", type=int, default=10, help="runs with random faults")
    parser.add_argument("--seed", type=int, default=1, help="seed of sample and faults")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all results as JSON")
    parser.add_argument("--endpoint-url", help="URL of an empty emulator; default: moto is started")
    arguments = parser.parse_args()
    names = arguments.scenarios or list(SCENARIOS)
    if unknown := sorted(set(names) - set(SCENARIOS)):
        parser.error(f"unknown scenario '{unknown[0]}': use {', '.join(SCENARIOS)}")
    os.environ.update(_CREDENTIALS)
    with ExitStack() as cleanup:
        url = arguments.endpoint_url or cleanup.enter_context(emulators.moto()).url
        world = cleanup.enter_context(open_world(url))
        results = list(systematic(world, names, arguments.sample, arguments.seed))
        randomly = list(at_random(world, names, arguments.random, arguments.seed))
    print(tables(results, randomly))
    everything = results + randomly
    if arguments.json:
        arguments.json.write_text(json.dumps([_as_json(each) for each in everything], indent=1))
    if any(each.lost or each.wrong for each in everything):
        sys.exit("something was lost or wrong")


if __name__ == "__main__":
    main()
