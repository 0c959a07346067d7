"""Measure how fast the function handles a batch of S3 events, compared with another handler.

    python benchmarks/batch.py HANDLER.py --endpoint-url http://127.0.0.1:4566

Uploads photos to a bucket of the emulator at that URL and sends the same S3 notifications, 100
events each, in turns to `lambda_handler` of the other module and to imgmeta's function. Each side
has its own process, which has handled one batch before. Each request to the emulator takes 20 ms
longer (`latency.py`). Prints the wall seconds of each round and the median of the ratios. README.md
in this folder has measured figures.
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
BUCKET, IMGMETA_TABLE, OTHER_TABLE = "benchmark-photos", "benchmark-imgmeta", "benchmark-other"
AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}

Handler = Callable[[object, None], Any]


def notification(keys: list[str], turn: int) -> dict[str, Any]:
    """Return a notification with an S3 event for each key; a later turn has a higher sequencer."""
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


def load_handler(path: str) -> Handler:
    """Return the handler of the module at `path`; of imgmeta if `path` is empty."""
    if not path:
        from imgmeta.entrypoints.aws_lambda import handler  # noqa: PLC0415 - only its own process imports it

        return handler
    specification = importlib.util.spec_from_file_location("other", path)
    assert specification  # noqa: S101 - a Python file has one
    assert specification.loader  # noqa: S101 - as above
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    other: Handler = module.lambda_handler
    return other


def serve(path: str) -> None:
    """Handle the event in each line of standard input; print the seconds and the response."""
    with contextlib.redirect_stdout(io.StringIO()):
        handle = load_handler(path)
    for line in sys.stdin:
        event = json.loads(line)
        started = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            response = handle(event, None)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "response": response}), flush=True)


@contextlib.contextmanager
def handler_process(
    path: str, table: str, topic: str, url: str
) -> Generator[Callable[[object], float]]:
    """Start a handler's process; yield a function that measures the seconds of one event."""
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
        env=os.environ | AWS_ENVIRONMENT | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin  # noqa: S101 - opened as a pipe
    assert process.stdout  # noqa: S101 - opened as a pipe
    stdin, stdout = process.stdin, process.stdout

    def handle(event: object) -> float:
        stdin.write(json.dumps(event) + "\n")
        stdin.flush()
        result = json.loads(stdout.readline())
        counts = json.loads(result["response"]["body"])
        if counts["failed"] or not counts["processed"]:
            sys.exit(f"unexpected response of {path or 'imgmeta'}: {result['response']}")
        return float(result["seconds"])

    with process:
        yield handle
        stdin.close()


@contextlib.contextmanager
def network(url: str, milliseconds: float) -> Generator[str]:
    """Start a proxy with latency in front of `url`; yield its URL."""
    command = [sys.executable, str(HERE / "latency.py"), url, "--milliseconds", str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - opened as a pipe
        yield process.stdout.readline().split()[-1]
        process.terminate()


def prepare(url: str, count: int) -> tuple[list[str], str]:
    """Create the bucket with `count` photos, the tables and the topic; return keys and topic."""
    os.environ.update(AWS_ENVIRONMENT)
    clients = Clients(endpoint_url=url, concurrency=1)
    clients.s3.create_bucket(Bucket=BUCKET)
    photos = sorted(path for path in PHOTOS.iterdir() if path.is_file())
    keys = [f"{number:04}/{photos[number % len(photos)].name}" for number in range(count)]
    for number, key in enumerate(keys):
        body = photos[number % len(photos)].read_bytes()
        clients.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    for table in (IMGMETA_TABLE, OTHER_TABLE):
        create_table(clients.dynamodb, table)
    return keys, clients.sns.create_topic(Name="benchmark")["TopicArn"]


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(
        description="Measure how fast a batch of S3 events is handled."
    )
    parser.add_argument("other", nargs="?", help="a Python file with lambda_handler")
    parser.add_argument(
        "--endpoint-url", default="http://127.0.0.1:4566", help="URL of the emulator"
    )
    parser.add_argument("--events", type=int, default=100, help="events in a batch")
    parser.add_argument("--milliseconds", type=float, default=20, help="latency of each request")
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds")
    parser.add_argument("--serve", metavar="HANDLER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve)
        return
    if not arguments.other:
        parser.error("missing HANDLER.py: give the Python file of the handler to compare with")
    keys, topic = prepare(arguments.endpoint_url, arguments.events)
    with (
        network(arguments.endpoint_url, arguments.milliseconds) as url,
        handler_process(arguments.other, OTHER_TABLE, topic, url) as other_handler,
        handler_process("", IMGMETA_TABLE, topic, url) as own_handler,
    ):
        ratios = list[float]()
        for turn in range(arguments.rounds + 1):
            event = notification(keys, turn + 1)
            other, own = other_handler(event), own_handler(event)
            if turn:  # the first batch creates clients and connections
                ratios.append(other / own)
                print(f"other {other:7.3f} s   imgmeta {own:7.3f} s   {ratios[-1]:5.1f} x")
    print(f"median of {len(ratios)}: {statistics.median(ratios):.1f} x")


if __name__ == "__main__":
    main()
