"""Time `imgmeta deploy`, compared with the bare AWS requests.

    python benchmarks/deploy.py --endpoint-url http://127.0.0.1:4566 [--runs 7]

Creates the template's stack in an emulator, alternately with `imgmeta deploy`, whose package is
cached, and with a program that sends the same requests to CloudFormation, uploads the same package
and polls without pauses. Each run is a new process. The stacks are deleted; the buckets and tables
that the template retains stay. docs/performance/deployment.md has the results.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

EMAIL = "benchmark@example.com"

BARE = """
import sys, time
from botocore.session import Session
from imgmeta.cloudformation import template_body

endpoint, name, email, path = sys.argv[1:]
session = Session()
client = session.create_client("cloudformation", endpoint_url=endpoint)
s3 = session.create_client("s3", endpoint_url=endpoint)
s3.create_bucket(Bucket=name)
with open(path, "rb") as package:
    s3.put_object(Bucket=name, Key="package.zip", Body=package.read())
values = {"NotificationEmail": email, "CodeBucket": name, "CodeKey": "package.zip"}
made = client.create_change_set(
    StackName=name,
    ChangeSetName="changes",
    ChangeSetType="CREATE",
    TemplateBody=template_body(),
    Capabilities=["CAPABILITY_IAM"],
    Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
)
while client.describe_change_set(ChangeSetName=made["Id"])["Status"] != "CREATE_COMPLETE":
    time.sleep(0.01)
client.execute_change_set(ChangeSetName=made["Id"])
while True:
    status = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    if status == "CREATE_COMPLETE":
        break
    assert status.endswith("_IN_PROGRESS"), status
    time.sleep(0.01)
"""

IMGMETA = "from imgmeta.entrypoints.cli import main; main()"


def main() -> None:
    """Measure and print the medians."""
    parser = argparse.ArgumentParser(description="Time a deployment.")
    parser.add_argument("--endpoint-url", required=True)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    endpoint = options.endpoint_url
    times: dict[str, list[float]] = {"bare requests": [], "imgmeta deploy": []}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        run(IMGMETA, "build", "--output", folder)
        [package] = map(str, Path(folder).glob("*.zip"))
        # The first round, which is not counted, fills the package cache.
        for number in range(-1, options.runs):
            for what, seconds in times.items():
                name = f"benchmark-{uuid.uuid4().hex[:12]}"
                if what == "bare requests":
                    took = run(BARE, endpoint, name, EMAIL, package)
                else:
                    named = ("--stack-name", name, "--email", EMAIL, "--yes")
                    took = run(IMGMETA, "deploy", *named, "--endpoint-url", endpoint)
                if number >= 0:
                    seconds.append(took)
                run(IMGMETA, "destroy", "--stack-name", name, "--yes", "--endpoint-url", endpoint)
    for what, seconds in times.items():
        print(f"{what:16} {statistics.median(seconds):.2f} s")
    bare, imgmeta = map(statistics.median, times.values())
    print(f"{'ratio':16} {imgmeta / bare:.2f}")


def run(code: str, *arguments: str) -> float:
    """Run a program in a new process; return its duration in seconds."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, check=False
    )
    took = time.monotonic() - started
    if done.returncode:
        sys.exit(done.stderr.decode())
    return took


if __name__ == "__main__":
    main()
