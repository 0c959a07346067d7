"""The contract of `ImageRepository.put`. Each test quotes the port."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from imgmeta.core.drift import IndexEntry
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.contracts.repository_harness import (
    ALWAYS,
    SINCE,
    RepositoryHarness,
    RepositoryTests,
    number,
    tombstone,
    uploaded,
)
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record

__all__ = ["PutContract"]

_MD5, _OTHER_MD5 = "md5:" + "0" * 32, "md5:" + "1" * 32


class PutContract(RepositoryTests):
    """The tests of `ImageRepository.put`."""

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

    @pytest.mark.parametrize("hashes", [{"content_hash": _MD5}, {"thumbnail_hash": "f" * 16}])
    @pytest.mark.parametrize(
        ("change", "result"),
        [
            ({}, WriteResult.CONFLICT),
            ({"content_hash": _OTHER_MD5, "thumbnail_hash": "0" * 16}, WriteResult.CONFLICT),
            ({"content_hash": _MD5, "thumbnail_hash": "f" * 16}, WriteResult.STORED),
            ({"etag": "e2"}, WriteResult.STORED),
            ({"etag": None}, WriteResult.STORED),
            ({"file_size": 4}, WriteResult.STORED),
            ({"file_size": None}, WriteResult.STORED),
            ({"status": Status.DELETED}, WriteResult.STORED),
        ],
    )
    def test_newer_event_conflicts_with_a_record_that_has_a_hash_of_the_same_content(
        self,
        index: RepositoryHarness,
        hashes: dict[str, str],
        change: dict[str, Any],
        result: WriteResult,
    ) -> None:
        index.insert_directly(image_record(sequencer=number(1), **hashes))
        after = image_record(sequencer=number(2), revision="r2", **change)
        assert index.repository.put(after, IfNewer(SEEN_AT)) is result

    def test_newer_event_replaces_a_tombstone_that_has_a_hash(
        self, index: RepositoryHarness
    ) -> None:
        hashed = {"content_hash": _MD5, "status": Status.DELETED}
        index.insert_directly(image_record(sequencer=number(1), **hashed))
        after = image_record(sequencer=number(2), revision="r2")
        assert index.repository.put(after, IfNewer()) is WriteResult.STORED

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
            index.insert_all([image_record(str(turn), revision="r0") for turn in range(rounds)])
        threads = [Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for turn in range(rounds):
            winners = [w for w in range(writers) if results[w, turn] is WriteResult.STORED]
            assert len(winners) == 1, "concurrent writes on the same condition were both stored"
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
        index.make_unreadable(damaged)
        record = image_record(revision="r2", sequencer=number(1))
        assert index.repository.put(record, condition) is WriteResult.STORED
        assert index.repository.get(record.image_id) == record
        assert list(index.repository.list_prefix("holiday")) == [record]
        assert list(index.repository.entries("holiday")) == [IndexEntry.of(record)]

    def test_unreadable_data_conflicts_with_another_revision(
        self, index: RepositoryHarness
    ) -> None:
        index.insert_directly(image_record())
        index.make_unreadable(image_record())
        record = image_record(revision="r2")
        assert index.repository.put(record, IfRevision("r9")) is WriteResult.CONFLICT
