"""Real deployment packages, built once for all tests of a process."""

import io
import platform
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from imgmeta.deployment.adapters.pip import PipFunctionPackager
from imgmeta.deployment.core.packages import Architecture, FunctionPackage, FunctionPlatform
from support.deployment.wheels import OWN_RUNTIME

Build = Callable[[FunctionPlatform], FunctionPackage]


@pytest.fixture(scope="session")
def build() -> Build:
    """Return a function that builds the package for a platform, once for each."""
    return cache(PipFunctionPackager().build)


@pytest.fixture(scope="session")
def own_platform() -> FunctionPlatform:
    """Return the platform of this machine and of the Python that runs the tests."""
    machine = next((each for each in Architecture if each.machine == platform.machine()), None)
    if OWN_RUNTIME is None or machine is None or platform.system() != "Linux":
        pytest.skip("AWS Lambda has no runtime like this machine")
    return FunctionPlatform(OWN_RUNTIME, machine)


@pytest.fixture(scope="session")
def unpacked(
    build: Build, own_platform: FunctionPlatform, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a read-only folder with the unpacked package for this machine."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(io.BytesIO(build(own_platform).content)) as archive:
        archive.extractall(folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder
