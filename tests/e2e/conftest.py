"""Accounts of their own, so that no stack is in the way, and one stack to use and not change."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from support.aws.emulators import Emulator, ministack, set_aws_environment
from support.deployment.account import Account, Deployment


@pytest.fixture(scope="session")
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all workers: the function is built once
    with pytest.MonkeyPatch.context() as patch:
        set_aws_environment(patch)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield


@pytest.fixture(scope="session")
def guarded(own_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Return an account where policies count, and all speak TLS."""
    del own_environment
    with ministack(enforce_policies=True) as server:
        yield Account(server, tmp_path_factory.mktemp("guarded"))


@pytest.fixture(scope="session")
def shared(guarded: Account) -> Deployment:
    """Return a stack for all tests that only use it: each with keys and listeners of its own."""
    return guarded.deployed("photos")


@pytest.fixture(scope="module")
def emulator(own_environment: None) -> Iterator[Emulator]:
    del own_environment
    with ministack() as server:
        yield server


@pytest.fixture(scope="module")
def account(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return an account with nothing in it but what this module's tests put there."""
    return Account(emulator, tmp_path_factory.mktemp("account"))


@pytest.fixture
def folder() -> str:
    """Return a prefix of keys for one test alone."""
    return f"{uuid4().hex}/"
