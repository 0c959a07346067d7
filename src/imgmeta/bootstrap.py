"""From settings to wired use cases: the only module that imports adapters."""

import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from imgmeta.adapters.filesystem import LocalObjectStore, locate
from imgmeta.adapters.headers import HeaderPropertyReader
from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.config import Settings
from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository
from imgmeta.service import Indexer, Rules

__all__ = ["list_target", "open_indexer", "open_repository", "parse_target"]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def open_repository(url: str, *, must_exist: bool = False) -> SQLiteImageRepository:
    """Return the repository that a store's URL names; close it when done.

    Args:
        url: `sqlite:///relative.db` or `sqlite:////absolute.db`.
        must_exist: refuse to make an index where there is none.

    Raises:
        ConfigurationError: the URL names no store, or no store of ours.
    """
    scheme, _, rest = url.partition("://")
    path = rest.removeprefix("/")
    if scheme != "sqlite" or path == rest or not path:
        msg = f"{printable(url)} names no store: give one like sqlite:///imgmeta.db"
        raise ConfigurationError(msg)
    return SQLiteImageRepository(path, must_exist=must_exist)


def open_indexer(settings: Settings, repository: ImageRepository) -> Indexer:
    """Return the use cases over the local file system and `repository`."""
    is_indexed = suffix_filter(settings.suffixes)
    return Indexer(
        repository=repository,
        objects=LocalObjectStore(),
        reader=HeaderPropertyReader(fallback=PillowPropertyReader()),
        rules=Rules(is_indexed, settings.location_policy),
        clock=lambda: datetime.now(UTC),
        new_revision=lambda: uuid.uuid4().hex,
    )


def list_target(settings: Settings, target: Target) -> Iterator[Listing]:
    """Yield the images that there are in `target`, as a walk of its own: to count them.

    Raises:
        AdapterError: they cannot be listed any further.
    """
    is_indexed = suffix_filter(settings.suffixes)
    return LocalObjectStore().list(target.bucket, target.prefix, wanted=is_indexed)


def parse_target(text: str, *, must_exist: bool = True) -> Target:
    """Return the target that a person named: a folder, a file, or the URI of one.

    A folder means every key below it. What is neither there nor ends in a slash means one file.

    Args:
        text: a path, or `file:///path` unescaped.
        must_exist: refuse a path where there is nothing.

    Raises:
        ConfigurationError: the text is empty or has an unknown scheme, or nothing can be seen
            there.
    """
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() != "file":
        msg = f"imgmeta knows no targets of the kind {scheme[1]}://: give a folder or a file"
        raise ConfigurationError(msg)
    path = text[scheme.end() :] if scheme else text
    if not path:
        msg = "an empty path names nothing: give a folder or a file"
        raise ConfigurationError(msg)
    if must_exist:
        _check_presence(path)
    location = locate(path)
    # Path.is_dir raises for a name that is too long, or in a folder that may not be searched.
    if not os.path.isdir(path) and not path.endswith("/"):  # noqa: PTH112 - as above
        return Target(location.bucket, location.key, exact=True)
    return Target(location.bucket, f"{location.key}/".removeprefix("/"))


def _check_presence(path: str) -> None:
    try:
        os.lstat(path)
    except PermissionError as error:
        msg = f"cannot look at '{printable(path)}': see that you may search the folders on the way"
        raise ConfigurationError(msg) from error
    except (OSError, ValueError) as error:  # a NUL is a ValueError
        msg = f"there is nothing at '{printable(path)}': give a folder or a file that is there"
        raise ConfigurationError(msg) from error
