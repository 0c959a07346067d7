"""A backfill sends the differences to the queue, and continues where it stopped."""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.core.drift import Difference
from imgmeta.core.events import Hint
from imgmeta.core.objects import ListedObject, Listing
from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import BackfillPhase, BackfillResult, BackfillScope
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.service import backfill as service
from imgmeta.deployment.service.backfill import BackfillRun
from imgmeta.deployment.service.queue_pressure import MAX_WAITING
from imgmeta.errors import InvalidRecordError, PermanentError, TransientError
from imgmeta.ports import OnUnreadable
from imgmeta.service import HINTS_PER_BATCH
from support.deployment.backfills import START, BackfillHarness, RecordingQueue

ALL = BackfillScope("stack", (Target("holiday"),))
KEYS = [f"{number:04}.jpg" for number in range(95)]


@pytest.fixture
def harness() -> BackfillHarness:
    return BackfillHarness()


def send(harness: BackfillHarness, scope: BackfillScope = ALL) -> BackfillRun:
    run = harness.backfill.begin(scope)
    for _ in run.send():
        pass
    return run


def sent(harness: BackfillHarness) -> list[str]:
    return sorted(key for batch in harness.queue.batches for key in batch)


class TestSend:
    def test_only_differences_are_sent(self, harness: BackfillHarness) -> None:
        harness.put("same.jpg", "changed.jpg", "gone.jpg")
        harness.sync()
        harness.put("changed.jpg", content=b"\6")
        harness.put("new.jpg", "notes.txt")
        harness.delete("gone.jpg")
        run = send(harness)
        assert sent(harness) == ["changed.jpg", "gone.jpg", "new.jpg"]
        assert run.checkpoint.differences == {
            Difference.NEW: 1,
            Difference.CHANGED: 1,
            Difference.GONE: 1,
        }
        assert (run.checkpoint.compared, run.checkpoint.sent) == (4, 3)

    def test_hints_are_sent_in_batches_of_ten(self, harness: BackfillHarness) -> None:
        harness.put(*KEYS)
        send(harness)
        assert sorted(map(len, harness.queue.batches)) == [5] + [HINTS_PER_BATCH] * 9

    def test_unlisted_objects_are_sent_too(self, harness: BackfillHarness) -> None:
        harness.put("a.jpg")
        harness.objects.fail_prefix("holiday", "x/", "denied")
        send(harness)
        assert sent(harness) == ["a.jpg", "x/"]

    def test_all_targets_are_compared(self, harness: BackfillHarness) -> None:
        harness.put("a/1.jpg", "b/1.jpg", "c/1.jpg")
        scope = BackfillScope("stack", (Target("holiday", "a/"), Target("holiday", "c/")))
        run = send(harness, scope)
        assert sent(harness) == ["a/1.jpg", "c/1.jpg"]
        assert run.checkpoint.is_compared

    def test_other_listing_replaces_that_of_the_bucket(self, harness: BackfillHarness) -> None:
        class Inventory:
            description = "inventory"

            def list(self, target: Target, *, after: str | None = None) -> Iterator[Listing]:
                assert (target, after) == (Target("holiday"), None)
                yield ListedObject("listed.jpg", 1, "e")

        harness.put("unlisted.jpg")
        for _ in harness.backfill.begin(ALL, Inventory()).send():
            pass
        assert sent(harness) == ["listed.jpg"]

    def test_key_that_cannot_be_encoded_does_not_stop_the_others(
        self, harness: BackfillHarness
    ) -> None:
        harness.put("a.jpg", "b\0.jpg", "x" * 2000 + ".jpg", "z.jpg")
        run = send(harness)
        found = [
            hint.location.key for each in harness.queue.receive() for hint in each.parsed.hints
        ]
        assert {"a.jpg", "z.jpg"} <= set(found)
        assert run.checkpoint.sent + run.checkpoint.rejected == 4
        assert run.checkpoint.rejected >= 1

    def test_sending_pauses_while_the_queue_is_full(self, harness: BackfillHarness) -> None:
        harness.put(*KEYS)
        harness.depths = [QueueDepth(MAX_WAITING, 0), QueueDepth(MAX_WAITING, 9), QueueDepth(0, 0)]
        progress = list(harness.backfill.begin(ALL).send())
        paused = [each for each in progress if each.phase is BackfillPhase.PAUSED]
        assert [each.depth for each in paused] == [MAX_WAITING, MAX_WAITING + 9]
        assert len(harness.sleeps) == 2
        assert len(sent(harness)) == len(KEYS)

    def test_full_queue_does_not_delay_a_comparison_without_differences(
        self, harness: BackfillHarness
    ) -> None:
        harness.put(*KEYS)
        harness.sync()
        harness.depths = [QueueDepth(MAX_WAITING, 0)]
        progress = list(islice(harness.backfill.begin(ALL).send(), 10))
        assert {each.phase for each in progress} == {BackfillPhase.COMPARING}
        assert harness.sleeps == []

    def test_sent_hints_count_until_the_queue_is_measured_again(
        self, harness: BackfillHarness
    ) -> None:
        harness.put(*KEYS)
        harness.depths = [QueueDepth(MAX_WAITING - 30, 0), QueueDepth(0, 0)]
        progress = list(harness.backfill.begin(ALL).send())
        [paused] = [each for each in progress if each.phase is BackfillPhase.PAUSED]
        assert paused.depth == MAX_WAITING

    def test_progress_is_reported_between_differences(
        self, harness: BackfillHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_REPORTED_KEYS", 10)
        harness.put(*KEYS)
        harness.sync()
        progress = list(harness.backfill.begin(ALL).send())
        assert [each.compared for each in progress] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95]
        counted = list(harness.backfill.begin(ALL, restart=True).compare())
        assert [each.compared for each in counted][-2:] == [90, 95]

    def test_comparison_without_sending_changes_nothing(self, harness: BackfillHarness) -> None:
        harness.put(*KEYS)
        run = harness.backfill.begin(ALL)
        for _ in run.compare():
            pass
        assert run.checkpoint.differences == {Difference.NEW: 95}
        assert run.checkpoint.is_compared
        assert (harness.queue.batches, harness.checkpoints.saved) == ([], [])


