"""Servers that answer as AWS does, one of each for all tests of a process that ask for it."""

import signal
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from support.aws import emulators


@pytest.fixture(scope="session")
def ministack() -> Iterator[emulators.Emulator]:
    with emulators.ministack() as server:
        yield server


@pytest.fixture(scope="session")
def moto_server() -> Iterator[emulators.Emulator]:
    with emulators.moto() as server:
        yield server


@pytest.fixture(scope="session")
def dynalite() -> Iterator[emulators.Emulator]:
    with emulators.dynalite() as server:
        yield server


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    emulators.set_aws_environment(monkeypatch)


@pytest.fixture
def default_sigint() -> Iterator[None]:
    """Handle SIGINT by default in this process, and thereby in processes that the test starts.

    Shells make the jobs that they start in the background ignore SIGINT, and children inherit that.
    """
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """Have all clients of a process share what botocore reads of its models: most of their cost."""
    if find_spec("botocore") is None:
        yield
        return
    from botocore.loaders import Loader  # noqa: PLC0415 - needs the extra aws
    from botocore.session import Session  # noqa: PLC0415 - as above

    from imgmeta.adapters.aws import clients  # noqa: PLC0415 - as above

    loader = Loader()

    def session(*, profile: str | None = None) -> Session:
        made = Session(profile=profile)
        made.register_component("data_loader", loader)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "Session", session)
        yield
