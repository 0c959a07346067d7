"""Servers that answer as AWS does, one of each for all tests of a process that ask for it."""

from collections.abc import Iterator

import pytest

import emulators


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
