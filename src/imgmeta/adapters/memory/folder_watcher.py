"""A watcher of a folder in memory."""

from threading import Lock

from imgmeta.core.changes import Changes

__all__ = ["InMemoryFolderWatcher"]


class InMemoryFolderWatcher:
    """Returns the changes that `report` was given. Thread-safe. It never waits."""

    def __init__(self) -> None:
        self._changes = Changes()
        self._lock = Lock()

    def report(self, changes: Changes) -> None:
        """Report changes."""
        with self._lock:
            self._changes |= changes

    def wait(self, seconds: float) -> Changes:
        """Return the changes since the last call: see `FolderWatcher.wait`."""
        del seconds
        with self._lock:
            changes, self._changes = self._changes, Changes()
        return changes
