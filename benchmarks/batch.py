"""How fast a batch of S3 events is handled, against another handler of the same events.

    python benchmarks/batch.py HANDLER.py --endpoint-url http://127.0.0.1:4566

Puts photos into a bucket of the emulator there, and hands the same S3 notifications, 100 events
each, to `lambda_handler` of the other module and to imgmeta's function, in turns, each in a process
of its own that has handled one batch before. Every request of either passes a network of its own
that takes 20 ms (`latency.py`). Prints the wall seconds of each round, and the median of the
ratios. README.md beside this file says what was measured.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import create_table

HERE = Path(__file__).parent
PHOTOS = HERE.parent / "examples" / "photos"
BUCKET, OURS, THEIRS = "benchmark-photos", "benchmark-ours", "benchmark-theirs"
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}

Handler = Callable[[object, None], Any]


def notification(keys: list[str], turn: int) -> dict[str, Any]:
    """Return an S3 event of each key, newer with each turn."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "eventTime": "2026-11-23T06:30:01.234Z",
                "s3": {
                    "bucket": {"name": BUCKET},
                    "object": {
                        "key": quote_plus(key, safe="/"),
                        "size": 1,
                        "sequencer": f"{turn:018X}",
                    },
                },
            }
            for key in keys
        ]
    }


def handler_of(path: str) -> Handler:
    """Return imgmeta's function; or, of the module at `path`, that one's."""
    if not path:
        from imgmeta.entrypoints.aws_lambda import handler  # noqa: PLC0415 - here is its process

        return handler
    specification = importlib.util.spec_from_file_location("other", path)
    assert specification  # noqa: S101 - a path of a Python file has one
    assert specification.loader  # noqa: S101 - as above
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    other: Handler = module.lambda_handler
    return other


def serve(path: str) -> None:
    """Handle each event that a line of standard input holds; print the seconds and the answer."""
    with contextlib.redirect_stdout(io.StringIO()):
        handle = handler_of(path)
    for line in sys.stdin:
        event = json.loads(line)
        started = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            answer = handle(event, None)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "answer": answer}), flush=True)


@contextlib.contextmanager
def contestant(path: str, table: str, topic: str, url: str) -> Generator[Callable[[object], float]]:
    """Start a handler's process; yield the function that has it handle an event."""
    settings = {
        "AWS_ENDPOINT_URL": url,
        "METADATA_TABLE": table,
        "SNS_TOPIC_ARN": topic,
        "ENVIRONMENT": "benchmark",
        "NOTIFY_ON": "all",
        "IMGMETA_CONCURRENCY": os.environ.get("IMGMETA_CONCURRENCY", ""),
    }
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", path],
        env=os.environ | ACCOUNT | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin  # noqa: S101 - as it was started
    assert process.stdout  # noqa: S101 - as it was started
    stdin, stdout = process.stdin, process.stdout

    def handle(event: object) -> float:
        stdin.write(json.dumps(event) + "\n")
        stdin.flush()
        told = json.loads(stdout.readline())
        counts = json.loads(told["answer"]["body"])
        if counts["failed"] or not counts["processed"]:
            sys.exit(f"{path or 'imgmeta'} answered {told['answer']}")
        return float(told["seconds"])

    with process:
        yield handle
        stdin.close()


@contextlib.contextmanager
def network(url: str, milliseconds: float) -> Generator[str]:
    """Start a network of its own in front of `url`; yield its address."""
    command = [sys.executable, str(HERE / "latency.py"), url, "--milliseconds", str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - as it was started
        yield process.stdout.readline().split()[-1]
        process.terminate()


def prepare(url: str, count: int) -> tuple[list[str], str]:
    """Make the bucket with so many photos, the tables and the topic; return keys and topic."""
    os.environ.update(ACCOUNT)
    clients = Clients(endpoint_url=url, concurrency=1)
    clients.s3.create_bucket(Bucket=BUCKET)
    photos = sorted(path for path in PHOTOS.iterdir() if path.is_file())
    keys = [f"{number:04}/{photos[number % len(photos)].name}" for number in range(count)]
    for number, key in enumerate(keys):
        body = photos[number % len(photos)].read_bytes()
        clients.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    for table in (OURS, THEIRS):
        create_table(clients.dynamodb, table)
    return keys, clients.sns.create_topic(Name="benchmark")["TopicArn"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast a batch of S3 events is handled.")
    parser.add_argument("other", nargs="?", help="a Python file with lambda_handler")
    parser.add_argument("--endpoint-url", default="http://127.0.0.1:4566", help="the emulator")
    parser.add_argument("--events", type=int, default=100, help="events of a batch")
    parser.add_argument("--milliseconds", type=float, default=20, help="latency of each request")
    parser.add_argument("--rounds", type=int, default=7, help="counted rounds of each")
    parser.add_argument("--serve", metavar="HANDLER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve)
        return
    if not arguments.other:
        parser.error("name the Python file of the handler to compare with")
    keys, topic = prepare(arguments.endpoint_url, arguments.events)
    with (
        network(arguments.endpoint_url, arguments.milliseconds) as url,
        contestant(arguments.other, THEIRS, topic, url) as theirs,
        contestant("", OURS, topic, url) as ours,
    ):
        ratios = list[float]()
        for turn in range(arguments.rounds + 1):
            event = notification(keys, turn + 1)
            other, own = theirs(event), ours(event)
            if turn:  # the first one makes clients and connections
                ratios.append(other / own)
                print(f"other {other:7.3f} s   imgmeta {own:7.3f} s   {ratios[-1]:5.1f} x")
    print(f"median of {len(ratios)}: {statistics.median(ratios):.1f} x")


if __name__ == "__main__":
    main()
