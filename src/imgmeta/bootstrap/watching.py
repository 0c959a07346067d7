"""Watchers of local folders."""

from contextlib import AbstractContextManager

from imgmeta.config import Settings
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.ports import FolderWatcher

__all__ = ["open_watcher"]


def open_watcher(settings: Settings, target: Target) -> AbstractContextManager[FolderWatcher]:
    """Return the watcher of a local folder, as a context manager.

    When the context is entered, the folder is watched.

    Args:
        settings: the suffixes of the files to report.
        target: the folder.

    Raises:
        ConfigurationError: when it is entered: the extra `watch` is not installed, or the folder
            contains more folders than the system allows to watch.
        PermanentError: when it is entered: the folder cannot be watched.
    """
    from imgmeta.adapters.filesystem.watching import LocalFolderWatcher

    return LocalFolderWatcher(target.prefix, wanted=suffix_filter(settings.suffixes))
