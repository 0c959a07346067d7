"""Lock the function's dependencies for its deployment package.

    python tools/lock_function.py

Writes the versions that pip would install for each runtime and architecture, the newest that
pyproject.toml allows, with the hashes of their wheels. Run it with a pip that uses an index you
trust; the locks name none.
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
    wheel_platform_tags,
)

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "src/imgmeta/deployment/adapters/pip/locks"
HEADER = "# Written by tools/lock_function.py: wheels of the function's libraries, for {}.\n"


def requirements() -> list[str]:
    """Return the requirements in pyproject.toml that the function needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    boto3 = [each for each in extras["aws"] if each.startswith("boto3")]
    others = [each for each in extras["lambda"] if not each.startswith("imgmeta")]
    # imgmeta uses only botocore of boto3; both are released together, with the same version.
    return [
        *project["dependencies"],
        *others,
        *(each.replace("boto3", "botocore") for each in boto3),
    ]


def resolve(platform: FunctionPlatform) -> dict[str, str]:
    """Return the hashes of the wheels that pip would install, by `name==version`."""
    runtime = platform.runtime
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--ignore-installed", f"--report={report}", f"--target={folder}/none"]
        command += ["--only-binary=:all:", "--implementation=cp", f"--abi={runtime.abi}"]
        command += [f"--python-version={runtime.version}"]
        command += [f"--platform={tag}" for tag in wheel_platform_tags(platform)]
        subprocess.run([*command, *requirements()], check=True)
        installs = json.loads(report.read_text("utf-8"))["install"]
    return {
        "{name}=={version}".format_map(each["metadata"]): each["download_info"]["archive_info"][
            "hashes"
        ]["sha256"]
        for each in installs
    }


def lock(runtime: Runtime) -> str:
    """Return the text of a runtime's lock."""
    hashes = defaultdict[str, list[str]](list)
    for architecture in Architecture:
        for pin, digest in resolve(FunctionPlatform(runtime, architecture)).items():
            hashes[pin.lower().replace("_", "-")].append(digest)
    names = [pin.partition("==")[0] for pin in hashes]
    if len(set(names)) < len(names):
        sys.exit(f"{runtime}: the architectures need different versions: {sorted(hashes)}")
    lines = [HEADER.format(runtime)]
    for pin, digests in sorted(hashes.items()):
        each = [f"    --hash=sha256:{digest}" for digest in sorted(set(digests))]
        lines.append(" \\\n".join([pin, *each]) + "\n")
    return "".join(lines)


if __name__ == "__main__":
    for each in Runtime:
        (LOCKS / f"{each}.txt").write_text(lock(each), "utf-8")
