"""The port of watching folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from imgmeta.core.changes import Changes

__all__ = ["FolderWatcher"]


class FolderWatcher(Protocol):
    """Reports the changes below one folder.

    Changes are hints: they may be reported late, again, in any order, or without a difference.
    Every change that is made after the watcher was opened is reported: by the key of the file, by
    the prefix of a folder that contains it, or by a gap.
    """

    def wait(self, seconds: float) -> Changes:
        """Return the changes that were reported since the last call.

        If there are none, wait for one, at most for the given time. A file that is being written is
        reported when it has not changed for a moment, or after some seconds.

        Raises:
            ConfigurationError: the folder contains more folders than the system allows to watch.
            PermanentError: the folder can no longer be watched: its file system was unmounted.
        """
        ...
