"""The function's real package: resolved by pip, for what it runs on."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import BytesHeaderParser
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from contract.packaging_adapters import hide_pip
from imgmeta.deployment.adapters.pip import PipFunctionPackager
from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    Runtime,
)
from package.conftest import Made

pytestmark = pytest.mark.package

ARM = FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
TARGETS = [
    ARM,
    FunctionPlatform(Runtime.PYTHON_3_13, Architecture.X86_64),
    FunctionPlatform(Runtime.PYTHON_3_11, Architecture.ARM64),
]
MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}
COMMAND = [sys.executable, "-c", "from imgmeta.entrypoints.cli import main; main()", "build"]

every_target = pytest.mark.parametrize("target", TARGETS, ids=str)


def contents(package: FunctionPackage) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@every_target
def test_a_package_is_small(made: Made, target: FunctionPlatform) -> None:
    package = made(target)

    assert len(package.content) < 20_000_000
    assert package.unpacked_size < 50_000_000


@every_target
def test_every_binary_is_for_the_target(made: Made, target: FunctionPlatform) -> None:
    files = contents(made(target))
    binaries = {name: data for name, data in files.items() if data.startswith(b"\x7fELF")}

    assert {name for name in files if ".so" in name} == binaries.keys()
    assert {int.from_bytes(data[18:20], "little") for data in binaries.values()} == {
        MACHINES[target.architecture]
    }
    assert any(name.startswith("pydantic_core/") for name in binaries)
    assert any(name.startswith("PIL/_imaging.") for name in binaries)


@every_target
def test_nothing_is_in_it_that_the_function_does_without(
    made: Made, target: FunctionPlatform
) -> None:
    names = contents(made(target)).keys()

    unneeded = ("boto3/", "s3transfer/", "typer/", "rich/", "yaml/", "bin/", "pip/", "uv/")
    assert not [name for name in names if name.startswith(unneeded)]
    assert not [name for name in names if "entrypoints/cli" in name or "tests/" in name]
    ends = (".pyi", "py.typed", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".c", ".h")
    assert not [name for name in names if name.endswith(ends)]
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {each for each in services if "." not in each} == {"dynamodb", "s3", "sns"}


@every_target
def test_nothing_in_it_tells_of_this_machine(made: Made, target: FunctionPlatform) -> None:
    # Paths of this machine that are not those of another one too.
    ours = [os.fsencode(Path.home() / "."), os.fsencode(Path(__file__).parents[2])]

    for name, data in contents(made(target)).items():
        assert not [path for path in ours if len(path) > 6 and path in data], name


@every_target
def test_all_that_its_libraries_need_is_in_it_and_no_more(
    made: Made, target: FunctionPlatform
) -> None:
    package = made(target)
    parsed = [
        BytesHeaderParser().parsebytes(data)
        for name, data in contents(package).items()
        if name.endswith(".dist-info/METADATA")
    ]
    environment = {"python_version": target.runtime.version, "extra": ""}
    asked = [Requirement(each) for one in parsed for each in one.get_all("Requires-Dist", [])]
    needed = [each for each in asked if each.marker is None or each.marker.evaluate(environment)]
    parts = {canonicalize_name(part.name): part.version for part in package.parts}

    for requirement in needed:
        assert parts[canonicalize_name(requirement.name)] in requirement.specifier
    direct = {"imgmeta", "pydantic", "pillow", "botocore", "aws-lambda-powertools"}
    assert parts.keys() == direct | {canonicalize_name(each.name) for each in needed}
    assert parts[canonicalize_name("imgmeta")] == version("imgmeta")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_two_builds_are_equal_wherever_and_however_they_run(
    seed: str, own_target: FunctionPlatform, made: Made, tmp_path: Path
) -> None:
    first = made(own_target)
    folder, scratch = tmp_path / f"there{seed}" / "über", tmp_path / ("t" * int(seed))
    folder.mkdir(parents=True)
    scratch.mkdir()
    settings = {"PYTHONHASHSEED": seed, "TMPDIR": str(scratch), "TZ": f"UTC{seed}"}
    settings["LC_ALL"] = "C" if seed == "1" else "C.UTF-8"

    subprocess.run(
        [
            *(*COMMAND, "--output", "."),
            *(f"--runtime={own_target.runtime}", f"--architecture={own_target.architecture}"),
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


@every_target
def test_uv_makes_the_same_package(
    target: FunctionPlatform, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("uv") is None:
        pytest.skip("uv is not on the path")
    hide_pip(monkeypatch)

    assert PipFunctionPackager().package(target) == made(target)


def test_a_package_for_the_python_that_runs_is_precompiled(
    own_target: FunctionPlatform, made: Made
) -> None:
    package = made(own_target)
    names = contents(package).keys()

    assert package.is_precompiled
    tag = f"cpython-{own_target.runtime.abi[2:]}.pyc"
    assert f"imgmeta/entrypoints/aws_lambda/__pycache__/__init__.{tag}" in names
    sources = {name for name in names if name.endswith(".py")}
    compiled = {name for name in names if name.endswith(tag)}
    assert len(compiled) == len(sources) == len([name for name in names if ".pyc" in name])
