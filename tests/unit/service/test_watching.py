"""`watch` syncs a folder, then applies each change; an unavailable index loses none."""

import pytest

from imgmeta import Difference, ItemOutcome, Outcome, PermanentError, Target, TransientError
from imgmeta.adapters.memory import InMemoryFolderWatcher
from imgmeta.core.changes import Changes
from imgmeta.service import (
    STARTED,
    IndexUnavailable,
    SyncFinished,
    SyncStarted,
    UpToDate,
    WatchEvent,
    watch,
)
from support.convergence.bucket import BUCKET
from support.convergence.flaky_repository import FlakyRepository
from support.convergence.indexer_harness import IndexerHarness

FOLDER = Target(BUCKET, "photos/")


class Watch:
    """A running watch of the folder `photos/`."""

    def __init__(self, concurrency: int = 1) -> None:
        self.harness = IndexerHarness(repository=FlakyRepository())
        self.watcher = InMemoryFolderWatcher()
        self.events = watch(self.harness.indexer, self.watcher, FOLDER, concurrency=concurrency)

    @property
    def repository(self) -> FlakyRepository:
        assert isinstance(self.harness.repository, FlakyRepository)
        return self.harness.repository

    def run(self) -> list[WatchEvent]:
        """Return the events until the index is up to date."""
        events: list[WatchEvent] = []
        while not isinstance(event := next(self.events), UpToDate):
            events.append(event)
        return events

    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcomes until the index is up to date."""
        items = [each for each in self.run() if isinstance(each, ItemOutcome)]
        return {item.location.key: item.outcome for item in items}

    def report(self, *names: str, gap: str = "") -> None:
        keys = frozenset(each for each in names if not each.endswith("/"))
        self.watcher.report(Changes(keys, frozenset(names) - keys, gap))


@pytest.fixture
def running() -> Watch:
    running = Watch()
    running.run()
    return running


def test_watch_starts_with_a_sync_of_the_folder() -> None:
    started = Watch()
    started.harness.bucket.put("photos/a.jpg", 5)
    started.harness.bucket.put("other/b.jpg", 5)
    first, item, last = started.run()
    assert (first, last) == (SyncStarted(STARTED), SyncFinished())
    assert isinstance(item, ItemOutcome)
    assert (item.location.key, item.difference) == ("photos/a.jpg", Difference.NEW)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_changed_files_are_processed(concurrency: int) -> None:
    running = Watch(concurrency)
    running.run()
    for key in ("photos/a.jpg", "photos/b.jpg"):
        running.harness.bucket.put(key, 5)
        running.report(key)
    assert running.outcomes() == dict.fromkeys(["photos/a.jpg", "photos/b.jpg"], Outcome.PROCESSED)
    running.harness.bucket.delete("photos/a.jpg")
    running.report("photos/a.jpg", "photos/b.jpg")
    assert running.outcomes() == {
        "photos/a.jpg": Outcome.DELETED,
        "photos/b.jpg": Outcome.UNCHANGED,
    }


def test_changed_folder_is_synced(running: Watch) -> None:
    running.harness.bucket.put("photos/a/b.jpg", 5)
    running.harness.bucket.put("photos/c.jpg", 5)
    running.report("photos/a/")
    assert running.outcomes() == {"photos/a/b.jpg": Outcome.PROCESSED}
    running.harness.bucket.delete("photos/a/b.jpg")
    running.report("photos/a/")
    assert running.outcomes() == {"photos/a/b.jpg": Outcome.DELETED}


def test_gap_becomes_a_sync_of_the_whole_folder(running: Watch) -> None:
    running.harness.bucket.put("photos/a.jpg", 5)
    running.report(gap="lost")
    first, item, last = running.run()
    assert (first, last) == (SyncStarted("lost"), SyncFinished())
    assert isinstance(item, ItemOutcome)
    assert running.run() == []


def test_file_that_cannot_be_read_does_not_end_the_watch(running: Watch) -> None:
    for key in ("photos/a.jpg", "photos/b.jpg"):
        running.harness.bucket.put(key, 5)
    running.harness.bucket.errors["photos/a.jpg"] = TransientError("input/output error")
    running.report("photos/a.jpg", "photos/b.jpg")
    assert running.outcomes() == {"photos/a.jpg": Outcome.ERROR, "photos/b.jpg": Outcome.PROCESSED}


@pytest.mark.parametrize("failures", [1, 2, 3])
@pytest.mark.parametrize(
    "changes",
    [
        Changes(gap="lost"),
        Changes(prefixes=frozenset({"photos/trip/"})),
        Changes(keys=frozenset({"photos/trip/a.jpg", "photos/trip/b.jpg"})),
    ],
)
def test_changes_are_kept_until_the_index_is_available(
    running: Watch, changes: Changes, failures: int
) -> None:
    for key in ("photos/trip/a.jpg", "photos/trip/b.jpg"):
        running.harness.bucket.put(key, 5)
    running.repository.failures = failures
    running.watcher.report(changes)
    assert any(isinstance(each, IndexUnavailable) for each in running.run())
    assert running.harness.verify(FOLDER) == {
        "photos/trip/a.jpg": Difference.SAME,
        "photos/trip/b.jpg": Difference.SAME,
    }


def test_changes_during_an_outage_are_kept(running: Watch) -> None:
    running.harness.bucket.put("photos/a.jpg", 5)
    running.repository.failures = 1
    running.report("photos/a.jpg")
    event = next(running.events)
    assert isinstance(event, IndexUnavailable)
    assert str(event.error) == "the index is locked"
    running.harness.bucket.put("photos/b.jpg", 5)
    running.report("photos/b.jpg")
    assert running.outcomes() == {
        "photos/a.jpg": Outcome.PROCESSED,
        "photos/b.jpg": Outcome.PROCESSED,
    }


def test_unavailable_index_is_tried_less_and_less_often(running: Watch) -> None:
    running.repository.failures = 8
    running.report("photos/a.jpg")
    waits = [each for each in running.run() if isinstance(each, IndexUnavailable)]
    assert len(waits) == 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60


def test_permanent_failure_of_the_index_ends_the_watch(running: Watch) -> None:
    running.repository.failures = 1
    running.repository.error = PermanentError("the disk is full")
    running.report("photos/a.jpg")
    with pytest.raises(PermanentError, match="disk is full"):
        running.run()


def test_watch_can_be_closed_during_a_sync() -> None:
    started = Watch()
    for key in ("photos/a.jpg", "photos/b.jpg"):
        started.harness.bucket.put(key, 5)
    assert next(started.events) == SyncStarted(STARTED)
    next(started.events)
    started.events.close()
    assert started.harness.verify(FOLDER) == {
        "photos/a.jpg": Difference.SAME,
        "photos/b.jpg": Difference.NEW,
    }
