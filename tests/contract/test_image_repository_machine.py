"""Whatever is written in whatever order, a repository answers as the one in memory does."""

import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfNewer, IfRevision
from imgmeta.core.records import ImageRecord
from imgmeta.ports import ImageRepository, UploadCursor
from strategies import colliding_records, few_buckets, few_revisions, few_times, keys, prefixes


class RepositoryMachine(RuleBasedStateMachine):
    """One repository beside the model; a subclass says which."""

    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        self.model = InMemoryImageRepository()
        self.repository = self.make()

    def make(self) -> ImageRepository:
        """Return the repository under test, empty."""
        raise NotImplementedError

    def teardown(self) -> None:
        self.cleanup.close()

    def stored(self) -> list[ImageRecord]:
        """Return all that the model holds, in an order of its own."""
        return sorted(self.model.scan(include_deleted=True), key=lambda each: each.image_id)

    @rule(record=colliding_records(), revision=st.none() | few_revisions)
    def write_on_a_revision(self, record: ImageRecord, revision: str | None) -> None:
        condition = IfRevision(revision)
        assert self.repository.put(record, condition) == self.model.put(record, condition)

    @rule(record=colliding_records().filter(lambda each: each.sequencer is not None))
    def write_if_newer(self, record: ImageRecord) -> None:
        assert self.repository.put(record, IfNewer()) == self.model.put(record, IfNewer())

    @rule(record=colliding_records(), data=st.data())
    def write_over_what_is_there(self, record: ImageRecord, data: st.DataObject) -> None:
        found = self.stored()
        if found:
            old = data.draw(st.sampled_from(found))
            kept = {"image_id", "bucket_name", "object_key"}
            place = {name: getattr(old, name) for name in kept}
            condition = IfRevision(old.revision)
            moved = record.model_copy(update=place)
            assert self.repository.put(moved, condition) == self.model.put(moved, condition)

    @rule(bucket=few_buckets, key=keys)
    def get(self, bucket: str, key: str) -> None:
        place = image_id(bucket, key)
        assert self.repository.get(place) == self.model.get(place)

    @rule(bucket=few_buckets, wanted=st.lists(keys))
    def get_many(self, bucket: str, wanted: list[str]) -> None:
        ids = [image_id(bucket, key) for key in wanted]
        found = sorted(self.repository.get_many(ids), key=lambda each: each.image_id)
        assert found == sorted(self.model.get_many(ids), key=lambda each: each.image_id)

    @rule(
        bucket=few_buckets,
        prefix=prefixes,
        after=st.none() | prefixes,
        include_deleted=st.booleans(),
    )
    def list_prefix(
        self, bucket: str, prefix: str, after: str | None, *, include_deleted: bool
    ) -> None:
        answer, expected = (
            list(each.list_prefix(bucket, prefix, after=after, include_deleted=include_deleted))
            for each in (self.repository, self.model)
        )
        assert answer == expected

    @rule(bucket=few_buckets, prefix=prefixes)
    def count(self, bucket: str, prefix: str) -> None:
        assert self.repository.count(bucket, prefix) == self.model.count(bucket, prefix)

    @rule(bucket=few_buckets, prefix=prefixes)
    def entries(self, bucket: str, prefix: str) -> None:
        answer, expected = (
            list(each.entries(bucket, prefix)) for each in (self.repository, self.model)
        )
        assert answer == expected

    @rule(since=few_times, until=few_times, data=st.data())
    def uploaded_between(self, since: datetime, until: datetime, data: st.DataObject) -> None:
        cursors = [None, *map(UploadCursor.after, self.stored())]
        after = data.draw(st.sampled_from(cursors))
        answer, expected = (
            list(each.uploaded_between(since, until, after=after))
            for each in (self.repository, self.model)
        )
        assert answer == expected

    @invariant()
    def both_hold_the_same(self) -> None:
        found = self.repository.scan(include_deleted=True)
        assert sorted(found, key=lambda each: each.image_id) == self.stored()


class SQLiteMachine(RepositoryMachine):
    def make(self) -> ImageRepository:
        folder = self.cleanup.enter_context(tempfile.TemporaryDirectory())
        return self.cleanup.enter_context(SQLiteImageRepository(Path(folder) / "index.db"))


TestSQLite = SQLiteMachine.TestCase
TestSQLite.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
