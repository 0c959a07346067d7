"""What a cold start of the function costs, against importing another handler.

    python benchmarks/cold_start.py HANDLER.py [--runs 15]

Each run is a fresh process that imports the handler and makes its clients: those of S3 and
DynamoDB here, and in the other whatever its import makes. What is compared is CPU time, of user
and system, of the whole process, in turns; no request is made. Then says where imgmeta's time
goes. README.md beside this file says what was measured.
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

OURS = """
import time
marks = {"start of Python": time.process_time()}

def mark(name):
    marks[name] = time.process_time() - sum(marks.values())

import botocore.session
mark("import of AWS's library")
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
mark("clients of S3 and DynamoDB, models of records, logger")
import json, sys
print(json.dumps(marks))
"""

WHOLE = "from imgmeta.entrypoints import aws_lambda; aws_lambda._event_handler()"


def cpu_of(code: str, *arguments: str) -> tuple[float, str]:
    """Return the CPU seconds of a fresh Python that runs this code, and what it printed."""
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
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a cold start of the function costs.")
    parser.add_argument("other", help="a Python file whose import makes its clients")
    parser.add_argument("--runs", type=int, default=15, help="counted runs of each")
    arguments = parser.parse_args()
    other, ours = list[float](), list[float]()
    steps: dict[str, list[float]] = {}
    for run in range(arguments.runs + 1):
        costs = cpu_of(OTHER, arguments.other)[0], cpu_of(WHOLE)[0]
        marks = json.loads(cpu_of(OURS)[1])
        if run:  # the first one warms the page cache and the byte code
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
