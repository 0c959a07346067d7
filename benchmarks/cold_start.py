"""Measure the CPU time of a cold start of the function, compared with another handler.

    python benchmarks/cold_start.py HANDLER.py [--runs 15]

Each run starts a new process that imports a handler and creates its clients: imgmeta's for S3 and
DynamoDB, and all that the other module creates at import. The runs alternate; each is measured by
the CPU time, user and system, of the whole process. No request is made. Also prints a breakdown of
imgmeta's time. README.md in this folder has measured figures.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "METADATA_TABLE": "images",
    "SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:images",
    "ENVIRONMENT": "benchmark",
}

OTHER = "import runpy, sys; runpy.run_path(sys.argv[1])"

BREAKDOWN = """
import time
marks = {"start of Python": time.process_time()}

def mark(name):
    marks[name] = time.process_time() - sum(marks.values())

import botocore.session
mark("import of botocore")
import pydantic
pydantic.BaseModel
mark("import of pydantic")
import imgmeta
mark("imgmeta: core, ports, use cases")
import imgmeta.bootstrap.function
mark("imgmeta: adapters")
import aws_lambda_powertools.logging, aws_lambda_powertools.metrics
mark("import of Powertools")
from imgmeta.entrypoints import aws_lambda
mark("imgmeta: the handler")
aws_lambda._event_handler()
mark("S3 and DynamoDB clients, record models, logger")
import json, sys
print(json.dumps(marks))
"""

IMGMETA = "from imgmeta.entrypoints import aws_lambda; aws_lambda._event_handler()"


def cpu_of(code: str, *arguments: str) -> tuple[float, str]:
    """Run code in a new Python process; return its CPU seconds and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        check=False,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description="Measure the CPU time of a cold start.")
    parser.add_argument("other", help="a Python file that creates its clients at import")
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each handler")
    arguments = parser.parse_args()
    other, ours = list[float](), list[float]()
    steps: dict[str, list[float]] = {}
    for run in range(arguments.runs + 1):
        costs = cpu_of(OTHER, arguments.other)[0], cpu_of(IMGMETA)[0]
        marks = json.loads(cpu_of(BREAKDOWN)[1])
        if run:  # the first run fills the page cache and the bytecode cache
            other.append(costs[0])
            ours.append(costs[1])
            for name, seconds in marks.items():
                steps.setdefault(name, []).append(seconds)
    for name, values in (("other", other), ("imgmeta", ours)):
        spread = f"{min(values) * 1000:6.0f} .. {max(values) * 1000:.0f}"
        print(f"{name:8} {statistics.median(values) * 1000:6.0f} ms CPU  {spread}")
    ratio = statistics.median(own / their for own, their in zip(ours, other, strict=True))
    print(f"imgmeta / other: {ratio:.2f}\n")
    for name, values in steps.items():
        print(f"{statistics.median(values) * 1000:6.0f} ms  {name}")


if __name__ == "__main__":
    main()
