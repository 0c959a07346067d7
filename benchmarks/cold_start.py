"""Measure the CPU time of a cold start of the function, compared with another handler.

    python benchmarks/cold_start.py [ORIGINAL.py] [--runs 15]

Each run starts a new process; the kinds of runs alternate, and each is measured by the CPU time,
user and system, of the whole process:

* the import alone. imgmeta creates its clients at the first event, the other handler at import;
* with the clients: imgmeta's for S3 and DynamoDB, and all that the other module creates;
* with a first event of one image, whose requests a stub answers at once (`stub_aws.py`).

Ratios are to the other handler, or without one to `sequential_handler.py`, which creates three
clients of boto3. Also prints imgmeta's time by package (`import_costs.py`).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections import defaultdict

from handler_process import HERE, aws_environment, notification, stub_process
from import_costs import CLIENTS

_EVENT = repr(notification(["000001/photo.jpg"], 1))
_IMGMETA = "from imgmeta.entrypoints import aws_lambda"
_OTHER = "import runpy, sys; module = runpy.run_path(sys.argv[1])"

KINDS = {
    "Python itself": "pass",
    "imgmeta, import": _IMGMETA,
    "imgmeta, with clients": f"{_IMGMETA}; aws_lambda._event_handler()",
    "imgmeta, with a first event": f"{_IMGMETA}; aws_lambda.handler({_EVENT}, None)",
    "other, with clients": _OTHER,
    "other, with a first event": f"{_OTHER}; module['lambda_handler']({_EVENT}, None)",
}


def cpu_of(command: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Run a command in a new Python process; return its CPU seconds and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *command],
        env=os.environ | environment,
        capture_output=True,
        check=False,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def by_package(environment: dict[str, str], runs: int) -> str:
    """Return a Markdown table of imgmeta's CPU time by package."""
    seconds, modules = defaultdict[str, list[float]](list), dict[str, int]()
    for _ in range(runs):
        costs = json.loads(cpu_of([str(HERE / "import_costs.py")], environment)[1])
        for name, value in costs["seconds"].items():
            seconds[name].append(value)
        modules |= costs["modules"]
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    names = sorted(medians, key=lambda each: (each == CLIENTS, -medians[each]))
    lines = [
        f"| {each} | {modules.get(each, '')} | {medians[each] * 1000:.0f} ms |" for each in names
    ]
    return "\n".join(["| package | modules | CPU time |", "|---|---|---|", *lines])


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description="Measure the CPU time of a cold start.")
    parser.add_argument("other", nargs="?", help="a Python file that creates its clients at import")
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each kind")
    arguments = parser.parse_args()
    other = arguments.other or str(HERE / "sequential_handler.py")
    costs: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with stub_process() as url:
        environment = aws_environment(url, NOTIFY_ON="failures")
        for run in range(arguments.runs + 1):
            for kind, code in KINDS.items():
                seconds, _ = cpu_of(["-c", code, other], environment)
                if run:  # the first run fills the page cache and the bytecode cache
                    costs[kind].append(seconds)
        table = by_package(environment, arguments.runs)
    print("| process | CPU time | ratio to the other |\n|---|---|---|")
    for kind, values in costs.items():
        compared = "with a first event" if kind.endswith("event") else "with clients"
        theirs = costs[f"other, {compared}"]
        ratio = statistics.median(one / its for one, its in zip(values, theirs, strict=True))
        print(f"| {kind} | {statistics.median(values) * 1000:.0f} ms | {ratio:.2f} |")
    print(f"\n{table}")


if __name__ == "__main__":
    main()
