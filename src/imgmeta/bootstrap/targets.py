"""What a person names, made into a target."""

import os
import re

from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["parse_target"]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


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
    from imgmeta.adapters.filesystem import locate

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
