"""Processes of a benchmark of Lambda handlers: a handler that is measured, and the stub of AWS.

    python benchmarks/handler_process.py HANDLER.py

Handles the event in each line of standard input; prints its seconds, its CPU seconds and the
response as a line of JSON. Without a path it is imgmeta's handler.
"""

import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from stub_aws import PHOTOS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = [
    "BUCKET",
    "HERE",
    "TOPIC",
    "HandlerProcess",
    "Measurement",
    "aws_environment",
    "handler_process",
    "notification",
    "program_url",
    "stub_process",
    "upload_photos",
]

HERE = Path(__file__).parent
BUCKET = "benchmark-photos"
TABLE = "benchmark-images"
TOPIC = "arn:aws:sns:us-east-1:111122223333:benchmark"

Handler = Callable[[object, None], Any]


def aws_environment(url: str, **settings: str) -> dict[str, str]:
    """Return the environment of a handler whose requests go to `url`.

    Args:
        url: the endpoint of all services.
        settings: further variables, or other values.
    """
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": url,
        "NO_PROXY": "127.0.0.1",
        "METADATA_TABLE": TABLE,
        "SNS_TOPIC_ARN": TOPIC,
        "ENVIRONMENT": "benchmark",
        "NOTIFY_ON": "all",
        **settings,
    }


def notification(
    keys: Iterable[str], turn: int, *, bucket: str = BUCKET, name: str = "ObjectCreated:Put"
) -> dict[str, Any]:
    """Return a notification with an S3 event for each key; a later turn has a higher sequencer."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "eventName": name,
                "eventTime": "2026-11-23T06:30:01.234Z",
                "s3": {
                    "bucket": {"name": bucket},
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


def upload_photos(s3: "S3Client", count: int) -> list[str]:
    """Create the bucket with `count` copies of the photos in examples/photos; return the keys."""
    s3.create_bucket(Bucket=BUCKET)
    photos = sorted(path for path in PHOTOS.iterdir() if path.is_file())
    keys = [f"{number:06}/{photos[number % len(photos)].name}" for number in range(count)]
    for number, key in enumerate(keys):
        s3.put_object(Bucket=BUCKET, Key=key, Body=photos[number % len(photos)].read_bytes())
    return keys


@dataclass(frozen=True, slots=True)
class Measurement:
    """One handled event.

    Attributes:
        seconds: elapsed seconds.
        cpu_seconds: CPU seconds of the process, user and system.
        logged: bytes written to standard output, which Lambda sends to the log.
        processed: the number of processed images, as far as the response tells.
        failed: the number of failed ones.
    """

    seconds: float
    cpu_seconds: float
    logged: int
    processed: int
    failed: int


HandlerProcess = Callable[[object], Measurement]
"""Handles an event in another process, and measures it."""


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
    """Handle the event in each line of standard input; print the measurement and the response."""
    with contextlib.redirect_stdout(io.StringIO()):
        handle = load_handler(path)
    for line in sys.stdin:
        event = json.loads(line)
        cpu, started = time.process_time(), time.perf_counter()
        log = io.StringIO()
        with contextlib.redirect_stdout(log):
            response = handle(event, None)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        logged = len(log.getvalue().encode())
        times = {"seconds": seconds, "cpu_seconds": cpu}
        result = {**times, "logged": logged, "response": response}
        print(json.dumps(result), flush=True)


@contextlib.contextmanager
def handler_process(path: str, environment: Mapping[str, str]) -> Generator[HandlerProcess]:
    """Start a handler's process; yield a function that measures one event."""
    process = subprocess.Popen(
        [sys.executable, __file__, path],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin  # noqa: S101 - opened as a pipe
    assert process.stdout  # noqa: S101 - opened as a pipe
    stdin, stdout = process.stdin, process.stdout

    def handle(event: object) -> Measurement:
        stdin.write(json.dumps(event) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            sys.exit(f"the handler {path or 'of imgmeta'} ended: see the error above")
        result = json.loads(line)
        response = result.pop("response")
        if "batchItemFailures" in response:
            counts = {"processed": 0, "failed": len(response["batchItemFailures"])}
        else:
            counts = json.loads(response["body"])
        return Measurement(**result, processed=counts["processed"], failed=counts["failed"])

    with process:
        yield handle
        stdin.close()


@contextlib.contextmanager
def program_url(*command: str) -> Generator[str]:
    """Start a server of this folder that prints its URL; yield the URL."""
    program, *arguments = command
    line = [sys.executable, str(HERE / program), *arguments]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - opened as a pipe
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def stub_process(
    *, milliseconds: float = 0, object_size: int = 0
) -> contextlib.AbstractContextManager[str]:
    """Start the stub of AWS; the context is its URL."""
    options = ("--milliseconds", str(milliseconds), "--object-size", str(object_size))
    return program_url("stub_aws.py", *options)


if __name__ == "__main__":
    serve(sys.argv[1])
