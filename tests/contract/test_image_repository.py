"""Contract tests of `imgmeta.ports.ImageRepository`, for every adapter. Each quotes the port."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import product
from threading import Barrier, Thread

import pytest

from contract.conftest import RepositoryHarness
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import InvalidRecordError, PermanentError, TransientError
from imgmeta.ports import ImageRepository, OnUnreadable
from support.strategies.record_examples import image_record
from support.strategies.records import HOSTILE_KEYS

SINCE = datetime(2026, 11, 23, tzinfo=UTC)
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
MANY = 640
"""More records than any adapter has in a page."""

PREFIXES = ("", "a", "a/", "\ue000")
STARTS = (*HOSTILE_KEYS, "", "a/a", "a/c", "zzz")


def number(value: int) -> str:
    return f"{value:032X}"


def tombstone(key: str = "2026/beach.jpg", **changes: object) -> ImageRecord:
    return image_record(key, **{"status": Status.DELETED, "etag": None} | changes)


def uploaded(seconds: int, key: str = "2026/beach.jpg") -> ImageRecord:
    return image_record(key, upload_timestamp=int(SINCE.timestamp()) + seconds)


def keys(records: Iterable[ImageRecord]) -> list[str]:
    return [record.object_key for record in records]


def corrupt(index: RepositoryHarness, *records: ImageRecord) -> None:
    if index.corrupt is None:
        pytest.skip("this store has no encoded records")
    for record in records:
        index.corrupt(record.image_id)


def insert_all(index: RepositoryHarness, records: Iterable[ImageRecord]) -> None:
    if index.insert_all_directly is not None:
        index.insert_all_directly(records)
        return
    for record in records:
        index.insert_directly(record)


METHODS: dict[str, Callable[[ImageRepository], object]] = {
    "get": lambda repository: repository.get(image_record().image_id),
    "put": lambda repository: repository.put(image_record(), IfRevision(None)),
    "uploaded_between": lambda repository: list(repository.uploaded_between(*ALWAYS)),
    "list_prefix": lambda repository: list(repository.list_prefix("holiday")),
    "entries": lambda repository: list(repository.entries("holiday")),
    "scan": lambda repository: list(repository.scan()),
    "count": lambda repository: repository.count("holiday"),
}


class TestAllMethods:
    # The port: "Image records, one per ID"
    def test_stored_record_is_returned_unchanged(self, index: RepositoryHarness) -> None:
        record = image_record("a\0b\n\u00e9", latitude=1.1, taken_at=datetime(2026, 1, 2, 3))  # noqa: DTZ001 - wall-clock time
        index.repository.put(record, IfRevision(None))
        assert index.repository.get(record.image_id) == record

    # The port: "After a write has returned, every later `get` sees it."
    def test_write_is_visible_immediately(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record(revision="r1"))
        newer = image_record(revision="r2")
        index.repository.put(newer, IfRevision("r1"))
        assert index.repository.get(newer.image_id) == newer

    def test_write_is_visible_to_another_thread(self, index: RepositoryHarness) -> None:
        record = image_record()
        index.repository.put(record, IfRevision(None))
        seen: list[ImageRecord | None] = []
        thread = Thread(target=lambda: seen.append(index.repository.get(record.image_id)))
        thread.start()
        thread.join()
        assert seen == [record]

    # The port: "no other record is omitted or yielded twice"
    @pytest.mark.parametrize(
        "walk",
        [
            lambda repository: repository.list_prefix("holiday", include_deleted=True),
            lambda repository: repository.uploaded_between(*ALWAYS),
            lambda repository: repository.scan(include_deleted=True),
        ],
        ids=["list_prefix", "uploaded_between", "scan"],
    )
    def test_write_during_iteration_does_not_lose_or_repeat_other_records(
        self,
        index: RepositoryHarness,
        walk: Callable[[ImageRepository], Iterable[ImageRecord]],
    ) -> None:
        inserted = [uploaded(each % 7, f"{each:05}") for each in range(0, 2 * MANY, 2)]
        insert_all(index, inserted)
        seen: list[str] = []
        for turn, record in enumerate(walk(index.repository)):
            seen.append(record.object_key)
            if turn % 100 == 0:
                fresh = uploaded(turn % 7, f"{turn * 2 + 1:05}")
                index.repository.put(fresh, IfRevision(None))
                again = image_record(inserted[turn].object_key, revision="again", etag=None)
                index.repository.put(again, IfRevision("r1"))
        unchanged = [key for at, key in enumerate(keys(inserted)) if at % 100]
        assert [seen.count(key) for key in unchanged] == [1] * len(unchanged)

    # The port: "Methods raise TransientError when the store cannot respond now"
    @pytest.mark.parametrize("method", METHODS)
    def test_temporarily_unavailable_store_raises_transient_error(
        self, index: RepositoryHarness, method: str
    ) -> None:
        if index.fail_temporarily is None:
            pytest.skip("this store cannot fail like that")
        index.insert_directly(image_record())
        index.fail_temporarily()
        with pytest.raises(TransientError):
            METHODS[method](index.repository)

    # The port: "PermanentError when it will not respond until something is changed"
    @pytest.mark.parametrize("method", METHODS)
    def test_permanently_unavailable_store_raises_permanent_error(
        self, index: RepositoryHarness, method: str
    ) -> None:
        if index.fail_permanently is None:
            pytest.skip("this store cannot fail like that")
        index.fail_permanently()
        with pytest.raises(PermanentError):
            METHODS[method](index.repository)

    # The port: "`get` raises InvalidRecordError for it. Iterators of records raise [it] too"
    @pytest.mark.parametrize("method", sorted(METHODS.keys() - {"put", "count", "entries"}))
    def test_unreadable_record_raises_invalid_record_error(
        self, index: RepositoryHarness, method: str
    ) -> None:
        record = uploaded(0)
        index.insert_directly(record)
        corrupt(index, record)
        with pytest.raises(InvalidRecordError):
            METHODS[method](index.repository)

    # The port: "unless `on_unreadable` is given: then they call it with the error, and continue"
    @pytest.mark.parametrize(
        "walk",
        [
            lambda repository, add: repository.list_prefix("holiday", on_unreadable=add),
            lambda repository, add: repository.uploaded_between(*ALWAYS, on_unreadable=add),
            lambda repository, add: repository.scan(on_unreadable=add),
        ],
        ids=["list_prefix", "uploaded_between", "scan"],
    )
    def test_iterators_continue_after_unreadable_records(
        self,
        index: RepositoryHarness,
        walk: Callable[[ImageRepository, OnUnreadable], Iterable[ImageRecord]],
    ) -> None:
        records = [uploaded(each, str(each)) for each in range(5)]
        insert_all(index, records)
        corrupt(index, records[1], records[4])
        errors = list[InvalidRecordError]()
        assert sorted(keys(walk(index.repository, errors.append))) == ["0", "2", "3"]
        assert sorted(" 1 " in str(error) or " 4 " in str(error) for error in errors) == [True] * 2


class TestGet:
    # The port: "Return the record with this ID, including a tombstone; None if there is none."
    def test_record_with_id_is_returned(self, index: RepositoryHarness) -> None:
        insert_all(index, [image_record("a"), image_record("b")])
        assert index.repository.get(image_id("holiday", "b")) == image_record("b")

    def test_tombstone_is_returned(self, index: RepositoryHarness) -> None:
        index.insert_directly(tombstone())
        assert index.repository.get(tombstone().image_id) == tombstone()

    def test_unknown_id_returns_none(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record("a"))
        assert index.repository.get(image_id("holiday", "b")) is None


class TestPut:
    # The port: "Write `record` over the record stored ... if `core.ordering.decide` permits."
    @pytest.mark.parametrize(
        ("stored", "incoming", "result"),
        [
            (None, 1, WriteResult.STORED),
            (1, 2, WriteResult.STORED),
            (0xF, 0x10, WriteResult.STORED),
            (2, 2, WriteResult.DUPLICATE),
            (2, 1, WriteResult.STALE),
            (0xA0, 0x9F, WriteResult.STALE),
        ],
    )
    def test_if_newer_compares_sequencers(
        self, index: RepositoryHarness, stored: int | None, incoming: int, result: WriteResult
    ) -> None:
        before = image_record(sequencer=None if stored is None else number(stored))
        index.insert_directly(before)
        after = image_record(sequencer=number(incoming), revision="r2")
        assert index.repository.put(after, IfNewer()) is result
        expected = after if result is WriteResult.STORED else before
        assert index.repository.get(before.image_id) == expected

    def test_if_newer_writes_first_record(self, index: RepositoryHarness) -> None:
        record = image_record(sequencer=number(1))
        assert index.repository.put(record, IfNewer()) is WriteResult.STORED
        assert index.repository.get(record.image_id) == record

    @pytest.mark.parametrize(
        ("stored", "expected", "result"),
        [
            (None, None, WriteResult.STORED),
            ("r1", "r1", WriteResult.STORED),
            ("r1", None, WriteResult.CONFLICT),
            ("r1", "r2", WriteResult.CONFLICT),
            ("r1", "R1", WriteResult.CONFLICT),
            (None, "r1", WriteResult.CONFLICT),
        ],
    )
    def test_if_revision_compares_revisions(
        self,
        index: RepositoryHarness,
        stored: str | None,
        expected: str | None,
        result: WriteResult,
    ) -> None:
        before = None if stored is None else image_record(revision=stored)
        if before:
            index.insert_directly(before)
        record = image_record(revision="new", sequencer=number(0))
        assert index.repository.put(record, IfRevision(expected)) is result
        found = index.repository.get(record.image_id)
        assert found == (record if result is WriteResult.STORED else before)

    def test_if_revision_may_write_a_lower_sequencer(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record(sequencer=number(9)))
        record = image_record(sequencer=None, revision="r2")
        assert index.repository.put(record, IfRevision("r1")) is WriteResult.STORED
        assert index.repository.get(record.image_id) == record

    @pytest.mark.parametrize("sequencer", [4, 5])
    @pytest.mark.parametrize(
        ("stored", "incoming"),
        [
            (image_record(), tombstone()),
            (tombstone(), image_record()),
            (image_record(), image_record(etag="e2")),
            (image_record(), image_record(etag=None)),
            (image_record(), image_record(file_size=4)),
            (image_record(), image_record(version_id="v2")),
            (image_record(), image_record(last_modified=SINCE)),
            (image_record(), image_record(content_error="archived (GLACIER)")),
        ],
    )
    def test_late_event_conflicts_with_a_record_of_another_state(
        self,
        index: RepositoryHarness,
        stored: ImageRecord,
        incoming: ImageRecord,
        sequencer: int,
    ) -> None:
        before = stored.model_copy(update={"sequencer": number(5)})
        index.insert_directly(before)
        late = incoming.model_copy(update={"sequencer": number(sequencer), "revision": "r2"})
        assert index.repository.put(late, IfNewer()) is WriteResult.CONFLICT
        assert index.repository.get(before.image_id) == before

    @pytest.mark.parametrize("stored", [image_record, tombstone])
    def test_late_event_is_stale_after_a_record_of_the_same_state(
        self, index: RepositoryHarness, stored: Callable[..., ImageRecord]
    ) -> None:
        index.insert_directly(stored(sequencer=number(5), width=1))
        late = stored(sequencer=number(4), revision="r2", width=2)
        assert index.repository.put(late, IfNewer()) is WriteResult.STALE

    @pytest.mark.parametrize("sequencer", [4, 5])
    @pytest.mark.parametrize("seconds", [0.000001, 1, 86_400])
    def test_record_processed_before_an_event_conflicts_with_it(
        self, index: RepositoryHarness, sequencer: int, seconds: float
    ) -> None:
        index.insert_directly(image_record(sequencer=number(5), processed_at=SINCE))
        late = image_record(sequencer=number(sequencer), revision="r2")
        occurred_at = SINCE + timedelta(seconds=seconds)
        result = index.repository.put(late, IfNewer(occurred_at=occurred_at))
        assert result is WriteResult.CONFLICT
        refused = {WriteResult.STALE, WriteResult.DUPLICATE}
        assert index.repository.put(late, IfNewer(occurred_at=SINCE)) in refused

    @pytest.mark.parametrize("sequencer", [None, number(1)])
    @pytest.mark.parametrize(
        "begun", [SINCE, datetime.fromisoformat("2026-11-23T05:30:01.5+05:30")]
    )
    @pytest.mark.parametrize(
        ("microseconds", "result"),
        [
            (-1_000_000, WriteResult.STORED),
            (-500_000, WriteResult.STORED),
            (-1, WriteResult.STORED),
            (0, WriteResult.STORED),
            (1, WriteResult.CONFLICT),
            (499_999, WriteResult.CONFLICT),
            (500_000, WriteResult.CONFLICT),
            (1_000_000, WriteResult.CONFLICT),
        ],
    )
    def test_newer_event_conflicts_with_a_record_processed_after_its_observation_began(
        self,
        index: RepositoryHarness,
        sequencer: str | None,
        begun: datetime,
        microseconds: int,
        result: WriteResult,
    ) -> None:
        processed_at = begun + timedelta(microseconds=microseconds)
        before = image_record(sequencer=sequencer, processed_at=processed_at)
        index.insert_directly(before)
        after = image_record(sequencer=number(2), revision="r2", processed_at=SINCE)
        condition = IfNewer(observed_after=begun)
        assert index.repository.put(after, condition) is result
        expected = after if result is WriteResult.STORED else before
        assert index.repository.get(before.image_id) == expected

    # The port: "of two concurrent writes on the same condition, one is refused"
    @pytest.mark.parametrize("condition", [IfNewer(), IfRevision("r0"), IfRevision(None)])
    def test_one_of_many_concurrent_conditional_writes_succeeds(
        self, index: RepositoryHarness, condition: WriteCondition
    ) -> None:
        writers, rounds = 4, 10
        results: dict[tuple[int, int], WriteResult] = {}
        barrier = Barrier(writers)
        absent = condition == IfRevision(None)

        def write(writer: int) -> None:
            for turn in range(rounds):
                record = image_record(str(turn), revision=f"w{writer}", sequencer=number(1))
                barrier.wait()
                results[writer, turn] = index.repository.put(record, condition)

        if not absent:
            insert_all(index, [image_record(str(turn), revision="r0") for turn in range(rounds)])
        threads = [Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for turn in range(rounds):
            winners = [w for w in range(writers) if results[w, turn] is WriteResult.STORED]
            assert len(winners) == 1
            stored = index.repository.get(image_id("holiday", str(turn)))
            assert stored is not None
            assert stored.revision == f"w{winners[0]}"

    # The port: "A refused write changes nothing."
    def test_refused_write_changes_no_query_result(self, index: RepositoryHarness) -> None:
        before = uploaded(1)
        index.insert_directly(before)
        refused = tombstone(revision="r2", sequencer=number(1))
        assert index.repository.put(refused, IfRevision("r3")) is WriteResult.CONFLICT
        assert list(index.repository.list_prefix("holiday")) == [before]
        assert list(index.repository.uploaded_between(*ALWAYS)) == [before]
        assert list(index.repository.scan()) == [before]
        assert index.repository.count("holiday") == 1

    # The port: "A write replaces the whole record."
    def test_write_replaces_all_attributes(self, index: RepositoryHarness) -> None:
        index.insert_directly(
            image_record(width=1, camera_make="Acme", upload_timestamp=1, sequencer=number(1))
        )
        bare = tombstone(revision="r2", sequencer=None, reader_version=None, file_size=None)
        index.repository.put(bare, IfRevision("r1"))
        assert index.repository.get(bare.image_id) == bare
        assert list(index.repository.uploaded_between(*ALWAYS)) == []
        newer = image_record(sequencer=number(0), revision="r3")
        assert index.repository.put(newer, IfNewer()) is WriteResult.STORED

    # The port: "ValueError: the record has no revision ... nothing is written."
    @pytest.mark.parametrize("condition", [IfRevision(None), IfNewer()])
    def test_record_without_a_revision_is_refused(
        self, index: RepositoryHarness, condition: WriteCondition
    ) -> None:
        record = image_record(revision=None, schema_version=0, sequencer=number(1))
        with pytest.raises(ValueError, match="revision"):
            index.repository.put(record, condition)
        assert list(index.repository.scan(include_deleted=True)) == []

    # The port: "ValueError: ... has no sequencer and the condition is `IfNewer`; nothing is
    # written."
    def test_if_newer_refuses_a_record_without_a_sequencer(self, index: RepositoryHarness) -> None:
        with pytest.raises(ValueError, match="sequencer"):
            index.repository.put(image_record(), IfNewer())
        assert list(index.repository.scan(include_deleted=True)) == []

    # The port: "To `put`, unreadable data counts as no record."
    @pytest.mark.parametrize("condition", [IfNewer(), IfRevision(None)])
    def test_unreadable_data_is_overwritten_like_an_absent_record(
        self, index: RepositoryHarness, condition: WriteCondition
    ) -> None:
        damaged = uploaded(0).model_copy(update={"sequencer": number(9)})
        index.insert_directly(damaged)
        corrupt(index, damaged)
        record = image_record(revision="r2", sequencer=number(1))
        assert index.repository.put(record, condition) is WriteResult.STORED
        assert index.repository.get(record.image_id) == record
        assert list(index.repository.list_prefix("holiday")) == [record]
        assert list(index.repository.entries("holiday")) == [IndexEntry.of(record)]

    def test_unreadable_data_conflicts_with_another_revision(
        self, index: RepositoryHarness
    ) -> None:
        index.insert_directly(image_record())
        corrupt(index, image_record())
        record = image_record(revision="r2")
        assert index.repository.put(record, IfRevision("r9")) is WriteResult.CONFLICT


class TestUploadedBetween:
    # The port: "Yield the records of objects uploaded at or after `since` and before `until`."
    def test_start_is_inclusive_and_end_is_exclusive(self, index: RepositoryHarness) -> None:
        insert_all(index, [uploaded(each, str(each)) for each in range(-1, 4)])
        found = index.repository.uploaded_between(SINCE, SINCE + timedelta(seconds=3))
        assert keys(found) == ["0", "1", "2"]

    def test_period_may_use_any_time_zone(self, index: RepositoryHarness) -> None:
        insert_all(index, [uploaded(each, str(each)) for each in range(3)])
        zone = datetime.fromisoformat("2026-11-23T05:30:01+05:30")
        assert keys(index.repository.uploaded_between(zone, SINCE.max.replace(tzinfo=UTC))) == [
            "1",
            "2",
        ]

    def test_empty_or_reversed_period_has_no_records(self, index: RepositoryHarness) -> None:
        index.insert_directly(uploaded(0))
        assert list(index.repository.uploaded_between(SINCE, SINCE)) == []
        assert list(index.repository.uploaded_between(*reversed(ALWAYS))) == []

    # The port: "They are ordered by (`upload_timestamp`, `image_id`)."
    def test_records_are_ordered_by_upload_time_and_id(self, index: RepositoryHarness) -> None:
        records = [uploaded(each % 3, str(each)) for each in range(MANY)]
        insert_all(index, records)
        expected = sorted(records, key=UploadCursor.after)
        assert list(index.repository.uploaded_between(*ALWAYS)) == expected

    def test_upload_times_before_1970_come_first(self, index: RepositoryHarness) -> None:
        insert_all(index, [image_record(str(at), upload_timestamp=at) for at in (1, -2, 0, -1)])
        assert keys(index.repository.uploaded_between(*ALWAYS)) == ["-2", "-1", "0", "1"]

    # The port: "Times are compared by the whole seconds of `upload_timestamp`."
    def test_fractions_of_a_second_are_between_two_upload_times(
        self, index: RepositoryHarness
    ) -> None:
        insert_all(index, [uploaded(each, str(each)) for each in range(4)])
        part = timedelta(microseconds=1)
        found = index.repository.uploaded_between(SINCE + part, SINCE + timedelta(seconds=2) + part)
        assert keys(found) == ["1", "2"]

    # The port: "Tombstones are left out, since they have no upload time."
    def test_tombstones_and_records_without_upload_time_are_excluded(
        self, index: RepositoryHarness
    ) -> None:
        gone = tombstone("gone", upload_timestamp=int(SINCE.timestamp()))
        insert_all(index, [tombstone("t"), gone, image_record("timeless"), uploaded(0, "here")])
        assert keys(index.repository.uploaded_between(*ALWAYS)) == ["here"]

    # The port: "continue just after the record that this cursor was created from"
    def test_cursor_continues_directly_after_its_record(self, index: RepositoryHarness) -> None:
        records = [uploaded(each % 2, str(each)) for each in range(6)]
        insert_all(index, records)
        whole = list(index.repository.uploaded_between(*ALWAYS))
        for at, record in enumerate(whole):
            after = UploadCursor.after(record)
            assert list(index.repository.uploaded_between(*ALWAYS, after=after)) == whole[at + 1 :]

    # The port: "whether or not the record still exists"
    def test_cursor_works_without_its_record(self, index: RepositoryHarness) -> None:
        insert_all(index, [uploaded(each, str(each)) for each in range(3)])
        for after, expected in [
            (UploadCursor.after(uploaded(1, "other")), ["2"]),
            (UploadCursor(0, ""), ["0", "1", "2"]),
            (UploadCursor(2**62, ""), []),
        ]:
            found = keys(index.repository.uploaded_between(*ALWAYS, after=after))
            assert found in (expected, ["1", *expected])


class TestListPrefix:
    # The port: "Yield the records of one bucket whose keys start with `prefix`"
    def test_other_buckets_and_prefixes_are_excluded(self, index: RepositoryHarness) -> None:
        insert_all(
            index,
            [
                image_record("a/1"),
                image_record("a/2"),
                image_record("b/1"),
                image_record("a/1", bucket_name="holiday2"),
                image_record("a/1", bucket_name="Holiday"),
            ],
        )
        assert list(index.repository.list_prefix("holiday", "a/")) == [
            image_record("a/1"),
            image_record("a/2"),
        ]
        assert list(index.repository.list_prefix("holida")) == []

    # The port: "Key order is the order of the keys' UTF-8 bytes, as S3 lists them."
    def test_keys_are_ordered_by_utf8_bytes(self, index: RepositoryHarness) -> None:
        insert_all(index, map(image_record, HOSTILE_KEYS))
        expected = sorted(HOSTILE_KEYS, key=str.encode)
        assert keys(index.repository.list_prefix("holiday")) == expected

    # The port: "The prefix is plain text: it has no wildcards, and case matters."
    def test_prefix_is_plain_text(self, index: RepositoryHarness) -> None:
        insert_all(index, map(image_record, HOSTILE_KEYS))
        for prefix in HOSTILE_KEYS:
            expected = sorted(key for key in HOSTILE_KEYS if key.startswith(prefix))
            assert keys(index.repository.list_prefix("holiday", prefix)) == expected

    def test_unknown_or_invalid_prefix_has_no_records(self, index: RepositoryHarness) -> None:
        insert_all(index, map(image_record, HOSTILE_KEYS))
        for prefix in ("zzz", "a\x01", "k" * 5001, "\ud800", "a\udcff"):
            assert keys(index.repository.list_prefix("holiday", prefix)) == []

    def test_listing_of_several_pages_is_complete(self, index: RepositoryHarness) -> None:
        records = [image_record(f"{each:05}\0") for each in range(MANY)]
        insert_all(index, records)
        assert list(index.repository.list_prefix("holiday")) == records

    # The port: "after: continue after this key, whether or not it exists."
    def test_listing_continues_after_key(self, index: RepositoryHarness) -> None:
        insert_all(index, map(image_record, HOSTILE_KEYS))
        for prefix, after in product(PREFIXES, STARTS):
            expected = sorted(k for k in HOSTILE_KEYS if k.startswith(prefix) and k > after)
            found = index.repository.list_prefix("holiday", prefix, after=after)
            assert keys(found) == expected

    # The port: "include_deleted: yield tombstones too."
    def test_tombstones_are_listed_only_on_request(self, index: RepositoryHarness) -> None:
        failed = image_record("c", status=Status.FAILED, error="no image")
        insert_all(index, [image_record("a"), tombstone("b"), failed])
        assert keys(index.repository.list_prefix("holiday")) == ["a", "c"]
        found = index.repository.list_prefix("holiday", include_deleted=True)
        assert list(found) == [image_record("a"), tombstone("b"), failed]

    def test_record_after_many_tombstones_is_listed(self, index: RepositoryHarness) -> None:
        insert_all(index, [tombstone(f"{each:05}") for each in range(MANY)])
        index.insert_directly(image_record("z"))
        assert keys(index.repository.list_prefix("holiday")) == ["z"]


class TestEntries:
    # The port: "Yield the `IndexEntry` of each record that `list_prefix` would yield, in the
    # same order."
    @pytest.mark.parametrize("prefix", ["", "a", "a/", "\ue000", "\U0010ffff", "zzz", "\ud800"])
    def test_entries_match_listed_records(self, index: RepositoryHarness, prefix: str) -> None:
        insert_all(
            index,
            [
                image_record(key, file_size=size, etag=f"{size}", reader_version=1, latitude=1.5)
                for size, key in enumerate(HOSTILE_KEYS)
            ],
        )
        insert_all(index, [tombstone(key + "t") for key in HOSTILE_KEYS])
        index.insert_directly(image_record("a", bucket_name="other"))
        listed = index.repository.list_prefix("holiday", prefix)
        assert list(index.repository.entries("holiday", prefix)) == list(map(IndexEntry.of, listed))

    # The port: "after: continue after this key, whether or not it exists."
    def test_entries_continue_after_key(self, index: RepositoryHarness) -> None:
        insert_all(index, map(image_record, HOSTILE_KEYS))
        for prefix, after in product(PREFIXES, STARTS):
            expected = sorted(k for k in HOSTILE_KEYS if k.startswith(prefix) and k > after)
            found = index.repository.entries("holiday", prefix, after=after)
            assert [entry.object_key for entry in found] == expected

    # The port: "Unreadable data is an entry with the reason, instead of an error."
    def test_entry_of_unreadable_data_has_the_reason(self, index: RepositoryHarness) -> None:
        records = [image_record(key) for key in "abc"]
        insert_all(index, records)
        corrupt(index, records[1])
        first, second, third = index.repository.entries("holiday")
        assert (first, third) == (IndexEntry.of(records[0]), IndexEntry.of(records[2]))
        assert second.object_key == "b"
        assert second.unreadable

    def test_entries_of_several_pages_are_complete(self, index: RepositoryHarness) -> None:
        records = [image_record(f"{each:05}\0") for each in range(MANY)]
        insert_all(index, records)
        found = index.repository.entries("holiday")
        assert list(found) == list(map(IndexEntry.of, records))

    def test_entry_reflects_last_write(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record("a", etag="old", longitude=1.0))
        after = image_record("a", etag="new", revision="next")
        assert index.repository.put(after, IfRevision("r1")) is WriteResult.STORED
        assert list(index.repository.entries("holiday")) == [IndexEntry.of(after)]


class TestScan:
    # The port: "Yield every record of every bucket once, in any order; tombstones only on request."
    def test_scan_yields_every_record_of_every_bucket_once(self, index: RepositoryHarness) -> None:
        here = [image_record(str(each)) for each in range(MANY)]
        there = [image_record("0", bucket_name="file://")]
        insert_all(index, [*here, *there, tombstone("gone")])
        found = sorted(index.repository.scan(), key=lambda each: each.image_id)
        assert found == sorted(here + there, key=lambda each: each.image_id)

    def test_tombstones_are_scanned_on_request(self, index: RepositoryHarness) -> None:
        insert_all(index, [image_record("a"), tombstone("b")])
        found = index.repository.scan(include_deleted=True)
        assert sorted(keys(found)) == ["a", "b"]


class TestCount:
    # The port: "Return the number of records that `list_prefix` would yield, without tombstones."
    def test_count_matches_listed_records(self, index: RepositoryHarness) -> None:
        insert_all(index, map(image_record, HOSTILE_KEYS))
        insert_all(index, [tombstone(key + "t") for key in HOSTILE_KEYS])
        index.insert_directly(image_record("a", bucket_name="other"))
        for prefix in ("", "a", "a/", "\ue000", "\U0010ffff", "zzz", "\ud800"):
            expected = sum(key.startswith(prefix) for key in HOSTILE_KEYS)
            assert index.repository.count("holiday", prefix) == expected

    # The port: "Unreadable records count too."
    def test_unreadable_records_are_counted(self, index: RepositoryHarness) -> None:
        insert_all(index, [image_record("a"), image_record("b")])
        corrupt(index, image_record("a"))
        assert index.repository.count("holiday") == 2
