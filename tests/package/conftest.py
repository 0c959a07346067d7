"""Real packages, made once for all tests of a process."""

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

Made = Callable[[FunctionPlatform], FunctionPackage]


@pytest.fixture(scope="session")
def made() -> Made:
    """Return what makes the package for a target."""
    return cache(PipFunctionPackager().package)


@pytest.fixture(scope="session")
def own_target() -> FunctionPlatform:
    """Return the target that this machine, and the Python that runs the tests, could be."""
    machine = next((each for each in Architecture if each.machine == platform.machine()), None)
    if OWN_RUNTIME is None or machine is None or platform.system() != "Linux":
        pytest.skip("AWS Lambda has no such runtime")
    return FunctionPlatform(OWN_RUNTIME, machine)


@pytest.fixture(scope="session")
def unpacked(
    made: Made, own_target: FunctionPlatform, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the folder that the package for this machine is unpacked in, for reading alone."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(io.BytesIO(made(own_target).content)) as archive:
        archive.extractall(folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder
