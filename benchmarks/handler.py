"""Measure the function against other handlers and the floor: time, requests, bytes and CPU time.

    python benchmarks/handler.py [ORIGINAL.py] [--milliseconds 0,5,20,50] [--events 1,10,100,1000]

Sends the same S3 notifications in turns to the handlers: `lambda_handler` of another file, if
given, a plain sequential one (`sequential_handler.py`), the floor (`floor_handler.py`: two requests
for each event, and nothing else) and imgmeta's. Each has its own process, which has handled an
event before. Requests go to a stub in a process of its own (`stub_aws.py`), which delays and counts
them, so that the server is not the bottleneck; or to an emulator with `--endpoint-url`, through a
proxy that delays them (`latency.py`). Then neither requests nor bytes are counted.

The figures are medians of the rounds, the ratios medians of the rounds' ratios. CPU time is user
and system time of the handler's process. Prints a Markdown table, or JSON with `--json`.
"""

import argparse
import contextlib
import json
import os
import statistics
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from handler_process import (
    HERE,
    TOPIC,
    HandlerProcess,
    Measurement,
    aws_environment,
    handler_process,
    notification,
    program_url,
    stub_process,
    upload_photos,
)
from stub_aws import read_counts

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import create_table
from imgmeta.config import DEFAULT_CONCURRENCY

IMGMETA, FLOOR, SEQUENTIAL, ORIGINAL = "imgmeta", "floor", "sequential", "original"
_COUNTED_BYTES = ("bytes received", "bytes sent")


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one handler; requests and bytes are None with an emulator."""

    seconds: float
    cpu_seconds: float
    requests: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one handler for one latency and number of events.

    Attributes:
        milliseconds: the latency of a request.
        events: the events of a notification.
        handler: the handler's name.
        seconds: elapsed seconds.
        cpu_seconds: CPU seconds of the handler's process.
        requests: requests of one notification; None: not counted.
        bytes: bytes of these requests and their responses; None: not counted.
        ratio: how many times imgmeta is as fast as this handler.
        cpu_ratio: how many times as much CPU time as imgmeta this handler takes.
    """

    milliseconds: float
    events: int
    handler: str
    seconds: float
    cpu_seconds: float
    requests: int | None
    bytes: int | None
    ratio: float
    cpu_ratio: float


def measure(handle: HandlerProcess, event: object, stub: str | None) -> Sample:
    """Handle an event and count its requests if `stub` is the URL of the stub."""
    if stub:
        read_counts(stub)
    result: Measurement = handle(event)
    if result.failed or not result.processed:
        msg = f"unexpected response: {result}"
        raise RuntimeError(msg)
    if not stub:
        return Sample(result.seconds, result.cpu_seconds, None, None)
    counts = read_counts(stub)
    transferred = sum(counts.pop(name) for name in _COUNTED_BYTES)
    return Sample(result.seconds, result.cpu_seconds, sum(counts.values()), transferred)


def rows_of(milliseconds: float, events: int, samples: dict[str, list[Sample]]) -> Generator[Row]:
    """Yield the figures of each handler."""
    own = samples[IMGMETA]
    for name, theirs in samples.items():
        yield Row(
            milliseconds,
            events,
            name,
            statistics.median(each.seconds for each in theirs),
            statistics.median(each.cpu_seconds for each in theirs),
            theirs[-1].requests,
            theirs[-1].bytes,
            _median_ratio([each.seconds for each in theirs], [each.seconds for each in own]),
            _median_ratio(
                [each.cpu_seconds for each in theirs], [each.cpu_seconds for each in own]
            ),
        )


def _median_ratio(theirs: Sequence[float], own: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(theirs, own, strict=True))


def print_head() -> None:
    """Print the head of the Markdown table."""
    figures = "time | CPU time | requests | KB | time, imgmeta = 1 | CPU, imgmeta = 1"
    print(f"| latency | events | handler | {figures} |\n|{'---|' * 9}", flush=True)


