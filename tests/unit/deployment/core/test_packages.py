import hashlib

import pytest

from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    Runtime,
    digest_in_name,
    emulator_architecture,
    wheel_platform_tags,
)

NEW, OLD = Runtime.PYTHON_3_12, Runtime.PYTHON_3_11
ARM, INTEL = Architecture.ARM64, Architecture.X86_64


def test_first_platform_tag_is_that_of_the_runtimes_glibc() -> None:
    assert wheel_platform_tags(FunctionPlatform(NEW, ARM))[0] == "manylinux_2_34_aarch64"
    assert wheel_platform_tags(FunctionPlatform(OLD, INTEL))[0] == "manylinux_2_26_x86_64"


@pytest.mark.parametrize("runtime", Runtime)
@pytest.mark.parametrize(
    ("architecture", "oldest"),
    [(ARM, "manylinux2014_aarch64"), (INTEL, "manylinux1_x86_64")],
)
def test_platform_tags_go_down_to_the_oldest_glibc(
    runtime: Runtime, architecture: Architecture, oldest: str
) -> None:
    tags = wheel_platform_tags(FunctionPlatform(runtime, architecture))
    numbered = [int(tag.split("_")[2]) for tag in tags if tag.startswith("manylinux_")]

    assert numbered == list(range(runtime.glibc, numbered[-1] - 1, -1))
    assert tags[-1] == oldest
    assert len(set(tags)) == len(tags)


def test_legacy_tags_follow_their_equivalents() -> None:
    tags = wheel_platform_tags(FunctionPlatform(NEW, INTEL))

    for legacy, modern in (("2014", "2_17"), ("2010", "2_12"), ("1", "2_5")):
        index = tags.index(f"manylinux_{modern}_x86_64")
        assert tags[index + 1] == f"manylinux{legacy}_x86_64"


def test_platform_tags_for_newer_glibc_are_omitted() -> None:
    assert not any("_2_35_" in tag for tag in wheel_platform_tags(FunctionPlatform(NEW, ARM)))
    assert not any("_2_28_" in tag for tag in wheel_platform_tags(FunctionPlatform(OLD, ARM)))


def test_runtime_has_a_version_and_an_abi_tag() -> None:
    assert (NEW.version, NEW.abi) == ("3.12", "cp312")


def test_platform_is_shown_as_runtime_on_architecture() -> None:
    assert str(FunctionPlatform()) == "python3.13 on arm64"


@pytest.mark.parametrize(
    ("endpoint", "machine", "architecture"),
    [
        ("http://127.0.0.1:4566", "x86_64", Architecture.X86_64),
        ("http://localhost:4566/", "aarch64", Architecture.ARM64),
        ("http://[::1]:4566", "arm64", Architecture.ARM64),
        ("https://LOCALHOST", "AMD64", Architecture.X86_64),
        ("http://127.0.0.1:4566", "riscv64", None),
        ("https://emulator.example.com", "x86_64", None),
        ("https://127.0.0.1.example.com", "x86_64", None),
        ("nonsense", "x86_64", None),
        ("", "x86_64", None),
        (None, "x86_64", None),
    ],
)
def test_local_emulator_has_the_architecture_of_this_machine(
    endpoint: str | None, machine: str, architecture: Architecture | None
) -> None:
    assert emulator_architecture(endpoint, machine) is architecture


def test_copy_of_a_package_differs_only_in_its_name() -> None:
    digest = hashlib.sha256(b"zip")
    name = f"imgmeta-1.0-python3.13-arm64-{digest.hexdigest()[:16]}.zip"
    package = FunctionPackage(name, FunctionPlatform(), b"zip", 3, (), is_precompiled=True)
    copy = package.copy()
    assert copy.name == name.replace(".zip", "-copy.zip")
    assert (copy.content, copy.sha256) == (b"zip", digest.digest())
    for each in (package, copy):
        assert digest_in_name(f"imgmeta/{each.name}") == digest.hexdigest()[:16]


@pytest.mark.parametrize(
    "name",
    ["", "1.zip", "a-0123456789ABCDEF.zip", "a-0123456789abcdef.zip\n", "a-0123456789abcdef-b.zip"],
)
def test_name_of_another_file_has_no_digest(name: str) -> None:
    assert digest_in_name(name) == ""
