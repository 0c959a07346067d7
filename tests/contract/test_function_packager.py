"""The contract of `imgmeta.deployment.ports.FunctionPackager`, for every adapter."""

import hashlib
import io
import zipfile
from collections.abc import Iterator

import pytest

from contract.packaging_adapters import PACKAGERS, PackagerHarness
from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    Runtime,
)
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.deployment.wheels import elf

ARM = FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
INTEL = FunctionPlatform(Runtime.PYTHON_3_13, Architecture.X86_64)
PLATFORMS = (ARM, INTEL)


def names(package: FunctionPackage) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        return archive.namelist()


def add_dependencies(packagers: PackagerHarness) -> None:
    """Add two dependencies of the function, one of them a binary."""
    packagers.index.add("needed", {"needed.py": b"VALUE = {'a', 'b', 'c'}\n", "needed.pyi": b""})
    for each in PLATFORMS:
        name = f"binary.{each.architecture}.so"
        packagers.index.add("binary", {name: elf(each.architecture)}, platform=each)


# The port: "Builds deployment packages with everything the function needs, and nothing more."


@pytest.fixture(scope="module", params=PACKAGERS)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[FunctionPlatform, FunctionPackage]]:
    """Yield the packages of a function with dependencies."""
    with pytest.MonkeyPatch.context() as patch:
        packagers = PACKAGERS[request.param](tmp_path_factory.mktemp("packages"), patch)
        add_dependencies(packagers)
        yield {each: packagers.packager.build(each) for each in PLATFORMS}


def test_package_contains_the_function_and_its_dependencies(
    built: dict[FunctionPlatform, FunctionPackage],
) -> None:
    package = built[ARM]

    assert {"needed.py", "imgmeta/entrypoints/aws_lambda/__init__.py"} <= set(names(package))
    assert {part.name for part in package.parts} == {"imgmeta", "needed", "binary"}


def test_package_contains_nothing_unneeded(
    built: dict[FunctionPlatform, FunctionPackage],
) -> None:
    found = names(built[ARM])

    assert not [name for name in found if "entrypoints/cli" in name or name.endswith(".pyi")]


@pytest.mark.parametrize("platform", PLATFORMS, ids=str)
def test_package_is_built_for_its_platform(
    built: dict[FunctionPlatform, FunctionPackage], platform: FunctionPlatform
) -> None:
    package = built[platform]

    assert package.platform == platform
    assert [name for name in names(package) if name.endswith(".so")] == [
        f"binary.{platform.architecture}.so"
    ]


# The method: "Build the package; the same inputs give the same bytes, and so the same name."


def test_same_inputs_give_the_same_bytes(
    built: dict[FunctionPlatform, FunctionPackage], packagers: PackagerHarness
) -> None:
    add_dependencies(packagers)

    assert packagers.packager.build(ARM) == built[ARM]


def test_package_name_contains_a_hash_of_its_content(
    built: dict[FunctionPlatform, FunctionPackage], packagers: PackagerHarness
) -> None:
    before = built[ARM]
    packagers.index.add("needed", {"needed.py": b""})
    after = packagers.packager.build(ARM)

    assert before.name != after.name
    assert hashlib.sha256(after.content).hexdigest()[:16] in after.name
    assert after.name.endswith(".zip")


def test_sizes_are_those_of_unpacked_files(
    built: dict[FunctionPlatform, FunctionPackage],
) -> None:
    package = built[ARM]

    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert package.unpacked_size == sum(entry.file_size for entry in archive.infolist())
    assert package.unpacked_size == sum(part.size for part in package.parts)
    assert list(package.parts) == sorted(package.parts, key=lambda part: -part.size)


# It raises "TransientError: a dependency cannot be downloaded now."


def test_unreachable_index_is_a_transient_error(packagers: PackagerHarness) -> None:
    packagers.index.add("needed", {"needed.py": b""})
    packagers.stop_index()

    with pytest.raises(TransientError, match="does not respond"):
        packagers.packager.build(ARM)


# It raises "PermanentError: a dependency has no build for this platform, a file cannot be written,
# or AWS Lambda would reject the package."


def test_missing_wheel_for_the_platform_is_a_permanent_error(packagers: PackagerHarness) -> None:
    packagers.index.add("binary", {"binary.so": elf(INTEL.architecture)}, platform=INTEL)

    with pytest.raises(PermanentError, match=r"python3\.13 on arm64: .*binary"):
        packagers.packager.build(ARM)


def test_package_that_lambda_would_reject_is_a_permanent_error(packagers: PackagerHarness) -> None:
    packagers.index.add(
        "binary", {"binary.so": elf(INTEL.architecture)}, platform=INTEL, tagged=ARM
    )

    with pytest.raises(PermanentError, match=r"binary\.so is built for x86_64"):
        packagers.packager.build(ARM)


# It raises "ConfigurationError: the build tool is not installed."


def test_missing_build_tool_is_a_configuration_error(packagers: PackagerHarness) -> None:
    packagers.remove_tool()

    with pytest.raises(ConfigurationError, match="needs pip in this environment"):
        packagers.packager.build(ARM)
