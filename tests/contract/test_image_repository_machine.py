"""State machine tests that compare each repository with the in-memory one."""

import tempfile
from contextlib import ExitStack
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition
from imgmeta.core.records import ImageRecord
from imgmeta.ports import ImageRepository
from support.aws.emulators import Emulator
from support.strategies.record_examples import SEEN_AT
from support.strategies.records import colliding_records, few_times, keys, prefixes

times_or_none = st.none() | st.just(SEEN_AT) | few_times


class RepositoryMachine(RuleBasedStateMachine):
    """The repository under test, and the model."""

    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        self.model = InMemoryImageRepository()
        self.repository = self.make()

    def make(self) -> ImageRepository:
        """Return the empty repository to test."""
        raise NotImplementedError

    def teardown(self) -> None:
        self.cleanup.close()

    def stored(self) -> list[ImageRecord]:
        """Return all records of the model, ordered by ID."""
        return sorted(self.model.scan(include_deleted=True), key=lambda each: each.image_id)

    @initialize(pool=st.lists(keys, min_size=2, max_size=5, unique=True))
    def choose_keys(self, pool: list[str]) -> None:
        """Use few keys, so that writes and queries collide."""
        self.buckets = st.sampled_from(["file://", "holiday"])
        self.keys = st.sampled_from(pool)
        self.prefixes = st.just("") | self.keys | self.keys.map(lambda key: key[:1]) | prefixes
        self.records = colliding_records(self.buckets, self.keys)

    @rule(data=st.data())
    def write(self, data: st.DataObject) -> None:
        record = data.draw(self.records)
        stored = self.model.get(record.image_id)
        conditions: list[WriteCondition] = [IfRevision(None), IfRevision("r1")]
        conditions += [IfRevision(stored.revision)] * 3 if stored else []
        if record.sequencer:
            timed = IfNewer(data.draw(times_or_none), data.draw(times_or_none))
            conditions += [IfNewer(), IfNewer(), timed, timed]
        condition = data.draw(st.sampled_from(conditions))
        assert self.repository.put(record, condition) == self.model.put(record, condition)

    @rule(data=st.data())
    def get(self, data: st.DataObject) -> None:
        id_ = image_id(data.draw(self.buckets), data.draw(self.keys))
        assert self.repository.get(id_) == self.model.get(id_)

    @rule(data=st.data(), include_deleted=st.booleans())
    def list_prefix(self, data: st.DataObject, *, include_deleted: bool) -> None:
        bucket, prefix = data.draw(self.buckets), data.draw(self.prefixes)
        after = data.draw(st.none() | self.prefixes)
        result, expected = (
            list(each.list_prefix(bucket, prefix, after=after, include_deleted=include_deleted))
            for each in (self.repository, self.model)
        )
        assert result == expected

    @rule(data=st.data())
    def count(self, data: st.DataObject) -> None:
        bucket, prefix = data.draw(self.buckets), data.draw(self.prefixes)
        assert self.repository.count(bucket, prefix) == self.model.count(bucket, prefix)

    @rule(data=st.data())
    def entries(self, data: st.DataObject) -> None:
        bucket, prefix = data.draw(self.buckets), data.draw(self.prefixes)
        after = data.draw(st.none() | self.prefixes)
        result, expected = (
            list(each.entries(bucket, prefix, after=after))
            for each in (self.repository, self.model)
        )
        assert result == expected

    @rule(since=few_times, until=few_times, data=st.data())
    def uploaded_between(self, since: datetime, until: datetime, data: st.DataObject) -> None:
        cursors = [None, *map(UploadCursor.after, self.stored())]
        after = data.draw(st.sampled_from(cursors))
        result, expected = (
            list(each.uploaded_between(since, until, after=after))
            for each in (self.repository, self.model)
        )
        assert result == expected

    @invariant()
    def repository_matches_model(self) -> None:
        found = self.repository.scan(include_deleted=True)
        assert sorted(found, key=lambda each: each.image_id) == self.stored()


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
