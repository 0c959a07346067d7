"""Writes what the function depends on into the locks that its package is made from.

    python tools/lock_function.py

Asks pip which versions it would install for each runtime and architecture, and notes them with the
hashes of their wheels. Versions are the newest that pyproject.toml allows. Run it with a pip that
asks the index you trust; the locks do not name one.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path

from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPlatform,
    Runtime,
    wheel_platforms,
)

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "src/imgmeta/deployment/adapters/pip/locks"
HEAD = "# Written by tools/lock_function.py: wheels of the function's libraries, for {}.\n"


def requirements() -> list[str]:
    """Return what the function itself needs, of what pyproject.toml says that imgmeta needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    boto3 = [each for each in extras["aws"] if each.startswith("boto3")]
    others = [each for each in extras["lambda"] if not each.startswith("imgmeta")]
    # botocore is the half of boto3 that imgmeta uses; both are released under the same numbers.
    return [
        *project["dependencies"],
        *others,
        *(each.replace("boto3", "botocore") for each in boto3),
    ]


def resolved(target: FunctionPlatform) -> dict[str, str]:
    """Return the hashes of the wheels that pip would install, by name and version."""
    runtime = target.runtime
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--ignore-installed", f"--report={report}", f"--target={folder}/none"]
        command += ["--only-binary=:all:", "--implementation=cp", f"--abi={runtime.abi}"]
        command += [f"--python-version={runtime.version}"]
        command += [f"--platform={tag}" for tag in wheel_platforms(target)]
        subprocess.run([*command, *requirements()], check=True)
        installs = json.loads(report.read_text("utf-8"))["install"]
    return {
        "{name}=={version}".format_map(each["metadata"]): each["download_info"]["archive_info"][
            "hashes"
        ]["sha256"]
        for each in installs
    }


def lock(runtime: Runtime) -> str:
    """Return the lock of one runtime."""
    hashes = defaultdict[str, list[str]](list)
    for architecture in Architecture:
        for pin, digest in resolved(FunctionPlatform(runtime, architecture)).items():
            hashes[pin.lower().replace("_", "-")].append(digest)
    names = [pin.partition("==")[0] for pin in hashes]
    if len(set(names)) < len(names):
        sys.exit(f"{runtime}: the architectures have different versions: {sorted(hashes)}")
    lines = [HEAD.format(runtime)]
    for pin, digests in sorted(hashes.items()):
        each = [f"    --hash=sha256:{digest}" for digest in sorted(set(digests))]
        lines.append(" \\\n".join([pin, *each]) + "\n")
    return "".join(lines)


if __name__ == "__main__":
    for each in Runtime:
        (LOCKS / f"{each}.txt").write_text(lock(each), "utf-8")
