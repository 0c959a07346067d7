"""Simulate the queue at up to a thousand times the load: which limits are hit first.

    python benchmarks/queue_simulation.py [--rate 1] [--seconds 900] [--seed 1]

Images arrive at random at a mean rate, with a burst of `--burst` times the rate in the last of
every ten minutes. Each load runs twice: with the template's default settings, and with large
batches and no MaximumConcurrency, or those of the arguments. `queue_model.py` describes the model,
and `queue_limits.py` has AWS's limits with their sources. The simulation uses no clock, network or
file, and the same seed gives the same result.
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import replace

from queue_limits import Limits, Settings
from queue_model import Result, Simulation, Work

__all__ = ["arrivals", "row_of"]

LOADS = (1, 10, 100, 1000)
DEFAULTS = Settings()
LARGE = Settings(batch_size=100, batch_window=1, maximum_concurrency=1000, visibility_timeout=660)
_PERIOD, _BURST = 600.0, 60.0


def arrivals(rate: float, seconds: float, *, burst: float, seed: int) -> Iterator[float]:
    """Yield random times of arrival, in order.

    Args:
        rate: the mean number of arrivals a second outside of bursts.
        seconds: the duration.
        burst: how many times the rate a burst has.
        seed: of the random numbers.
    """
    numbers = random.Random(seed)  # noqa: S311 - a simulation
    now = 0.0
    while True:
        is_burst = now % _PERIOD >= _PERIOD - _BURST
        now += numbers.expovariate(rate * burst if is_burst else rate)
        if now >= seconds:
            return
        yield now


def row_of(load: int, name: str, result: Result) -> str:
    """Return a row of the table."""
    delays = sorted(result.delays) or [0.0]
    typical, late = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    hits = sorted(result.first_hits, key=lambda limit: result.first_hits[limit])
    first = f"{hits[0]} ({result.first_hits[hits[0]]:.0f} s)" if hits else "none"
    others = ", ".join(hits[1:]) or "none"
    counts = f"{result.peak_invocations:,} | {result.peak_backlog:,} | {result.throttled:,}"
    ends = f"{result.dead_letters:,} | {result.left:,}"
    return (
        f"| {load}x | {name} | {typical:.1f} s | {late:.1f} s | {counts} | {ends} | {first} "
        f"| {others} | {hits[0].remedy if hits else ''} |"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Simulate the queue at a thousand times the load.")
    parser.add_argument("--rate", type=float, default=1, help="images a second at the load 1x")
    parser.add_argument("--burst", type=float, default=5, help="times the rate in a burst")
    parser.add_argument("--seconds", type=float, default=900, help="simulated seconds")
    parser.add_argument("--seed", type=int, default=1, help="seed of the arrivals")
    parser.add_argument("--latency", type=float, default=20, help="milliseconds of a request")
    parser.add_argument("--cpu", type=float, default=3, help="CPU milliseconds of a message")
    parser.add_argument("--batch-size", type=int, default=LARGE.batch_size)
    parser.add_argument("--batch-window", type=float, default=LARGE.batch_window)
    parser.add_argument("--maximum-concurrency", type=int, default=LARGE.maximum_concurrency)
    parser.add_argument("--ascending", action="store_true", help="keys that start with the time")
    return parser.parse_args()


def main() -> None:
    """Run the simulations and print the table."""
    options = _arguments()
    changed = replace(
        LARGE,
        batch_size=options.batch_size,
        batch_window=options.batch_window,
        maximum_concurrency=options.maximum_concurrency,
    )
    work = Work(latency=options.latency / 1000, cpu=options.cpu / 1000)
    figures = "median delay | 99% | peak invocations | peak backlog | throttled | dead | left"
    print(f"| load | settings | {figures} | first limit | later limits | what moves the first |")
    print("|" + "---|" * 12)
    for load in LOADS:
        for name, settings in (("default", DEFAULTS), ("changed", changed)):
            times = arrivals(
                options.rate * load, options.seconds, burst=options.burst, seed=options.seed
            )
            chosen = replace(settings, is_ascending=options.ascending)
            result = Simulation(chosen, Limits(), work).run(times, until=options.seconds)
            print(row_of(load, name, result), flush=True)


if __name__ == "__main__":
    main()
