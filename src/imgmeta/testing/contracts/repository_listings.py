"""The contract of the listings of `ImageRepository`. Each test quotes the port."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.records import Status
from imgmeta.testing.contracts.repository_harness import (
    ALWAYS,
    SINCE,
    RepositoryHarness,
    RepositoryTests,
    keys,
    tombstone,
    uploaded,
)
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import HOSTILE_KEYS

__all__ = [
    "CountContract",
    "EntriesContract",
    "ListPrefixContract",
    "ScanContract",
    "UploadedBetweenContract",
]

PREFIXES = ("", "a", "a/", "\ue000")
STARTS = (*HOSTILE_KEYS, "", "a/a", "a/c", "zzz")


class UploadedBetweenContract(RepositoryTests):
    """The tests of `ImageRepository.uploaded_between`."""

    # The port: "Yield the records of objects uploaded at or after `since` and before `until`."
    def test_start_is_inclusive_and_end_is_exclusive(self, index: RepositoryHarness) -> None:
        index.insert_all([uploaded(each, str(each)) for each in range(-1, 4)])
        found = index.repository.uploaded_between(SINCE, SINCE + timedelta(seconds=3))
        assert keys(found) == ["0", "1", "2"]

    def test_period_may_use_any_time_zone(self, index: RepositoryHarness) -> None:
        index.insert_all([uploaded(each, str(each)) for each in range(3)])
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
        records = [uploaded(each % 3, str(each)) for each in range(index.many)]
        index.insert_all(records)
        expected = sorted(records, key=UploadCursor.after)
        assert list(index.repository.uploaded_between(*ALWAYS)) == expected

    def test_upload_times_before_1970_come_first(self, index: RepositoryHarness) -> None:
        index.insert_all([image_record(str(at), upload_timestamp=at) for at in (1, -2, 0, -1)])
        assert keys(index.repository.uploaded_between(*ALWAYS)) == ["-2", "-1", "0", "1"]

    # The port: "Times are compared by the whole seconds of `upload_timestamp`."
    def test_fractions_of_a_second_are_between_two_upload_times(
        self, index: RepositoryHarness
    ) -> None:
        index.insert_all([uploaded(each, str(each)) for each in range(4)])
        part = timedelta(microseconds=1)
        found = index.repository.uploaded_between(SINCE + part, SINCE + timedelta(seconds=2) + part)
        assert keys(found) == ["1", "2"]

    # The port: "Tombstones are left out, since they have no upload time."
    def test_tombstones_and_records_without_upload_time_are_excluded(
        self, index: RepositoryHarness
    ) -> None:
        gone = tombstone("gone", upload_timestamp=int(SINCE.timestamp()))
        index.insert_all([tombstone("t"), gone, image_record("timeless"), uploaded(0, "here")])
        assert keys(index.repository.uploaded_between(*ALWAYS)) == ["here"]

    # The port: "continue just after the record that this cursor was created from"
    def test_cursor_continues_directly_after_its_record(self, index: RepositoryHarness) -> None:
        records = [uploaded(each % 2, str(each)) for each in range(6)]
        index.insert_all(records)
        whole = list(index.repository.uploaded_between(*ALWAYS))
        for at, record in enumerate(whole):
            after = UploadCursor.after(record)
            assert list(index.repository.uploaded_between(*ALWAYS, after=after)) == whole[at + 1 :]

    # The port: "whether or not the record still exists"
    def test_cursor_works_without_its_record(self, index: RepositoryHarness) -> None:
        index.insert_all([uploaded(each, str(each)) for each in range(3)])
        for after, expected in [
            (UploadCursor.after(uploaded(1, "other")), ["2"]),
            (UploadCursor(0, ""), ["0", "1", "2"]),
            (UploadCursor(2**62, ""), []),
        ]:
            found = keys(index.repository.uploaded_between(*ALWAYS, after=after))
            assert found in (expected, ["1", *expected])


class ListPrefixContract(RepositoryTests):
    """The tests of `ImageRepository.list_prefix`."""

    # The port: "Yield the records of one bucket whose keys start with `prefix`"
    def test_other_buckets_and_prefixes_are_excluded(self, index: RepositoryHarness) -> None:
        index.insert_all(
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
        index.insert_all(map(image_record, HOSTILE_KEYS))
        expected = sorted(HOSTILE_KEYS, key=str.encode)
        assert keys(index.repository.list_prefix("holiday")) == expected

    # The port: "The prefix is plain text: it has no wildcards, and case matters."
    def test_prefix_is_plain_text(self, index: RepositoryHarness) -> None:
        index.insert_all(map(image_record, HOSTILE_KEYS))
        for prefix in HOSTILE_KEYS:
            expected = sorted(key for key in HOSTILE_KEYS if key.startswith(prefix))
            assert keys(index.repository.list_prefix("holiday", prefix)) == expected

    def test_unknown_or_invalid_prefix_has_no_records(self, index: RepositoryHarness) -> None:
        index.insert_all(map(image_record, HOSTILE_KEYS))
        for prefix in ("zzz", "a\x01", "k" * 5001, "\ud800", "a\udcff"):
            assert keys(index.repository.list_prefix("holiday", prefix)) == []

    def test_listing_of_several_pages_is_complete(self, index: RepositoryHarness) -> None:
        records = [image_record(f"{each:05}\0") for each in range(index.many)]
        index.insert_all(records)
        assert list(index.repository.list_prefix("holiday")) == records

    # The port: "after: continue after this key, whether or not it exists."
    def test_listing_continues_after_key(self, index: RepositoryHarness) -> None:
        index.insert_all(map(image_record, HOSTILE_KEYS))
        for prefix, after in product(PREFIXES, STARTS):
            expected = sorted(k for k in HOSTILE_KEYS if k.startswith(prefix) and k > after)
            found = index.repository.list_prefix("holiday", prefix, after=after)
            assert keys(found) == expected

    # The port: "include_deleted: yield tombstones too."
    def test_tombstones_are_listed_only_on_request(self, index: RepositoryHarness) -> None:
        failed = image_record("c", status=Status.FAILED, error="no image")
        index.insert_all([image_record("a"), tombstone("b"), failed])
        assert keys(index.repository.list_prefix("holiday")) == ["a", "c"]
        found = index.repository.list_prefix("holiday", include_deleted=True)
        assert list(found) == [image_record("a"), tombstone("b"), failed]

    # The port: "A tombstone may be removed once its `expires_at` has passed."
    def test_tombstone_that_has_not_expired_is_kept(self, index: RepositoryHarness) -> None:
        gone = tombstone(expires_at=2**40)
        index.insert_directly(gone)
        assert list(index.repository.list_prefix("holiday", include_deleted=True)) == [gone]
        assert index.repository.get(gone.image_id) == gone

    def test_record_after_many_tombstones_is_listed(self, index: RepositoryHarness) -> None:
        index.insert_all([tombstone(f"{each:05}") for each in range(index.many)])
        index.insert_directly(image_record("z"))
        assert keys(index.repository.list_prefix("holiday")) == ["z"]


class EntriesContract(RepositoryTests):
    """The tests of `ImageRepository.entries`."""

    # The port: "Yield the `IndexEntry` of each record that `list_prefix` would yield, in the
    # same order."
    @pytest.mark.parametrize("prefix", ["", "a", "a/", "\ue000", "\U0010ffff", "zzz", "\ud800"])
    def test_entries_match_listed_records(self, index: RepositoryHarness, prefix: str) -> None:
        index.insert_all(
            [
                image_record(key, file_size=size, etag=f"{size}", reader_version=1, latitude=1.5)
                for size, key in enumerate(HOSTILE_KEYS)
            ],
        )
        index.insert_all([tombstone(key + "t") for key in HOSTILE_KEYS])
        index.insert_directly(image_record("a", bucket_name="other"))
        listed = index.repository.list_prefix("holiday", prefix)
        assert list(index.repository.entries("holiday", prefix)) == list(map(IndexEntry.of, listed))

    # The port: "after: continue after this key, whether or not it exists."
    def test_entries_continue_after_key(self, index: RepositoryHarness) -> None:
        index.insert_all(map(image_record, HOSTILE_KEYS))
        for prefix, after in product(PREFIXES, STARTS):
            expected = sorted(k for k in HOSTILE_KEYS if k.startswith(prefix) and k > after)
            found = index.repository.entries("holiday", prefix, after=after)
            assert [entry.object_key for entry in found] == expected

    # The port: "Unreadable data is an entry with the reason, instead of an error."
    def test_entry_of_unreadable_data_has_the_reason(self, index: RepositoryHarness) -> None:
        records = [image_record(key) for key in "abc"]
        index.insert_all(records)
        index.make_unreadable(records[1])
        first, second, third = index.repository.entries("holiday")
        assert (first, third) == (IndexEntry.of(records[0]), IndexEntry.of(records[2]))
        assert second.object_key == "b"
        assert second.unreadable

    def test_entries_of_several_pages_are_complete(self, index: RepositoryHarness) -> None:
        records = [image_record(f"{each:05}\0") for each in range(index.many)]
        index.insert_all(records)
        found = index.repository.entries("holiday")
        assert list(found) == list(map(IndexEntry.of, records))

    def test_entry_reflects_last_write(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record("a", etag="old", longitude=1.0))
        after = image_record("a", etag="new", revision="next")
        assert index.repository.put(after, IfRevision("r1")) is WriteResult.STORED
        assert list(index.repository.entries("holiday")) == [IndexEntry.of(after)]


class ScanContract(RepositoryTests):
    """The tests of `ImageRepository.scan`."""

    # The port: "Yield every record of every bucket once, in any order; tombstones only on request."
    def test_scan_yields_every_record_of_every_bucket_once(self, index: RepositoryHarness) -> None:
        here = [image_record(str(each)) for each in range(index.many)]
        there = [image_record("0", bucket_name="file://")]
        index.insert_all([*here, *there, tombstone("gone")])
        found = sorted(index.repository.scan(), key=lambda each: each.image_id)
        assert found == sorted(here + there, key=lambda each: each.image_id)

    def test_tombstones_are_scanned_on_request(self, index: RepositoryHarness) -> None:
        index.insert_all([image_record("a"), tombstone("b")])
        found = index.repository.scan(include_deleted=True)
        assert sorted(keys(found)) == ["a", "b"]


class CountContract(RepositoryTests):
    """The tests of `ImageRepository.count`."""

    # The port: "Return the number of records that `list_prefix` would yield, without tombstones."
    def test_count_matches_listed_records(self, index: RepositoryHarness) -> None:
        index.insert_all(map(image_record, HOSTILE_KEYS))
        index.insert_all([tombstone(key + "t") for key in HOSTILE_KEYS])
        index.insert_directly(image_record("a", bucket_name="other"))
        for prefix in ("", "a", "a/", "\ue000", "\U0010ffff", "zzz", "\ud800"):
            expected = sum(key.startswith(prefix) for key in HOSTILE_KEYS)
            assert index.repository.count("holiday", prefix) == expected

    # The port: "Unreadable records count too."
    def test_unreadable_records_are_counted(self, index: RepositoryHarness) -> None:
        index.insert_all([image_record("a"), image_record("b")])
        index.make_unreadable(image_record("a"))
        assert index.repository.count("holiday") == 2
