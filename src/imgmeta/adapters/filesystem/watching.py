"""Changes of the local file system, reported by the library watchdog."""

import errno
import os
import stat
import sys
import time
from threading import Condition
from typing import TYPE_CHECKING, NamedTuple, Self

from imgmeta.adapters.file_errors import error_reason
from imgmeta.adapters.filesystem.listing import has_no_links
from imgmeta.adapters.filesystem.names import key_from_path, path_from_key
from imgmeta.core.changes import ChangeBuffer, Changes
from imgmeta.core.text import printable
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgmeta.adapters.filesystem.observers import FolderObserver

__all__ = ["LocalFolderWatcher"]

_LIMITS = {
    errno.ENOSPC: "it has more folders than fs.inotify.max_user_watches allows: raise that limit, "
    "for example with `sudo sysctl fs.inotify.max_user_watches=1048576`",
    errno.EMFILE: "other programs use all watchers that fs.inotify.max_user_instances allows: "
    "raise that limit, for example with `sudo sysctl fs.inotify.max_user_instances=1024`",
}

_NOT_ON_WINDOWS = (
    "cannot watch folders on Windows: run `imgmeta sync` at intervals, for example with the Task "
    "Scheduler"
)

_UNMOUNTED = "its file system was unmounted, and the index kept: mount it, then watch it again"


class _Identity(NamedTuple):
    device: int
    inode: int


class LocalFolderWatcher:
    """Watches a local folder: inotify on Linux, FSEvents on macOS.

    The system's queue of events has a limit. If it overflows, or if the folder was replaced, the
    watcher starts again with a new queue, and reports a gap. If the folder was deleted or renamed,
    the watcher reports a gap, and another one when there is a folder with this name again.

    Use it as a context manager. When the context is entered, the folder is watched.

    Args:
        prefix: the key of the folder, with a slash at its end; empty for the root.
        wanted: whether to report the file with a key. Folders are always reported.
        clock: returns the current time in seconds since any fixed time.
    """

    def __init__(
        self,
        prefix: str,
        *,
        wanted: "Callable[[str], bool]",
        clock: "Callable[[], float]" = time.monotonic,
    ) -> None:
        self._prefix = prefix
        self._path = path_from_key(prefix.rstrip("/"))
        self._wanted = wanted
        self._clock = clock
        self._changed = Condition()
        self._buffer = ChangeBuffer()
        self._broken = ""
        self._limit: OSError | None = None
        self._is_unmounted = False
        self._is_denied = False
        self._observer: FolderObserver | None = None
        self._identity: _Identity | None = None

    def __enter__(self) -> Self:
        """Start to watch the folder.

        Raises:
            ConfigurationError: watchdog is not installed, the folder has too many folders, or the
                system is Windows.
            AdapterError: the folder cannot be watched.
        """
        self._start(_identity(self._path))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._stop()

    def wait(self, seconds: float) -> Changes:
        """Return the changes since the last call: see `FolderWatcher.wait`."""
        end = self._clock() + seconds
        with self._changed:
            while not self._broken:
                now = self._clock()
                delay = self._buffer.delay(now)
                if delay == 0 or now >= end:
                    break
                self._changed.wait(end - now if delay is None else min(delay, end - now))
        self._check()
        with self._changed:
            return self._buffer.take(self._clock())

    def report(self, path: bytes | str, *, is_folder: bool) -> None:
        """Report a changed file or folder. Thread-safe."""
        key = key_from_path(path)
        if is_folder:
            key = f"{key}/".removeprefix("/")
        elif not self._wanted(key):
            return
        if key == self._prefix:
            self.report_gap("the folder itself was deleted or renamed")
            return
        with self._changed:
            self._buffer.add(key, self._clock())
            self._changed.notify()

    def report_gap(self, reason: str) -> None:
        """Report lost changes, and start again at the next check. Thread-safe."""
        with self._changed:
            self._broken = self._broken or reason
            self._changed.notify()

    def report_permissions(self) -> None:
        """Report that the permissions of a folder changed. Thread-safe."""
        if self._is_denied:  # the folder can perhaps be watched now
            self.report_gap("the permissions of a folder changed")

    def report_unwatched(self, error: OSError) -> None:
        """Report that a subfolder cannot be watched. Thread-safe."""
        if error.errno in _LIMITS:
            self._limit = error
            self.report_gap("a limit was reached")
        elif error.errno == errno.EACCES:
            self._is_denied = True

    def report_unmount(self) -> None:
        """Report that a watched file system was unmounted. Thread-safe."""
        self._is_unmounted = True
        self.report_gap("a file system was unmounted")

    def _check(self) -> None:
        """Watch the folder again if that has ended, or if another folder has its name."""
        if self._limit is not None:
            raise self._error(self._limit)
        found, watched = _identity(self._path), self._identity
        if self._is_unmounted and watched and (found is None or found.device != watched.device):
            raise self._failure(_UNMOUNTED)
        self._is_unmounted = False
        reason = self._broken
        if found != watched:
            reason = "the folder does not exist" if found is None else "the folder was replaced"
        elif found and not reason and not (self._observer and self._observer.is_alive()):
            reason = "the watcher stopped"
        if not reason:
            return
        self._stop()
        self._start(found)
        with self._changed:
            self._buffer.add_gap(reason)

    def _start(self, found: _Identity | None) -> None:
        if sys.platform == "win32":
            raise ConfigurationError(_NOT_ON_WINDOWS)
        try:
            if sys.platform == "linux":
                from imgmeta.adapters.filesystem.inotify import inotify_observer as new_observer  # noqa: PLC0415 - needs watchdog, Linux only
            else:
                from imgmeta.adapters.filesystem.fsevents import fsevents_observer as new_observer  # noqa: PLC0415 - needs watchdog, macOS only
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "watchdog":
                raise
            msg = "watching a folder needs watchdog: pip install 'imgmeta[watch]'"
            raise ConfigurationError(msg) from error
        self._broken, self._is_denied = "", False
        # The identity is from before the start: a folder that replaces it meanwhile is found later.
        self._identity = found
        if found is None:
            return
        try:
            observer = new_observer(self)
            observer.start(os.fsdecode(self._path), self)
        except OSError as error:
            if error.errno in _LIMITS or _identity(self._path) is not None:
                raise self._error(error) from error
            self._identity = None
        else:
            self._observer = observer
        if self._limit is not None:
            self._stop()
            raise self._error(self._limit)

    def _stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer = None

    def _error(self, error: OSError) -> ConfigurationError | AdapterError:
        if error.errno in _LIMITS:
            return ConfigurationError(f"cannot watch {self._name}: {_LIMITS[error.errno]}")
        return self._failure(error_reason(error))

    def _failure(self, reason: str) -> PermanentError:
        return PermanentError(f"cannot watch {self._name}: {reason}")

    @property
    def _name(self) -> str:
        return printable(os.fsdecode(self._path))


def _identity(path: bytes) -> _Identity | None:
    """Return what distinguishes a folder from another one with its path; None without a folder."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISDIR(status.st_mode) or not has_no_links(path):
        return None
    return _Identity(status.st_dev, status.st_ino)
