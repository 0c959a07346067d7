"""Break down the CPU time that the function takes for one event, by layer.

    python benchmarks/handler_profile.py [--events 2000]

Processes events one after another in one thread, against a stub without latency
(`stub_aws.py`), and samples the stack after every millisecond of CPU time. A sample counts for the
innermost layer on its stack. The table shows how much of an event's CPU time each layer takes, so
how much of it is the AWS SDK's.
"""

import argparse
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from types import FrameType

from handler_process import aws_environment, notification, stub_process

LAYERS = (
    ("imgmeta: image header", ("imgmeta/formats/", "imgmeta/adapters/pillow/")),
    ("imgmeta: record", ("imgmeta/core/records", "pydantic/", "imgmeta/core/properties")),
    ("imgmeta: connections and HTTP", ("imgmeta/adapters/aws/",)),
    ("imgmeta: other adapters", ("imgmeta/adapters/",)),
    ("imgmeta: use cases and values", ("imgmeta/",)),
    ("SDK: signature", ("botocore/auth.py", "botocore/signers.py", "hmac.py", "hashlib.py")),
    (
        "SDK: endpoint",
        ("botocore/regions.py", "botocore/endpoint_provider.py", "botocore/args.py"),
    ),
    ("SDK: serialization of requests", ("botocore/serialize.py", "botocore/compress.py")),
    ("SDK: parsing of responses", ("botocore/parsers.py", "dateutil/", "xml/")),
    ("SDK: retries", ("botocore/retries/", "botocore/retryhandler.py")),
    (
        "SDK: HTTP",
        (
            *("urllib3/", "http/client.py", "email/", "socket.py", "ssl.py", "selectors.py"),
            *("botocore/httpsession.py", "botocore/awsrequest.py", "botocore/httpchecksum.py"),
        ),
    ),
    ("SDK: events and other work of the client", ("botocore/",)),
)
"""The layers, and parts of the paths of their modules. The first match counts."""

_INTERVAL = 0.001
_WARM_UP = 50


def layer_of(path: str) -> str | None:
    """Return the layer of the module at a path; None if its caller's layer counts."""
    for name, parts in LAYERS:
        if any(part in path for part in parts):
            return name
    return None


def sample(frame: FrameType | None) -> str:
    """Return the layer of a stack."""
    while frame is not None:
        if name := layer_of(frame.f_code.co_filename):
            return name
        frame = frame.f_back
    return "other"


def profile(keys: Sequence[str]) -> tuple[float, Counter[str]]:
    """Process an event for each key; return the CPU seconds of one event, and samples by layer."""
    from imgmeta.core.events import parse_event  # noqa: PLC0415 - reads the environment first
    from imgmeta.entrypoints import aws_lambda  # noqa: PLC0415 - as above

    hints = parse_event(notification(keys, 1)).hints
    indexer = aws_lambda._event_handler().function.indexer  # noqa: SLF001 - its wiring
    for hint in hints[:_WARM_UP]:
        indexer.process(hint)
    started = time.process_time()
    for hint in hints:
        indexer.process(hint)
    seconds = (time.process_time() - started) / len(hints)
    samples = Counter[str]()
    signal.signal(signal.SIGPROF, lambda _, frame: samples.update([sample(frame)]))
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
    for hint in hints:
        indexer.process(hint)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return seconds, samples


def main() -> None:
    """Profile the function and print the table."""
    parser = argparse.ArgumentParser(description="Break down the CPU time of an event by layer.")
    parser.add_argument("--events", type=int, default=2000, help="events to process")
    parser.add_argument("--object-size", type=int, default=0, help="bytes of an object")
    arguments = parser.parse_args()
    with stub_process(object_size=arguments.object_size) as url:
        os.environ.update(aws_environment(url))
        seconds, samples = profile([f"{number:06}/photo.jpg" for number in range(arguments.events)])
    total = samples.total()
    print(f"| layer | CPU time of an event: {seconds * 1e6:,.0f} µs | share |\n|---|---|---|")
    for name in [*(name for name, _ in LAYERS), "other"]:
        share = samples[name] / total if total else 0
        print(f"| {name} | {share * seconds * 1e6:,.0f} µs | {share:.0%} |")


if __name__ == "__main__":
    main()
