"""Measure the CPU time that bytecode in the deployment package saves at each cold start.

    python benchmarks/package_start.py PACKAGE.zip [--python python3.13] [--runs 11]

Unpacks a package for this machine twice, with and without its bytecode. Each run is a new process
of the package's Python that creates the function's clients and cannot write bytecode, as in AWS
Lambda. Runs with and without bytecode alternate; the result is user and system CPU time. No request
is sent.
"""

import argparse
import resource
import statistics
import subprocess
import tempfile
import zipfile
from pathlib import Path

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "METADATA_TABLE": "images",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
}

START = "from imgmeta.entrypoints import aws_lambda; aws_lambda._event_handler()"


def cpu_of(python: str, folder: Path) -> float:
    """Return the CPU seconds of a new process that starts the function in a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = ENVIRONMENT | {"PYTHONPATH": str(folder)}
    subprocess.run([python, "-c", START], env=environment, cwd=folder, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the CPU time that bytecode saves.")
    parser.add_argument("package", help="a zip that `imgmeta build` built for this machine")
    parser.add_argument("--python", default="python3.13", help="a Python of the package's runtime")
    parser.add_argument("--runs", type=int, default=11, help="counted runs of each kind")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(arguments.package) as archive:
        costs: dict[str, list[float]] = {"with bytecode": [], "without": []}
        archive.extractall(Path(name, "with bytecode"))
        sources = [each for each in archive.namelist() if not each.endswith(".pyc")]
        archive.extractall(Path(name, "without"), sources)
        for run in range(arguments.runs + 1):
            for kind, values in costs.items():
                seconds = cpu_of(arguments.python, Path(name, kind))
                if run:  # the first run only fills the page cache
                    values.append(seconds)
    for kind, values in costs.items():
        spread = f"{min(values) * 1000:6.0f} .. {max(values) * 1000:.0f}"
        print(f"{kind:14} {statistics.median(values) * 1000:6.0f} ms CPU  {spread}")


if __name__ == "__main__":
    main()
