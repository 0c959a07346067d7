import pytest

from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPlatform,
    Runtime,
    architecture_at,
    wheel_platforms,
)

NEW, OLD = Runtime.PYTHON_3_12, Runtime.PYTHON_3_11
ARM, INTEL = Architecture.ARM64, Architecture.X86_64


def test_the_best_platform_is_that_of_the_runtimes_own_c_library() -> None:
    assert wheel_platforms(FunctionPlatform(NEW, ARM))[0] == "manylinux_2_34_aarch64"
    assert wheel_platforms(FunctionPlatform(OLD, INTEL))[0] == "manylinux_2_26_x86_64"


@pytest.mark.parametrize("runtime", Runtime)
@pytest.mark.parametrize(
    ("architecture", "oldest"),
    [(ARM, "manylinux2014_aarch64"), (INTEL, "manylinux1_x86_64")],
)
def test_every_platform_from_there_down_is_named_once(
    runtime: Runtime, architecture: Architecture, oldest: str
) -> None:
    platforms = wheel_platforms(FunctionPlatform(runtime, architecture))
    numbered = [int(tag.split("_")[2]) for tag in platforms if tag.startswith("manylinux_")]

    assert numbered == list(range(runtime.glibc, numbered[-1] - 1, -1))
    assert platforms[-1] == oldest
    assert len(set(platforms)) == len(platforms)


def test_old_names_stand_beside_the_ones_that_mean_the_same() -> None:
    platforms = wheel_platforms(FunctionPlatform(NEW, INTEL))

    for legacy, modern in (("2014", "2_17"), ("2010", "2_12"), ("1", "2_5")):
        at = platforms.index(f"manylinux_{modern}_x86_64")
        assert platforms[at + 1] == f"manylinux{legacy}_x86_64"


def test_no_platform_is_newer_than_the_runtime() -> None:
    assert not any("_2_35_" in tag for tag in wheel_platforms(FunctionPlatform(NEW, ARM)))
    assert not any("_2_28_" in tag for tag in wheel_platforms(FunctionPlatform(OLD, ARM)))


def test_a_runtime_knows_its_version_and_its_binary_interface() -> None:
    assert (NEW.version, NEW.abi) == ("3.12", "cp312")


def test_a_target_is_named_as_people_say_it() -> None:
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
def test_an_endpoint_on_this_machine_runs_what_this_machine_runs(
    endpoint: str | None, machine: str, architecture: Architecture | None
) -> None:
    assert architecture_at(endpoint, machine) is architecture
