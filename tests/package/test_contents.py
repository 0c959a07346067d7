"""Real deployment packages, with libraries from the package index."""

import io
import os
import subprocess
import sys
import zipfile
from email.parser import BytesHeaderParser
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    Runtime,
)
from package.conftest import Build

pytestmark = pytest.mark.package

ARM = FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
PLATFORMS = [
    ARM,
    FunctionPlatform(Runtime.PYTHON_3_13, Architecture.X86_64),
    FunctionPlatform(Runtime.PYTHON_3_11, Architecture.ARM64),
]
MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}
COMMAND = [sys.executable, "-c", "from imgmeta.entrypoints.cli import main; main()", "build"]

every_platform = pytest.mark.parametrize("platform", PLATFORMS, ids=str)


def contents(package: FunctionPackage) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@every_platform
def test_package_is_small(build: Build, platform: FunctionPlatform) -> None:
    package = build(platform)

    assert len(package.content) < 20_000_000
    assert package.unpacked_size < 50_000_000


@every_platform
def test_every_binary_is_built_for_the_platform(build: Build, platform: FunctionPlatform) -> None:
    files = contents(build(platform))
    binaries = {name: data for name, data in files.items() if data.startswith(b"\x7fELF")}

    assert {name for name in files if ".so" in name} == binaries.keys()
    assert {int.from_bytes(data[18:20], "little") for data in binaries.values()} == {
        MACHINES[platform.architecture]
    }
    assert any(name.startswith("pydantic_core/") for name in binaries)
    assert any(name.startswith("PIL/_imaging.") for name in binaries)


@every_platform
def test_package_contains_no_unneeded_files(build: Build, platform: FunctionPlatform) -> None:
    names = contents(build(platform)).keys()

    unneeded = ("boto3/", "s3transfer/", "typer/", "rich/", "yaml/", "bin/", "pip/")
    assert not [name for name in names if name.startswith(unneeded)]
    assert not [name for name in names if "entrypoints/cli" in name or "tests/" in name]
    ends = (".pyi", "py.typed", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".c", ".h")
    assert not [name for name in names if name.endswith(ends)]
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {each for each in services if "." not in each} == {"dynamodb", "s3", "sns", "sqs"}


@every_platform
def test_package_contains_no_paths_of_this_machine(
    build: Build, platform: FunctionPlatform
) -> None:
    # Short paths, such as /root, may occur by coincidence.
    paths = [os.fsencode(Path.home() / "."), os.fsencode(Path(__file__).parents[2])]

    for name, data in contents(build(platform)).items():
        assert not [path for path in paths if len(path) > 6 and path in data], name


@every_platform
def test_package_contains_the_required_distributions_only(
    build: Build, platform: FunctionPlatform
) -> None:
    package = build(platform)
    parsed = [
        BytesHeaderParser().parsebytes(data)
        for name, data in contents(package).items()
        if name.endswith(".dist-info/METADATA")
    ]
    environment = {"python_version": platform.runtime.version, "extra": ""}
    required = [Requirement(each) for one in parsed for each in one.get_all("Requires-Dist", [])]
    needed = [each for each in required if each.marker is None or each.marker.evaluate(environment)]
    parts = {canonicalize_name(part.name): part.version for part in package.parts}

    for requirement in needed:
        assert parts[canonicalize_name(requirement.name)] in requirement.specifier
    direct = {"imgmeta", "pydantic", "pillow", "botocore", "aws-lambda-powertools"}
    assert parts.keys() == direct | {canonicalize_name(each.name) for each in needed}
    assert parts[canonicalize_name("imgmeta")] == version("imgmeta")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_builds_do_not_depend_on_folder_or_environment(
    seed: str, own_platform: FunctionPlatform, build: Build, tmp_path: Path
) -> None:
    first = build(own_platform)
    folder, scratch = tmp_path / f"there{seed}" / "über", tmp_path / ("t" * int(seed))
    folder.mkdir(parents=True)
    scratch.mkdir()
    settings = {"PYTHONHASHSEED": seed, "TMPDIR": str(scratch), "TZ": f"UTC{seed}"}
    settings["LC_ALL"] = "C" if seed == "1" else "C.UTF-8"

    subprocess.run(
        [
            *(*COMMAND, "--output", "."),
            *(f"--runtime={own_platform.runtime}", f"--architecture={own_platform.architecture}"),
        ],
        cwd=folder,
        env=os.environ | settings,
        umask=0o077 if seed == "1" else 0,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    (built,) = folder.iterdir()
    assert built.name == first.name
    assert built.read_bytes() == first.content
    assert list(scratch.iterdir()) == []


def test_package_for_this_python_contains_bytecode(
    own_platform: FunctionPlatform, build: Build
) -> None:
    package = build(own_platform)
    names = contents(package).keys()

    assert package.is_precompiled
    tag = f"cpython-{own_platform.runtime.abi[2:]}.pyc"
    assert f"imgmeta/entrypoints/aws_lambda/__pycache__/__init__.{tag}" in names
    sources = {name for name in names if name.endswith(".py")}
    compiled = {name for name in names if name.endswith(tag)}
    assert len(compiled) == len(sources) == len([name for name in names if ".pyc" in name])
