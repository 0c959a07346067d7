"""Every sentence of `imgmeta.deployment.ports.FunctionPackager`, against every adapter."""

import hashlib
import io
import zipfile

import pytest

from contract.packaging_adapters import PackagerScene
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


def names(package: FunctionPackage) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        return archive.namelist()


# The port: "Makes the function's zip: all that it needs, for one target, and no more."


def test_all_that_the_function_needs_is_in_its_package(packagers: PackagerScene) -> None:
    packagers.index.add("needed", {"needed.py": b"VALUE = 1\n"})

    package = packagers.packager.package(ARM)

    assert {"needed.py", "imgmeta/entrypoints/aws_lambda/__init__.py"} <= set(names(package))
    assert {part.name for part in package.parts} == {"imgmeta", "needed"}


def test_nothing_more_is_in_its_package(packagers: PackagerScene) -> None:
    packagers.index.add("needed", {"needed.py": b"", "needed.pyi": b""})

    found = names(packagers.packager.package(ARM))

    assert not [name for name in found if "entrypoints/cli" in name or name.endswith(".pyi")]


@pytest.mark.parametrize("target", [ARM, INTEL], ids=str)
def test_a_package_is_for_its_target(packagers: PackagerScene, target: FunctionPlatform) -> None:
    for each in (ARM, INTEL):
        name = f"binary.{each.architecture}.so"
        packagers.index.add("binary", {name: elf(each.architecture)}, target=each)

    package = packagers.packager.package(target)

    assert package.target == target
    assert [name for name in names(package) if name.endswith(".so")] == [
        f"binary.{target.architecture}.so"
    ]


# The method: "Return the package; the same inputs give the same bytes, and so the same name."


def test_the_same_inputs_give_the_same_bytes(packagers: PackagerScene) -> None:
    packagers.index.add("needed", {"needed.py": b"VALUE = {'a', 'b', 'c'}\n"})

    first, second = (packagers.packager.package(ARM) for _ in range(2))

    assert first == second


def test_the_name_says_what_is_in_the_package(packagers: PackagerScene) -> None:
    before = packagers.packager.package(ARM)
    packagers.index.add("needed", {"needed.py": b""})
    after = packagers.packager.package(ARM)

    assert before.name != after.name
    assert hashlib.sha256(after.content).hexdigest()[:16] in after.name
    assert after.name.endswith(".zip")


def test_sizes_are_those_of_what_is_unpacked(packagers: PackagerScene) -> None:
    packagers.index.add("needed", {"needed.py": b"VALUE = 1\n"})

    package = packagers.packager.package(ARM)

    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert package.unpacked_size == sum(entry.file_size for entry in archive.infolist())
    assert package.unpacked_size == sum(part.size for part in package.parts)
    assert list(package.parts) == sorted(package.parts, key=lambda part: -part.size)


# It raises "TransientError: what the function depends on cannot be had now."


def test_an_index_that_does_not_answer_is_a_transient_error(packagers: PackagerScene) -> None:
    packagers.index.add("needed", {"needed.py": b""})
    packagers.refuse_now()

    with pytest.raises(TransientError, match="does not answer"):
        packagers.packager.package(ARM)


# It raises "PermanentError: it cannot be had for this target, or AWS Lambda would refuse it."


def test_what_is_not_made_for_the_target_is_a_permanent_error(packagers: PackagerScene) -> None:
    packagers.index.add("binary", {"binary.so": elf(INTEL.architecture)}, target=INTEL)

    with pytest.raises(PermanentError, match=r"python3\.13 on arm64: .*binary"):
        packagers.packager.package(ARM)


def test_what_lambda_could_not_run_is_a_permanent_error(packagers: PackagerScene) -> None:
    packagers.index.add("binary", {"binary.so": elf(INTEL.architecture)}, target=INTEL, says=ARM)

    with pytest.raises(PermanentError, match=r"binary\.so is for x86_64"):
        packagers.packager.package(ARM)


# It raises "ConfigurationError: what packages are made with is not installed."


def test_a_program_that_is_not_installed_is_a_configuration_error(
    packagers: PackagerScene,
) -> None:
    packagers.lose_programs()

    with pytest.raises(ConfigurationError, match="pip or uv"):
        packagers.packager.package(ARM)
