"""Fixtures: emulated accounts, and a stack that tests share without changing it."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from support.aws.emulators import Emulator, ministack, set_aws_environment
from support.deployment.account import Account, Deployment


@pytest.fixture(scope="session")
def aws_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set credentials of the emulator and a cache directory for the session."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # shared by all workers, so that the function is built once
    with pytest.MonkeyPatch.context() as patch:
        set_aws_environment(patch)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield


@pytest.fixture(scope="session")
def secured_account(
    aws_environment: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """Yield an account that enforces IAM and resource policies, accessed over TLS."""
    del aws_environment
    with ministack(enforce_policies=True) as server:
        yield Account(server, tmp_path_factory.mktemp("secured"))


@pytest.fixture(scope="session")
def shared_stack(secured_account: Account) -> Deployment:
    """Return a stack for tests that do not change it; each uses its own keys and listeners."""
    return secured_account.deploy("photos")


@pytest.fixture(scope="module")
def emulator(aws_environment: None) -> Iterator[Emulator]:
    del aws_environment
    with ministack() as server:
        yield server


@pytest.fixture(scope="module")
def account(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return an account that only the tests of one module use."""
    return Account(emulator, tmp_path_factory.mktemp("account"))


@pytest.fixture
def prefix() -> str:
    """Return a key prefix that only one test uses."""
    return f"{uuid4().hex}/"
