"""State machine tests that compare each repository with the in-memory one."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.ports import ImageRepository
from imgmeta.testing.contracts import RepositoryMachine
from support.aws.emulators import Emulator


class SQLiteMachine(RepositoryMachine):
    def make(self) -> ImageRepository:
        folder = self.cleanup.enter_context(tempfile.TemporaryDirectory())
        return self.cleanup.enter_context(SQLiteImageRepository(Path(folder) / "index.db"))


TestSQLite = SQLiteMachine.TestCase
TestSQLite.settings = settings(
    max_examples=settings().max_examples,
    stateful_step_count=25,
)


class DynamoDBMachine(RepositoryMachine):
    """DynamoDB in moto, or at `url`."""

    url: str | None = None

    def make(self) -> ImageRepository:
        from support.aws import dynamodb_tables  # noqa: PLC0415 - slow to import and optional

        client = self.cleanup.enter_context(dynamodb_tables.client_for(self.url))
        return dynamodb_tables.TableHarness(client, self.cleanup).repository


class DynaliteMachine(DynamoDBMachine):
    pass


class MiniStackMachine(DynamoDBMachine):
    pass


@pytest.fixture
def use_dynalite(dynalite: Emulator) -> None:
    DynaliteMachine.url = dynalite.url


@pytest.fixture
def use_ministack(ministack: Emulator) -> None:
    MiniStackMachine.url = ministack.url


if find_spec("moto") is not None:
    few = settings(TestSQLite.settings, max_examples=settings().max_examples // 3)
    emulator = pytest.mark.emulator

    TestDynamoDB = DynamoDBMachine.TestCase
    TestDynamoDB.settings = few
    TestDynalite = emulator(pytest.mark.usefixtures("use_dynalite")(DynaliteMachine.TestCase))
    TestDynalite.settings = few
    TestMiniStack = emulator(pytest.mark.usefixtures("use_ministack")(MiniStackMachine.TestCase))
    TestMiniStack.settings = few
