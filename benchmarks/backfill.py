"""Compare `verify` and `backfill` with bare loops of requests to the same server.

    PYTHONPATH=tests python benchmarks/backfill.py [--keys 100000] [--hints 20000] [--runs 3]

The server is a stub in another process, with a table that has a record for each object. The bare
loops use botocore's clients: `list_objects_v2`, and `send_message_batch` with ten messages. Prints
the wall-clock time and the CPU time of this process in seconds, and their ratios to the bare loops.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any, cast

from botocore.session import Session

from imgmeta.bootstrap import AWSConnection, open_indexer, open_objects, open_repository
from imgmeta.config import Settings
from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.deployment.bootstrap import find_deployed_index, open_backfill
from imgmeta.deployment.core.backfill import BackfillScope
from support.aws.stub_api import BUCKET, STACK, TABLE, numbered_keys

ROOT = Path(__file__).parent.parent
SETTINGS = Settings()
TARGET = Target(BUCKET)


def list_bare() -> int:
    """List the bucket with a bare client; return the number of keys."""
    client: Any = Session().create_client("s3")
    keys, request = 0, {"Bucket": BUCKET}
    while True:
        page = client.list_objects_v2(**request)
        keys += len(page["Contents"])
        if not page["IsTruncated"]:
            return keys
        request["ContinuationToken"] = page["NextContinuationToken"]


def send_bare(count: int, url: str) -> int:
    """Send hints with a bare client; return their number."""
    client: Any = Session().create_client("sqs")
    keys = numbered_keys(count)
    for start in range(0, count, 10):
        bodies = [
            encode_hint(Hint(ObjectLocation(BUCKET, key))) for key in keys[start : start + 10]
        ]
        entries = [{"Id": str(each), "MessageBody": body} for each, body in enumerate(bodies)]
        client.send_message_batch(QueueUrl=url, Entries=entries)
    return count


def verify() -> int:
    """Compare the bucket with the index; return the number of keys."""
    aws = AWSConnection(SETTINGS)
    with open_repository(f"dynamodb://{TABLE}", aws=aws) as repository:
        indexer = open_indexer(SETTINGS, repository, objects=open_objects(SETTINGS, aws))
        return sum(1 for _ in indexer.verify(TARGET))


def backfill() -> int:
    """Send all differences; return the number of compared keys."""
    aws = AWSConnection(SETTINGS)
    deployed = find_deployed_index(aws, STACK)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_backfill(aws, SETTINGS, deployed, Path(folder)) as opened,
    ):
        run = opened.begin(BackfillScope(deployed.stack.stack_id, (TARGET,)))
        with closing(cast("Any", run.send())) as progress:
            for _ in progress:
                pass
        return run.checkpoint.compared


def measure(action: Callable[[], int], runs: int) -> tuple[float, float]:
    """Return the median wall-clock and CPU times of an action."""
    times = list[tuple[float, float]]()
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    return median(each[0] for each in times), median(each[1] for each in times)


def show(name: str, times: tuple[float, float], bare: tuple[float, float]) -> None:
    """Print the times of an action, and their ratios to those of bare loops."""
    ratios = [mine / base for mine, base in zip(times, bare, strict=True)]
    print(f"{name:<40} {times[0]:7.2f} {times[1]:7.2f}   ratios {ratios[0]:.2f} {ratios[1]:.2f}")


def with_server(*options: str) -> "subprocess.Popen[str]":
    """Start the stub, and send all requests to it."""
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/support/aws/stub_api.py"), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
    )
    os.environ["AWS_ENDPOINT_URL"] = cast("Any", server.stdout).readline().strip()
    return server


def stop(server: "subprocess.Popen[str]") -> None:
    """Stop the stub."""
    server.communicate()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--hints", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server = with_server("--keys", str(options.keys))
    try:
        listing = measure(list_bare, options.runs)
        show("list_objects_v2", listing, listing)
        show("verify, 50 differences", measure(verify, options.runs), listing)
        show("backfill, 50 differences", measure(backfill, options.runs), listing)
    finally:
        stop(server)
    server = with_server("--keys", str(options.hints), "--planted", "0", "--empty-index")
    try:
        url = f"{os.environ['AWS_ENDPOINT_URL']}/123456789012/queue"
        listing = measure(list_bare, options.runs)
        sending = measure(lambda: send_bare(options.hints, url), options.runs)
        both = (listing[0] + sending[0], listing[1] + sending[1])
        show("list_objects_v2 + send_message_batch", both, both)
        show("backfill, all different", measure(backfill, options.runs), both)
    finally:
        stop(server)


if __name__ == "__main__":
    main()
