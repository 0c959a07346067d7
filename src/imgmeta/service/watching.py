"""Keeps the index of a folder up to date while the folder changes."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import cast

from imgmeta.core.changes import Changes
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.targets import Target
from imgmeta.errors import TransientError
from imgmeta.ports import FolderWatcher
from imgmeta.service.concurrency import Task, run_in_order
from imgmeta.service.indexer import Indexer

__all__ = [
    "STARTED",
    "IndexUnavailable",
    "SyncFinished",
    "SyncStarted",
    "UpToDate",
    "WatchEvent",
    "watch",
]

STARTED = "watching started"
"""The reason of the first sync."""

POLL_SECONDS = 0.5
"""Maximum time between two events of `watch`."""

_MAX_POLLS = 60
"""Maximum number of waits before the index is tried again: half a minute."""


@dataclass(frozen=True, slots=True)
class SyncStarted:
    """A sync of the whole folder started.

    Attributes:
        reason: the reason: `STARTED`, or that of the gap.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class SyncFinished:
    """The sync of the whole folder finished."""


@dataclass(frozen=True, slots=True)
class UpToDate:
    """The index has all changes that were reported so far."""


@dataclass(frozen=True, slots=True)
class IndexUnavailable:
    """The index cannot be used now. The changes are kept, and tried again.

    Attributes:
        error: the failure.
    """

    error: TransientError


WatchEvent = ItemOutcome | SyncStarted | SyncFinished | UpToDate | IndexUnavailable


def watch(
    indexer: Indexer, watcher: FolderWatcher, target: Target, *, concurrency: int = 1
) -> Generator[WatchEvent]:
    """Sync a folder, then update the index whenever files change; never return.

    The watcher must be open already, so that no change is lost between the sync and the first wait.
    A changed file becomes a hint, a changed folder a sync of its prefix, and a gap a sync of the
    whole folder. Yields at least twice a second, so that the caller can stop at any time by closing
    the generator; that waits for images in progress.

    If the index is unavailable, changes are kept, and applied as soon as the index is available.
    A file that cannot be read is its outcome, and processed again when it changes.

    Args:
        indexer: the indexer of the index.
        watcher: the watcher of the folder.
        target: the folder.
        concurrency: files processed concurrently.

    Raises:
        ConfigurationError: from the watcher: the folder has too many folders.
        AdapterError: the index fails permanently, or the folder can no longer be watched.
    """
    pending = _Pending(indexer, target, concurrency)
    error: TransientError | None = None
    polls = 1
    while True:
        try:
            yield from pending.apply()
        except TransientError as failure:
            error, polls = failure, min(polls * 2, _MAX_POLLS)
        else:
            error, polls = None, 1
        for _ in range(polls):
            yield UpToDate() if error is None else IndexUnavailable(error)
            pending.add(watcher.wait(POLL_SECONDS))


class _Pending:
    """The changes that are not in the index yet; at first, the whole folder."""

    def __init__(self, indexer: Indexer, target: Target, concurrency: int) -> None:
        self._indexer = indexer
        self._target = target
        self._concurrency = concurrency
        self._keys: set[str] = set()
        self._prefixes: set[str] = set()
        self._gap = STARTED

    def add(self, changes: Changes) -> None:
        """Add changes that were reported."""
        if not changes:
            return
        kept = Changes(frozenset(self._keys), frozenset(self._prefixes), self._gap) | changes
        self._keys, self._prefixes, self._gap = set(kept.keys), set(kept.prefixes), kept.gap

    def apply(self) -> Generator[WatchEvent]:
        """Apply the changes to the index. After an error, those that were not applied are kept.

        Raises:
            AdapterError: the index or the folder cannot be read, or the index cannot be written.
        """
        if self._gap:
            yield SyncStarted(self._gap)
            yield from self._sync(self._target)
            self._gap = ""
            yield SyncFinished()
        for prefix in sorted(self._prefixes):
            yield from self._sync(replace(self._target, prefix=prefix))
            self._prefixes.discard(prefix)
        keys = sorted(self._keys)
        items = run_in_order(map(self._task, keys), self._concurrency)
        with closing(cast("Generator[ItemOutcome]", items)):
            for key, item in zip(keys, items, strict=True):
                self._keys.discard(key)
                yield item

    def _sync(self, target: Target) -> Generator[ItemOutcome]:
        # Not in batches, so that closing the generator reports every image that was stored.
        items = self._indexer.sync(target, concurrency=self._concurrency, in_batches=False)
        with closing(cast("Generator[ItemOutcome]", items)):
            yield from items

    def _task(self, key: str) -> Task:
        location = ObjectLocation(self._target.bucket, key)
        return lambda: self._indexer.process(Hint(location))
