"""Every sentence of `imgmeta.ports.ImageRepository`, against every adapter."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from contract.conftest import RepositoryScene
from imgmeta.core.drift import IndexEntry
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import InvalidRecordError, PermanentError, TransientError
from imgmeta.ports import ImageRepository, UploadCursor
from support.strategies.record_examples import image_record
from support.strategies.records import HOSTILE_KEYS

SINCE = datetime(2026, 11, 23, tzinfo=UTC)
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
MANY = 640
"""More than any adapter fetches at once."""


def number(value: int) -> str:
    return f"{value:032X}"


def tombstone(key: str = "2026/beach.jpg", **changes: object) -> ImageRecord:
    return image_record(key, **{"status": Status.DELETED, "etag": None} | changes)


def uploaded(seconds: int, key: str = "2026/beach.jpg") -> ImageRecord:
    return image_record(key, upload_timestamp=int(SINCE.timestamp()) + seconds)


def keys(records: Iterable[ImageRecord]) -> list[str]:
    return [record.object_key for record in records]


def plant_all(images: RepositoryScene, records: Iterable[ImageRecord]) -> None:
    if images.plant_all is not None:
        images.plant_all(records)
        return
    for record in records:
        images.plant(record)


METHODS: dict[str, Callable[[ImageRepository], object]] = {
    "get": lambda images: images.get(image_record().image_id),
    "get_many": lambda images: list(images.get_many([image_record().image_id])),
    "put": lambda images: images.put(image_record(), IfRevision(None)),
    "uploaded_between": lambda images: list(images.uploaded_between(*ALWAYS)),
    "list_prefix": lambda images: list(images.list_prefix("holiday")),
    "entries": lambda images: list(images.entries("holiday")),
    "scan": lambda images: list(images.scan()),
    "count": lambda images: images.count("holiday"),
}


class TestTheRepository:
    # The port: "Image records, one for each id"
    def test_a_record_is_returned_as_it_was_written(self, images: RepositoryScene) -> None:
        record = image_record("a\0b\n\u00e9", latitude=1.1, taken_at=datetime(2026, 1, 2, 3))  # noqa: DTZ001 - wall-clock time
        images.repository.put(record, IfRevision(None))
        assert images.repository.get(record.image_id) == record

    # The port: "A write that has returned is seen by every read that starts afterwards"
    def test_a_write_is_seen_at_once(self, images: RepositoryScene) -> None:
        images.plant(image_record(revision="r1"))
        newer = image_record(revision="r2")
        images.repository.put(newer, IfRevision("r1"))
        assert images.repository.get(newer.image_id) == newer
        assert list(images.repository.get_many([newer.image_id])) == [newer]

    def test_a_write_is_seen_by_another_thread(self, images: RepositoryScene) -> None:
        record = image_record()
        images.repository.put(record, IfRevision(None))
        seen: list[ImageRecord | None] = []
        thread = Thread(target=lambda: seen.append(images.repository.get(record.image_id)))
        thread.start()
        thread.join()
        assert seen == [record]

    # The port: "no other record is lost or yielded twice"
    @pytest.mark.parametrize(
        "walk",
        [
            lambda images: images.list_prefix("holiday", include_deleted=True),
            lambda images: images.uploaded_between(*ALWAYS),
            lambda images: images.scan(include_deleted=True),
        ],
        ids=["list_prefix", "uploaded_between", "scan"],
    )
    def test_writing_while_iterating_loses_and_repeats_no_other_record(
        self,
        images: RepositoryScene,
        walk: Callable[[ImageRepository], Iterable[ImageRecord]],
    ) -> None:
        planted = [uploaded(each % 7, f"{each:05}") for each in range(0, 2 * MANY, 2)]
        plant_all(images, planted)
        seen: list[str] = []
        for turn, record in enumerate(walk(images.repository)):
            seen.append(record.object_key)
            if turn % 100 == 0:
                fresh = uploaded(turn % 7, f"{turn * 2 + 1:05}")
                images.repository.put(fresh, IfRevision(None))
                again = image_record(planted[turn].object_key, revision="again", etag=None)
                images.repository.put(again, IfRevision("r1"))
        untouched = [key for at, key in enumerate(keys(planted)) if at % 100]
        assert [seen.count(key) for key in untouched] == [1] * len(untouched)

    # The port: "Every method raises TransientError when the store cannot answer now"
    @pytest.mark.parametrize("method", METHODS)
    def test_a_store_that_cannot_answer_now_is_a_transient_error(
        self, images: RepositoryScene, method: str
    ) -> None:
        if images.refuse_now is None:
            pytest.skip("this store always answers")
        images.plant(image_record())
        images.refuse_now()
        with pytest.raises(TransientError):
            METHODS[method](images.repository)

    # The port: "PermanentError when it never will"
    @pytest.mark.parametrize("method", METHODS)
    def test_a_store_that_never_answers_is_a_permanent_error(
        self, images: RepositoryScene, method: str
    ) -> None:
        if images.refuse_forever is None:
            pytest.skip("this store always answers")
        images.refuse_forever()
        with pytest.raises(PermanentError):
            METHODS[method](images.repository)

    # The port: "InvalidRecordError when what is stored is not an image record"
    @pytest.mark.parametrize("method", sorted(METHODS.keys() - {"put", "count", "entries"}))
    def test_stored_data_that_is_no_record_is_an_invalid_record_error(
        self, images: RepositoryScene, method: str
    ) -> None:
        if images.spoil is None:
            pytest.skip("this store holds records, not their data")
        record = uploaded(0)
        images.plant(record)
        images.spoil(record.image_id)
        with pytest.raises(InvalidRecordError):
            METHODS[method](images.repository)


class TestGet:
    # The port: "Return the record with this id, a tombstone included; None if there is none."
    def test_the_record_with_the_id_is_returned(self, images: RepositoryScene) -> None:
        plant_all(images, [image_record("a"), image_record("b")])
        assert images.repository.get(image_id("holiday", "b")) == image_record("b")

    def test_a_tombstone_is_returned(self, images: RepositoryScene) -> None:
        images.plant(tombstone())
        assert images.repository.get(tombstone().image_id) == tombstone()

    def test_an_unknown_id_has_no_record(self, images: RepositoryScene) -> None:
        images.plant(image_record("a"))
        assert images.repository.get(image_id("holiday", "b")) is None


class TestGetMany:
    # The port: "Yield the records that there are with these ids, tombstones included."
    def test_the_records_with_the_ids_are_yielded(self, images: RepositoryScene) -> None:
        plant_all(images, [image_record("a"), tombstone("b"), image_record("c")])
        ids = [image_id("holiday", key) for key in "ab"]
        found = images.repository.get_many(ids)
        assert sorted(found, key=lambda each: each.object_key) == [
            image_record("a"),
            tombstone("b"),
        ]

    # The port: "An id that is given twice, or that has no record, makes no second ... result."
    def test_repeated_and_unknown_ids_make_no_results(self, images: RepositoryScene) -> None:
        images.plant(image_record("a"))
        ids = [image_id("holiday", key) for key in ["a", "gone", "a", *map(str, range(MANY)), "a"]]
        assert keys(images.repository.get_many(iter(ids))) == ["a"]

    # The port: "Any number of ids may be given."
    def test_any_number_of_ids_may_be_given(self, images: RepositoryScene) -> None:
        records = [image_record(str(each)) for each in range(MANY)]
        plant_all(images, records)
        found = images.repository.get_many(record.image_id for record in records)
        assert sorted(keys(found)) == sorted(keys(records))

    def test_no_ids_make_no_results(self, images: RepositoryScene) -> None:
        images.plant(image_record())
        assert list(images.repository.get_many([])) == []


class TestPut:
    # The port: "Write `record` over what is stored ..., if `core.ordering.decide` says so."
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
        self, images: RepositoryScene, stored: int | None, incoming: int, result: WriteResult
    ) -> None:
        before = image_record(sequencer=None if stored is None else number(stored))
        images.plant(before)
        after = image_record(sequencer=number(incoming), revision="r2")
        assert images.repository.put(after, IfNewer()) is result
        expected = after if result is WriteResult.STORED else before
        assert images.repository.get(before.image_id) == expected

    def test_if_newer_writes_where_nothing_is(self, images: RepositoryScene) -> None:
        record = image_record(sequencer=number(1))
        assert images.repository.put(record, IfNewer()) is WriteResult.STORED
        assert images.repository.get(record.image_id) == record

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
        images: RepositoryScene,
        stored: str | None,
        expected: str | None,
        result: WriteResult,
    ) -> None:
        before = None if stored is None else image_record(revision=stored)
        if before:
            images.plant(before)
        record = image_record(revision="new", sequencer=number(0))
        assert images.repository.put(record, IfRevision(expected)) is result
        found = images.repository.get(record.image_id)
        assert found == (record if result is WriteResult.STORED else before)

    def test_if_revision_may_write_a_lower_sequencer(self, images: RepositoryScene) -> None:
        images.plant(image_record(sequencer=number(9)))
        record = image_record(sequencer=None, revision="r2")
        assert images.repository.put(record, IfRevision("r1")) is WriteResult.STORED
        assert images.repository.get(record.image_id) == record

    def test_a_tombstone_holds_off_a_late_event(self, images: RepositoryScene) -> None:
        images.plant(tombstone(sequencer=number(5)))
        late = image_record(sequencer=number(4), revision="r2")
        assert images.repository.put(late, IfNewer()) is WriteResult.STALE
        assert keys(images.repository.list_prefix("holiday")) == []

    # The port: "of two writers on the same condition, one is refused"
    @pytest.mark.parametrize("condition", [IfNewer(), IfRevision("r0"), IfRevision(None)])
    def test_of_many_writers_on_one_condition_one_wins(
        self, images: RepositoryScene, condition: WriteCondition
    ) -> None:
        writers, rounds = 4, 10
        results: dict[tuple[int, int], WriteResult] = {}
        barrier = Barrier(writers)
        absent = condition == IfRevision(None)

        def write(writer: int) -> None:
            for turn in range(rounds):
                record = image_record(str(turn), revision=f"w{writer}", sequencer=number(1))
                barrier.wait()
                results[writer, turn] = images.repository.put(record, condition)

        if not absent:
            plant_all(images, [image_record(str(turn), revision="r0") for turn in range(rounds)])
        threads = [Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for turn in range(rounds):
            winners = [w for w in range(writers) if results[w, turn] is WriteResult.STORED]
            assert len(winners) == 1
            stored = images.repository.get(image_id("holiday", str(turn)))
            assert stored is not None
            assert stored.revision == f"w{winners[0]}"

    # The port: "What is refused changes nothing."
    def test_what_is_refused_leaves_every_query_as_it_was(self, images: RepositoryScene) -> None:
        before = uploaded(1)
        images.plant(before)
        refused = tombstone(revision="r2", sequencer=number(1))
        assert images.repository.put(refused, IfRevision("r3")) is WriteResult.CONFLICT
        assert list(images.repository.list_prefix("holiday")) == [before]
        assert list(images.repository.uploaded_between(*ALWAYS)) == [before]
        assert list(images.repository.scan()) == [before]
        assert images.repository.count("holiday") == 1

    # The port: "What is stored is replaced whole."
    def test_what_is_stored_is_replaced_whole(self, images: RepositoryScene) -> None:
        images.plant(
            image_record(width=1, camera_make="Acme", upload_timestamp=1, sequencer=number(1))
        )
        bare = tombstone(revision="r2", sequencer=None, reader_version=None, file_size=None)
        images.repository.put(bare, IfRevision("r1"))
        assert images.repository.get(bare.image_id) == bare
        assert list(images.repository.uploaded_between(*ALWAYS)) == []
        newer = image_record(sequencer=number(0), revision="r3")
        assert images.repository.put(newer, IfNewer()) is WriteResult.STORED

    # The port: "ValueError: `IfNewer` for a record without a sequencer; nothing is written."
    def test_if_newer_refuses_a_record_without_a_sequencer(self, images: RepositoryScene) -> None:
        with pytest.raises(ValueError, match="sequencer"):
            images.repository.put(image_record(), IfNewer())
        assert list(images.repository.scan(include_deleted=True)) == []


class TestUploadedBetween:
    # The port: "Yield the records of objects uploaded at or after `since` and before `until`."
    def test_the_beginning_is_in_and_the_end_is_not(self, images: RepositoryScene) -> None:
        plant_all(images, [uploaded(each, str(each)) for each in range(-1, 4)])
        found = images.repository.uploaded_between(SINCE, SINCE + timedelta(seconds=3))
        assert keys(found) == ["0", "1", "2"]

    def test_times_of_any_zone_may_be_given(self, images: RepositoryScene) -> None:
        plant_all(images, [uploaded(each, str(each)) for each in range(3)])
        zone = datetime.fromisoformat("2026-11-23T05:30:01+05:30")
        assert keys(images.repository.uploaded_between(zone, SINCE.max.replace(tzinfo=UTC))) == [
            "1",
            "2",
        ]

    def test_an_empty_or_reversed_time_has_no_records(self, images: RepositoryScene) -> None:
        images.plant(uploaded(0))
        assert list(images.repository.uploaded_between(SINCE, SINCE)) == []
        assert list(images.repository.uploaded_between(*reversed(ALWAYS))) == []

    # The port: "They come in the order of (`upload_timestamp`, `image_id`)."
    def test_they_come_in_the_order_of_time_and_id(self, images: RepositoryScene) -> None:
        records = [uploaded(each % 3, str(each)) for each in range(MANY)]
        plant_all(images, records)
        expected = sorted(records, key=UploadCursor.after)
        assert list(images.repository.uploaded_between(*ALWAYS)) == expected

    def test_times_before_1970_come_first(self, images: RepositoryScene) -> None:
        plant_all(images, [image_record(str(at), upload_timestamp=at) for at in (1, -2, 0, -1)])
        assert keys(images.repository.uploaded_between(*ALWAYS)) == ["-2", "-1", "0", "1"]

    # The port: "Times are compared by whole seconds of `upload_timestamp`."
    def test_a_part_of_a_second_starts_and_ends_between_two(self, images: RepositoryScene) -> None:
        plant_all(images, [uploaded(each, str(each)) for each in range(4)])
        part = timedelta(microseconds=1)
        found = images.repository.uploaded_between(
            SINCE + part, SINCE + timedelta(seconds=2) + part
        )
        assert keys(found) == ["1", "2"]

    # The port: "Tombstones are left out: they have no time of upload."
    def test_what_has_no_time_and_what_is_gone_is_left_out(self, images: RepositoryScene) -> None:
        gone = tombstone("gone", upload_timestamp=int(SINCE.timestamp()))
        plant_all(images, [tombstone("t"), gone, image_record("timeless"), uploaded(0, "here")])
        assert keys(images.repository.uploaded_between(*ALWAYS)) == ["here"]

    # The port: "after: go on just after the record that this cursor was made of"
    def test_a_cursor_goes_on_just_after_its_record(self, images: RepositoryScene) -> None:
        records = [uploaded(each % 2, str(each)) for each in range(6)]
        plant_all(images, records)
        whole = list(images.repository.uploaded_between(*ALWAYS))
        for at, record in enumerate(whole):
            after = UploadCursor.after(record)
            assert list(images.repository.uploaded_between(*ALWAYS, after=after)) == whole[at + 1 :]

    # The port: "whether or not that record is still there"
    def test_a_cursor_needs_no_record(self, images: RepositoryScene) -> None:
        plant_all(images, [uploaded(each, str(each)) for each in range(3)])
        for after, expected in [
            (UploadCursor.after(uploaded(1, "other")), ["2"]),
            (UploadCursor(0, ""), ["0", "1", "2"]),
            (UploadCursor(2**62, ""), []),
        ]:
            found = keys(images.repository.uploaded_between(*ALWAYS, after=after))
            assert found in (expected, ["1", *expected])


class TestListPrefix:
    # The port: "Yield the records of one bucket whose keys start with `prefix`"
    def test_other_buckets_and_other_keys_are_left_out(self, images: RepositoryScene) -> None:
        plant_all(
            images,
            [
                image_record("a/1"),
                image_record("a/2"),
                image_record("b/1"),
                image_record("a/1", bucket_name="holiday2"),
                image_record("a/1", bucket_name="Holiday"),
            ],
        )
        assert list(images.repository.list_prefix("holiday", "a/")) == [
            image_record("a/1"),
            image_record("a/2"),
        ]
        assert list(images.repository.list_prefix("holida")) == []

    # The port: "Key order is that of the keys' UTF-8 bytes, as S3 lists."
    def test_keys_come_in_the_order_of_their_bytes(self, images: RepositoryScene) -> None:
        plant_all(images, map(image_record, HOSTILE_KEYS))
        expected = sorted(HOSTILE_KEYS, key=str.encode)
        assert keys(images.repository.list_prefix("holiday")) == expected

    # The port: "The prefix is plain text: no character in it is a wildcard, and case matters."
    @pytest.mark.parametrize("prefix", HOSTILE_KEYS)
    def test_a_prefix_is_plain_text(self, images: RepositoryScene, prefix: str) -> None:
        plant_all(images, map(image_record, HOSTILE_KEYS))
        expected = sorted(key for key in HOSTILE_KEYS if key.startswith(prefix))
        assert keys(images.repository.list_prefix("holiday", prefix)) == expected

    @pytest.mark.parametrize("prefix", ["zzz", "a\x01", "k" * 5001, "\ud800", "a\udcff"])
    def test_a_prefix_of_no_key_has_no_records(self, images: RepositoryScene, prefix: str) -> None:
        plant_all(images, map(image_record, HOSTILE_KEYS))
        assert keys(images.repository.list_prefix("holiday", prefix)) == []

    def test_more_than_any_page_is_listed(self, images: RepositoryScene) -> None:
        records = [image_record(f"{each:05}\0") for each in range(MANY)]
        plant_all(images, records)
        assert list(images.repository.list_prefix("holiday")) == records

    # The port: "after: go on after this key, whether or not it is there."
    @pytest.mark.parametrize("after", [*HOSTILE_KEYS, "", "a/a", "a/c", "zzz"])
    def test_listing_goes_on_after_a_key(self, images: RepositoryScene, after: str) -> None:
        plant_all(images, map(image_record, HOSTILE_KEYS))
        for prefix in ("", "a", "a/", "\ue000"):
            expected = sorted(k for k in HOSTILE_KEYS if k.startswith(prefix) and k > after)
            found = images.repository.list_prefix("holiday", prefix, after=after)
            assert keys(found) == expected

    # The port: "include_deleted: yield tombstones too."
    def test_tombstones_are_yielded_only_if_asked(self, images: RepositoryScene) -> None:
        failed = image_record("c", status=Status.FAILED, error="no image")
        plant_all(images, [image_record("a"), tombstone("b"), failed])
        assert keys(images.repository.list_prefix("holiday")) == ["a", "c"]
        found = images.repository.list_prefix("holiday", include_deleted=True)
        assert list(found) == [image_record("a"), tombstone("b"), failed]

    def test_many_tombstones_hide_nothing_behind_them(self, images: RepositoryScene) -> None:
        plant_all(images, [tombstone(f"{each:05}") for each in range(MANY)])
        images.plant(image_record("z"))
        assert keys(images.repository.list_prefix("holiday")) == ["z"]


class TestEntries:
    # The port: "Yield the `IndexEntry` of each record that `list_prefix` would yield, in that
    # order."
    @pytest.mark.parametrize("prefix", ["", "a", "a/", "\ue000", "\U0010ffff", "zzz", "\ud800"])
    def test_they_are_those_of_what_would_be_listed(
        self, images: RepositoryScene, prefix: str
    ) -> None:
        plant_all(
            images,
            [
                image_record(key, file_size=size, etag=f"{size}", reader_version=1, latitude=1.5)
                for size, key in enumerate(HOSTILE_KEYS)
            ],
        )
        plant_all(images, [tombstone(key + "t") for key in HOSTILE_KEYS])
        images.plant(image_record("a", bucket_name="other"))
        listed = images.repository.list_prefix("holiday", prefix)
        assert list(images.repository.entries("holiday", prefix)) == list(
            map(IndexEntry.of, listed)
        )

    def test_more_than_any_page_is_yielded(self, images: RepositoryScene) -> None:
        records = [image_record(f"{each:05}\0") for each in range(MANY)]
        plant_all(images, records)
        found = images.repository.entries("holiday")
        assert list(found) == list(map(IndexEntry.of, records))

    def test_an_entry_is_that_of_the_last_write(self, images: RepositoryScene) -> None:
        images.plant(image_record("a", etag="old", longitude=1.0))
        after = image_record("a", etag="new", revision="next")
        assert images.repository.put(after, IfRevision("r1")) is WriteResult.STORED
        assert list(images.repository.entries("holiday")) == [IndexEntry.of(after)]


class TestScan:
    # The port: "Yield every record of every bucket once, in any order; tombstones only if asked."
    def test_every_record_of_every_bucket_is_yielded_once(self, images: RepositoryScene) -> None:
        here = [image_record(str(each)) for each in range(MANY)]
        there = [image_record("0", bucket_name="file://")]
        plant_all(images, [*here, *there, tombstone("gone")])
        found = sorted(images.repository.scan(), key=lambda each: each.image_id)
        assert found == sorted(here + there, key=lambda each: each.image_id)

    def test_tombstones_are_scanned_if_asked(self, images: RepositoryScene) -> None:
        plant_all(images, [image_record("a"), tombstone("b")])
        found = images.repository.scan(include_deleted=True)
        assert sorted(keys(found)) == ["a", "b"]


class TestCount:
    # The port: "Return how many records `list_prefix` would yield, tombstones not counted."
    @pytest.mark.parametrize("prefix", ["", "a", "a/", "\ue000", "\U0010ffff", "zzz", "\ud800"])
    def test_it_counts_what_would_be_listed(self, images: RepositoryScene, prefix: str) -> None:
        plant_all(images, map(image_record, HOSTILE_KEYS))
        plant_all(images, [tombstone(key + "t") for key in HOSTILE_KEYS])
        images.plant(image_record("a", bucket_name="other"))
        expected = sum(key.startswith(prefix) for key in HOSTILE_KEYS)
        assert images.repository.count("holiday", prefix) == expected
