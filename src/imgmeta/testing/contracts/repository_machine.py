"""A state machine that compares an image repository with the in-memory one."""

from contextlib import ExitStack
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition
from imgmeta.core.records import ImageRecord
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import SEEN_AT
from imgmeta.testing.strategies.records import colliding_records, few_times, keys, prefixes

__all__ = ["RepositoryMachine"]

times_or_none = st.none() | st.just(SEEN_AT) | few_times


class RepositoryMachine(RuleBasedStateMachine):
    """Random writes and queries, whose results are those of the in-memory repository.

    Override `make`; pytest collects the attribute `TestCase` of the subclass.

    Attributes:
        cleanup: is closed after each run; `make` can enter a context in it.
        model: the in-memory repository.
        repository: the repository to test.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        self.model = InMemoryImageRepository()
        self.repository = self.make()

    def make(self) -> ImageRepository:
        """Return the empty repository to test."""
        raise NotImplementedError

    def teardown(self) -> None:
        """Close the repository."""
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
