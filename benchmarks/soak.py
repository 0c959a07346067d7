"""Run the function, `watch` and syncs for minutes under load and faults, and measure their memory.

    PYTHONPATH=tests python benchmarks/soak.py [--minutes 10] [--seed 1] [--json FILE]

Three processes run at the same time, each without a restart:

* the Lambda function, warm: random uploads, overwrites and deletions of 40 keys, whose events are
  duplicated and reordered, digests and audits, while every thirtieth request gets a random fault
* `imgmeta watch` of a folder that changes
* syncs of that folder into another index, one after the other

Prints resident memory, open files and threads of each process, and the slope of its memory. Exits 1
if memory, files or threads grow, or an index is not equal to its bucket or folder at the end. Needs
Linux (`/proc`).
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from imgmeta.testing.strategies.events import ObjectEvent
from support.aws import emulators
from support.faults.campaign import RandomFaults
from support.faults.folder import Folder
from support.faults.process import worker
from support.faults.proxy import NoFaults
from support.faults.scenarios import compare, photo
from support.faults.world import World, open_world
from support.images.samples import bmp

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}
_KEYS = tuple(f"album {number % 5}/{number}.bmp" for number in range(40))
_SHARE = 1 / 30
_PERIOD = 2.0
"""Seconds between two samples."""
_SETTLING = 8.0
"""Seconds for `watch` to apply the last changes."""
_PAUSE = 0.2
"""Seconds between two syncs."""
_WARM = 0.3
"""Share of the time after which memory must not grow: caches and pools are full."""
_MAX_GROWTH = 1.05
"""Largest ratio of the memory in the last third of the rest of the time to that in its first."""
_DELETED, _PHOTO, _BROKEN = 0.2, 0.1, 0.05
"""Shares of the changes; all others upload a bitmap."""
_LATE = 0.2
"""Share of the events that arrive after those of later changes."""
_COMMANDS_EVERY = 50
"""Rounds of changes between two digests and audits."""


IsOver = Callable[[], bool]


class Sample(NamedTuple):
    """The use of resources of a process at one time.

    Attributes:
        seconds: since the start.
        memory: resident memory in MiB.
        files: open files.
        threads: threads.
    """

    seconds: float
    memory: float
    files: int
    threads: int

    @classmethod
    def of(cls, process: int, seconds: float) -> "Sample":
        """Return the current sample of a process."""
        folder = Path("/proc", str(process))
        pages = int((folder / "statm").read_text().split()[1])
        files, threads = (sum(1 for _ in (folder / name).iterdir()) for name in ("fd", "task"))
        return cls(seconds, pages * os.sysconf("SC_PAGE_SIZE") / 2**20, files, threads)


def change_bucket(world: World, chance: random.Random) -> list[ObjectEvent]:
    """Make up to ten changes; return their events, some twice, in random order."""
    events: list[ObjectEvent] = []
    for _ in range(chance.randint(1, 10)):
        key = chance.choice(_KEYS)
        kind = chance.choices(
            ("delete", "photo", "broken", "bitmap"),
            (_DELETED, _PHOTO, _BROKEN, 1 - _DELETED - _PHOTO - _BROKEN),
        )[0]
        if kind == "delete":
            event = world.delete(key)
        elif kind == "photo":
            event = world.put(key, photo(chance.choice(("tower.jpg", "logo.png", "clock.gif"))))
        elif kind == "broken":
            event = world.put(key, b"not an image")
        else:
            event = world.put(key, bmp(width=chance.randint(1, 900), height=chance.randint(1, 900)))
        events += [event] * chance.randint(1, 3)
    chance.shuffle(events)
    return events


def run_function(world: World, chance: random.Random, seed: int, is_over: IsOver) -> None:
    """Change the bucket and invoke the function until the time is over.

    Raises:
        RuntimeError: messages fail again and again.
    """
    rounds, held = 0, list[ObjectEvent]()
    world.proxy.set_plan(RandomFaults(seed, _SHARE, None, kills=False))
    while not is_over():
        held += change_bucket(world, chance)
        late = [event for event in held if chance.random() < _LATE]
        world.deliver(*(event for event in held if event not in late))
        held = late
        rounds += 1
        if rounds % _COMMANDS_EVERY == 0:
            world.deliver({"imgmeta": "digest", "hours": 24}, {"imgmeta": "audit"})
        world.drain(invocations=5)
        world.notifications()
    requests, faults = world.proxy.requests.total(), world.proxy.injected.total()
    world.proxy.set_plan(NoFaults())
    world.deliver(*held)
    if not world.drain(invocations=1_000):
        msg = "messages fail again and again"
        raise RuntimeError(msg)
    print(
        f"{rounds:,} rounds of changes, {requests:,} requests, {faults:,} faults, "
        f"{world.redelivered:,} redeliveries\n",
        flush=True,
    )


@contextmanager
def watching(folder: Path, database: Path) -> Generator[int]:
    """Run `imgmeta watch` within the context; yield the ID of its process."""
    program = "from imgmeta.entrypoints.cli import main; main()"
    command = [sys.executable, "-c", program, "watch", str(folder), "--store", str(database)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)


def sync_repeatedly(folder: Folder, is_over: IsOver) -> None:
    """Change the folder and sync it until the time is over, and once more."""
    while not is_over():
        folder.change(5)
        folder.sync()
        time.sleep(_PAUSE)
    folder.sync()


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Start a thread; return it, and the exceptions that end it."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised by the main thread
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


def slope(samples: list[Sample]) -> float:
    """Return the growth of memory in MiB per hour, by least squares."""
    times, sizes = zip(*((each.seconds, each.memory) for each in samples), strict=True)
    return statistics.linear_regression(times, sizes).slope * 3_600


def growths(samples: list[Sample]) -> list[str]:
    """Return what grows after the warm-up."""
    rest = [each for each in samples if each.seconds >= samples[-1].seconds * _WARM]
    third = max(len(rest) // 3, 1)
    first, last = rest[:third], rest[-third:]
    grown: list[str] = []
    for name in ("memory", "files", "threads"):
        before, after = (
            statistics.median(getattr(each, name) for each in part) for part in (first, last)
        )
        allowed = before * _MAX_GROWTH + (0 if name == "memory" else 2)
        if after > allowed:
            grown.append(f"{name}: {before:.1f} to {after:.1f}")
    return grown


def table(samples: dict[str, list[Sample]], minutes: float) -> str:
    """Return a Markdown table with about ten rows, and one with the slopes."""
    header = "".join(f" {name}: MiB | files | threads |" for name in samples)
    lines = [f"| minute |{header}", f"|---|{'---|' * 3 * len(samples)}"]
    for step in range(1, 11):
        seconds = step * minutes * 6
        cells = [f"{seconds / 60:.1f}"]
        for each in samples.values():
            sample = min(each, key=lambda one: abs(one.seconds - seconds))
            cells += [f"{sample.memory:.1f}", str(sample.files), str(sample.threads)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| process | slope after the warm-up, MiB per hour |", "|---|---|"]
    for name, each in samples.items():
        rest = [one for one in each if one.seconds >= minutes * 60 * _WARM]
        lines.append(f"| {name} | {slope(rest):+.1f} |")
    return "\n".join(lines)


def soak(minutes: float, seed: int) -> tuple[dict[str, list[Sample]], list[str]]:
    """Run the three processes; return their samples, and all that is wrong at the end."""
    chance = random.Random(seed)  # noqa: S311 - needs no cryptographic randomness
    with ExitStack() as cleanup:
        home = Path(cleanup.enter_context(TemporaryDirectory(prefix="imgmeta-")))
        photos = home / "photos"
        photos.mkdir()
        server = cleanup.enter_context(emulators.moto())
        world = cleanup.enter_context(open_world(server.url, warm=True))
        syncer = cleanup.enter_context(worker({"HOME": str(home)}, patience=1, warm=True))
        synced = Folder(photos, home / "synced.db", syncer, random.Random(seed))  # noqa: S311 - as above
        watched = Folder(photos, home / "watched.db", syncer, chance)
        synced.change()
        with watching(photos, watched.database) as watcher:
            processes = {"function": world.worker.process, "watch": watcher, "sync": syncer.process}
            started = time.monotonic()

            def is_over() -> bool:
                return time.monotonic() - started > minutes * 60

            threads = [
                in_thread(lambda: run_function(world, chance, seed, is_over)),
                in_thread(lambda: sync_repeatedly(synced, is_over)),
            ]
            samples: dict[str, list[Sample]] = {name: [] for name in processes}
            while not is_over():
                time.sleep(_PERIOD)
                for name, process in processes.items():
                    samples[name].append(Sample.of(process, time.monotonic() - started))
            for thread, _ in threads:
                thread.join()
            time.sleep(_SETTLING)
        problems = [repr(error) for _, errors in threads for error in errors]
        found = compare(world)
        problems += [f"function: {each}" for each in found.lost + found.wrong]
        for name, index in (("watch", watched), ("sync", synced)):
            problems += [f"{name}: {each}" for part in index.differences() for each in part]
    problems += [f"{name}: {each}" for name in samples for each in growths(samples[name])]
    return samples, problems


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description="Measure memory over minutes of load and faults.")
    parser.add_argument("--minutes", type=float, default=10, help="duration")
    parser.add_argument("--seed", type=int, default=1, help="seed of changes and faults")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all samples as JSON")
    arguments = parser.parse_args()
    os.environ.update(_CREDENTIALS)
    samples, problems = soak(arguments.minutes, arguments.seed)
    print(table(samples, arguments.minutes))
    if arguments.json:
        arguments.json.write_text(json.dumps(samples, indent=1))
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
