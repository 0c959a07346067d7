"""Conversion between paths and keys, one to one.

A path is bytes, a key is text: `core.file_names` converts its names.
"""

import os

from imgmeta.core.file_names import to_file_name, to_key_part

__all__ = ["key_from_path", "object_path", "path_from_key"]

_INVALID_NAMES = frozenset({"", ".", ".."})


def key_from_path(path: bytes | str | os.PathLike[str]) -> str:
    """Return the key of an absolute path: the path without its first slash, as text.

    The path is neither resolved nor normalized, and need not exist.

    Raises:
        ValueError: the path is not absolute.
    """
    raw = os.fsencode(path)
    if not raw.startswith(b"/"):
        msg = "the path must be absolute"
        raise ValueError(msg)
    return to_key_part(raw[1:])


def path_from_key(key: str) -> bytes:
    """Return the absolute path whose key is `key`.

    Raises:
        ValueError: no path has this key.
    """
    path = b"/" + to_file_name(key)
    if key_from_path(path) != key:
        msg = "no path has this key"
        raise ValueError(msg)
    return path


def object_path(key: str) -> bytes | None:
    """Return the path of the object with this key; None if no object can have it.

    Keys with NUL, or with `.`, `..` or nothing between two slashes, are excluded: their path, if
    any, has another key.
    """
    if "\0" in key or not _INVALID_NAMES.isdisjoint(key.split("/")):
        return None
    try:
        return path_from_key(key)
    except ValueError:
        return None
