"""The locks of the package, against the requirements in pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from imgmeta.deployment.adapters.pip.packager import LOCKS
from imgmeta.deployment.core.packages import Architecture, Runtime

PROJECT = tomllib.loads((Path(__file__).parents[5] / "pyproject.toml").read_text("utf-8"))[
    "project"
]
PINNED = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)"
)

every_runtime = pytest.mark.parametrize("runtime", Runtime)


def lines(runtime: Runtime) -> list[str]:
    text = (LOCKS / f"{runtime}.txt").read_text("utf-8").replace(" \\\n    ", " ")
    return [line for line in text.splitlines() if not line.startswith("#")]


def versions(runtime: Runtime) -> dict[str, Version]:
    found = [PINNED.fullmatch(line) for line in lines(runtime)]
    return {pin["name"]: Version(pin["version"]) for pin in found if pin is not None}


def direct() -> list[Requirement]:
    """Return imgmeta's own requirements that the function uses."""
    extras = PROJECT["optional-dependencies"]
    required = [*PROJECT["dependencies"], *extras["aws"], *extras["lambda"]]
    unused = ("imgmeta", "pyyaml")
    return [Requirement(each) for each in required if not each.startswith(unused)]


@every_runtime
def test_each_line_pins_a_version_and_the_hashes_of_its_wheels(runtime: Runtime) -> None:
    for line in lines(runtime):
        pin = PINNED.fullmatch(line)
        assert pin is not None, line
        assert pin["hashes"].count("sha256") <= len(Architecture)


@every_runtime
def test_no_package_index_is_named(runtime: Runtime) -> None:
    text = (LOCKS / f"{runtime}.txt").read_text("utf-8")

    assert "://" not in text
    assert "index" not in text


@every_runtime
def test_pinned_versions_meet_the_requirements_of_the_project(runtime: Runtime) -> None:
    pinned = versions(runtime)

    for requirement in direct():
        # boto3 and botocore are released together, with the same version.
        name = "botocore" if requirement.name == "boto3" else requirement.name
        assert pinned[canonicalize_name(name)] in requirement.specifier


@every_runtime
def test_all_runtimes_have_the_same_libraries(runtime: Runtime) -> None:
    assert versions(runtime).keys() == versions(Runtime.PYTHON_3_13).keys()


def test_each_lock_is_for_a_supported_runtime() -> None:
    assert {lock.name for lock in LOCKS.iterdir()} == {f"{runtime}.txt" for runtime in Runtime}