class TestCheckpoints:
    def test_unchanged_keys_advance_the_checkpoint(
        self, harness: BackfillHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_CHECKPOINT_KEYS", 40)
        harness.put(*KEYS)
        harness.sync()
        harness.put("0050.jpg", content=b"\6")
        send(harness)
        saved = [(each.target, each.after, each.sent) for each in harness.checkpoints.saved]
        # The last two are saved together if the target ends before the batch is accepted.
        assert [each for each in saved if each != (0, "0079.jpg", 1)] == [
            (0, "0039.jpg", 0),
            (1, None, 1),
        ]

    def test_failed_batch_is_sent_by_the_next_run(self, harness: BackfillHarness) -> None:
        harness.put(*KEYS)
        harness.queue.errors["0050.jpg"] = TransientError("no network")
        with pytest.raises(TransientError, match="no network"):
            send(harness)
        assert harness.checkpoints.stored[ALL].after == "0049.jpg"
        harness.queue.errors.clear()
        run = send(harness)
        assert run.is_resumed
        assert sent(harness) == KEYS  # those of other batches in flight are not repeated
        assert (run.checkpoint.compared, run.checkpoint.sent) == (95, 95)
        assert run.checkpoint.ahead == ()

    def test_failure_of_the_last_batch_is_raised(self, harness: BackfillHarness) -> None:
        class Late(RecordingQueue):
            def send(self, hints: Iterable[Hint]) -> None:
                time.sleep(0.05)  # the comparison ends meanwhile
                super().send(hints)

        harness.queue = Late()
        harness.put("a.jpg")
        harness.queue.errors["a.jpg"] = TransientError("no network")
        with pytest.raises(TransientError, match="no network"):
            send(harness)

    def test_closed_run_repeats_nothing(
        self, harness: BackfillHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_REPORTED_KEYS", 7)
        harness.put(*KEYS)
        for _ in range(len(KEYS)):
            run = harness.backfill.begin(ALL)
            items = run.send()
            next(items)
            items.close()  # type: ignore[attr-defined]  # a generator
        send(harness)
        assert sent(harness) == KEYS

    def test_compared_backfill_is_not_compared_again(self, harness: BackfillHarness) -> None:
        harness.put(*KEYS)
        send(harness)
        run = send(harness)
        assert (run.is_resumed, run.checkpoint.compared, len(sent(harness))) == (True, 95, 95)

    def test_restart_ignores_the_checkpoint(self, harness: BackfillHarness) -> None:
        harness.put(*KEYS)
        send(harness)
        run = harness.backfill.begin(ALL, restart=True)
        assert (run.is_resumed, run.checkpoint.compared) == (False, 0)

    def test_discarded_checkpoint_is_removed(self, harness: BackfillHarness) -> None:
        harness.put("a.jpg")
        send(harness).discard()
        assert not harness.checkpoints.stored

    @settings(max_examples=50)
    @given(
        existing=st.sets(st.integers(0, 60)),
        indexed=st.sets(st.integers(0, 60)),
        failures=st.lists(st.integers(0, 60), max_size=4),
    )
    def test_each_difference_is_sent_once_whatever_batches_fail(
        self, existing: set[int], indexed: set[int], failures: list[int]
    ) -> None:
        harness = BackfillHarness()
        harness.put(*(f"{each:04}.jpg" for each in indexed))
        harness.sync()
        harness.delete(*(f"{each:04}.jpg" for each in indexed))
        harness.put(*(f"{each:04}.jpg" for each in existing))
        different = sorted(f"{each:04}.jpg" for each in existing ^ indexed)
        for each in failures:
            harness.queue.errors = {f"{each:04}.jpg": PermanentError("denied")}
            try:
                send(harness)
            except PermanentError:
                continue
        harness.queue.errors = {}
        send(harness)
        assert sent(harness) == different


class TestDrain:
    def test_drain_ends_after_three_measurements_of_an_empty_queue(
        self, harness: BackfillHarness
    ) -> None:
        harness.put("a.jpg")
        run = send(harness)
        empty = QueueDepth(0, 0)
        harness.depths = [QueueDepth(1, 0), empty, QueueDepth(0, 1), empty, empty, empty]
        assert [each.depth for each in run.drain()] == [1, 0, 1, 0, 0, 0]

    def test_queue_that_seems_empty_is_measured_three_times(self, harness: BackfillHarness) -> None:
        harness.put("a.jpg")
        assert [each.depth for each in send(harness).drain()] == [0, 0, 0]

    def test_drain_without_hints_ends_at_once(self, harness: BackfillHarness) -> None:
        assert list(send(harness).drain()) == []

    def test_queue_that_does_not_change_is_an_error(self, harness: BackfillHarness) -> None:
        harness.put("a.jpg")
        run = send(harness)
        harness.depths = [QueueDepth(7, 0), QueueDepth(6, 0)]
        with pytest.raises(TransientError, match="did not process the 6 messages"):
            for _ in run.drain():
                pass
        assert timedelta(seconds=harness.now) > timedelta(minutes=30)
        assert harness.checkpoints.load(ALL)


class TestFinish:
    def finish(self, harness: BackfillHarness, *, resumed: bool) -> BackfillResult:
        run = send(harness)
        if resumed:
            run = harness.backfill.begin(ALL)
        harness.now += 60
        harness.process()
        harness.dead_letters += 2
        return run.finish()

    @pytest.mark.parametrize("resumed", [False, True])
    def test_result_counts_the_records_that_were_written(
        self, harness: BackfillHarness, *, resumed: bool
    ) -> None:
        harness.put("before.jpg", "gone.jpg")
        harness.sync()
        harness.now += 60
        harness.delete("gone.jpg")
        harness.put("a.jpg", "b.jpg")
        harness.put("bad.jpg", content=b"\0")
        harness.dead_letters = 5
        result = self.finish(harness, resumed=resumed)
        assert (result.processed, result.failed, result.deleted) == (2, 1, 1)
        assert (result.file_size, result.dead_letters, result.written) == (3, 2, 4)
        assert [(str(each.location), each.reason) for each in result.failures] == [
            ("s3://holiday/bad.jpg", "not an image")
        ]
        assert harness.checkpoints.load(ALL) is None

    def test_unreadable_records_are_counted(
        self, harness: BackfillHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        harness.put("a.jpg")
        run = send(harness)

        def get(_: str) -> None:
            raise InvalidRecordError("damaged")

        monkeypatch.setattr(harness.repository, "get", get)
        assert run.finish().unreadable == 1

    def test_unreadable_records_of_a_resumed_run_are_counted(
        self, harness: BackfillHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        harness.put("a.jpg")
        send(harness)
        run = harness.backfill.begin(ALL)

        def list_prefix(*_: object, on_unreadable: OnUnreadable, **__: object) -> Iterator[object]:
            on_unreadable(InvalidRecordError("damaged"))
            return iter(())

        monkeypatch.setattr(harness.repository, "list_prefix", list_prefix)
        assert run.finish().unreadable == 1

    def test_hint_without_a_record_is_not_counted(self, harness: BackfillHarness) -> None:
        harness.put("a.jpg")
        assert send(harness).finish().written == 0

    def test_backfill_without_differences_reads_no_records(self, harness: BackfillHarness) -> None:
        result = send(harness).finish()
        assert result == BackfillResult()
        assert (result.written, result.file_size, result.unreadable) == (0, 0, 0)
        assert (result.incomplete, result.dead_letters, result.failures) == (0, 0, ())

    def test_start_is_the_time_of_the_first_run(self, harness: BackfillHarness) -> None:
        harness.put("a.jpg")
        send(harness)
        harness.now += 3600
        assert harness.backfill.begin(ALL).checkpoint.started_at == START