def print_row(row: Row) -> None:
    """Print a row of the Markdown table."""
    requests = "" if row.requests is None else f"{row.requests:,}"
    transferred = "" if row.bytes is None else f"{row.bytes / 1000:,.0f}"
    times = f"{row.seconds * 1000:,.0f} ms | {row.cpu_seconds * 1000:,.0f} ms"
    ratios = f"{row.ratio:.2f} | {row.cpu_ratio:.2f}"
    print(
        f"| {row.milliseconds:g} ms | {row.events:,} | {row.handler} | {times} "
        f"| {requests} | {transferred} | {ratios} |",
        flush=True,
    )


def prepare(url: str, count: int) -> tuple[list[str], str]:
    """Create `count` photos, tables and a topic on an emulator; return the keys and the topic."""
    os.environ.update(aws_environment(url))
    clients = Clients(endpoint_url=url, concurrency=1)
    keys = upload_photos(clients.s3, count)
    existing = clients.dynamodb.list_tables()["TableNames"]
    for name in (IMGMETA, FLOOR, SEQUENTIAL, ORIGINAL):
        if (table := f"benchmark-{name}") not in existing:
            create_table(clients.dynamodb, table)
    return keys, clients.sns.create_topic(Name="benchmark")["TopicArn"]


@contextlib.contextmanager
def handlers(original: str | None, url: str, topic: str) -> Generator[dict[str, HandlerProcess]]:
    """Start the handlers' processes; their requests go to `url`."""
    paths = {ORIGINAL: original} if original else {}
    paths |= {
        SEQUENTIAL: str(HERE / "sequential_handler.py"),
        FLOOR: str(HERE / "floor_handler.py"),
        IMGMETA: "",
    }
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(
                handler_process(
                    path,
                    aws_environment(
                        url,
                        METADATA_TABLE=f"benchmark-{name}",
                        SNS_TOPIC_ARN=topic,
                        FLOOR_CONCURRENCY=str(DEFAULT_CONCURRENCY),
                    ),
                )
            )
            for name, path in paths.items()
        }


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the function against other handlers.")
    parser.add_argument("original", nargs="?", help="a Python file with lambda_handler")
    parser.add_argument("--milliseconds", type=_numbers, default="0,5,20,50", help="latencies")
    parser.add_argument("--events", type=_numbers, default="1,10,100,1000", help="events")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds")
    parser.add_argument("--object-size", type=int, default=0, help="pad photos to this size")
    parser.add_argument("--endpoint-url", help="URL of an emulator, instead of the stub")
    parser.add_argument("--without", default="", help="handlers to leave out, such as sequential")
    parser.add_argument("--json", type=Path, help="also write the rows to this file, as JSON")
    return parser.parse_args()


def measured(
    running: dict[str, HandlerProcess], keys: Sequence[str], rounds: int, stub: str | None
) -> dict[str, list[Sample]]:
    """Handle one event for each key in turns; the first round is not measured."""
    samples: dict[str, list[Sample]] = {name: [] for name in running}
    for turn in range(rounds + 1):
        event = notification(keys, time.time_ns())
        for name, handle in running.items():
            sample = measure(handle, event, stub)
            if turn:  # the first creates clients and connections
                samples[name].append(sample)
    return samples


def main() -> None:
    """Run the benchmark and print the figures."""
    arguments = _arguments()
    events = [int(number) for number in arguments.events]
    keys = [f"{number:06}/photo.jpg" for number in range(max(events))]
    topic = TOPIC
    rows = list[Row]()
    print_head()
    for milliseconds in arguments.milliseconds:
        with contextlib.ExitStack() as stack:
            if arguments.endpoint_url:
                keys, topic = prepare(arguments.endpoint_url, max(events))
                delay = ("--milliseconds", str(milliseconds))
                url = stack.enter_context(program_url("latency.py", arguments.endpoint_url, *delay))
            else:
                stub = stub_process(milliseconds=milliseconds, object_size=arguments.object_size)
                url = stack.enter_context(stub)
            running = stack.enter_context(handlers(arguments.original, url, topic))
            for name in arguments.without.split(","):
                running.pop(name, None)
            for count in events:
                counted = None if arguments.endpoint_url else url
                samples = measured(running, keys[:count], arguments.rounds, counted)
                for row in rows_of(milliseconds, count, samples):
                    print_row(row)
                    rows.append(row)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
