"""The repository that a store's URL names."""

from typing import TYPE_CHECKING

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.adapters.sqlite import SQLiteImageRepository

__all__ = ["open_repository"]


def open_repository(url: str, *, must_exist: bool = False) -> "SQLiteImageRepository":
    """Return the repository that a store's URL names; close it when done.

    Args:
        url: `sqlite:///relative.db` or `sqlite:////absolute.db`.
        must_exist: refuse to make an index where there is none.

    Raises:
        ConfigurationError: the URL names no store, or no store of ours.
    """
    from imgmeta.adapters.sqlite import (
        SQLiteImageRepository,
    )

    scheme, _, rest = url.partition("://")
    path = rest.removeprefix("/")
    if scheme != "sqlite" or path == rest or not path:
        msg = f"{printable(url)} names no store: give one like sqlite:///imgmeta.db"
        raise ConfigurationError(msg)
    return SQLiteImageRepository(path, must_exist=must_exist)
