"""Conversion between paths and keys, one to one, as the system writes paths.

A path is bytes, a key is text: `core.file_names` converts its names.
"""

import os
import stat

from imgmeta.adapters.filesystem.flavors import POSIX, WINDOWS
from imgmeta.core.file_names import to_file_name, to_key_part

__all__ = [
    "FLAVOR",
    "is_junction",
    "is_link",
    "key_from_path",
    "object_path",
    "path_from_key",
    "path_in_text",
    "path_in_uri",
    "relative_key",
    "relative_path",
]

_MOUNT_POINT = 0xA0000003
"""`IO_REPARSE_TAG_MOUNT_POINT` (Microsoft, "Reparse Point Tags")."""

FLAVOR = WINDOWS if os.name == "nt" else POSIX
"""How this system writes paths."""


def key_from_path(path: bytes | str | os.PathLike[str]) -> str:
    """Return the key of an absolute path: see `PathFlavor.key_from_path`.

    Raises:
        ValueError: the path is not absolute.
    """
    return FLAVOR.key_from_path(os.fsencode(path))


def path_from_key(key: str) -> bytes:
    """Return the absolute path whose key is `key`: see `PathFlavor.path_from_key`.

    Raises:
        ValueError: no path has this key.
    """
    return FLAVOR.path_from_key(key)


def object_path(key: str) -> bytes | None:
    """Return the path of the object with this key; None if no object can have it."""
    if not FLAVOR.names_object(key):
        return None
    try:
        return path_from_key(key)
    except ValueError:
        return None


def path_in_text(text: str) -> str | None:
    """Return the path in the text after `file://`, or None if only another computer has it."""
    return FLAVOR.path_in_text(text)


def path_in_uri(key: str) -> bytes:
    """Return the path that a `file` URI means: see `PathFlavor.path_in_uri`.

    Raises:
        ValueError: no path has this key.
    """
    return FLAVOR.path_in_uri(key)


def relative_key(path: str) -> str:
    """Return the part of a key for a path that is relative to a folder."""
    key = to_key_part(os.fsencode(path))
    return key if FLAVOR is POSIX else key.replace("\\", "/")


def is_link(path: bytes) -> bool:
    """Return whether a path is that of a symbolic link or, on Windows, of a junction."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or (FLAVOR is WINDOWS and is_junction(status))


def is_junction(status: os.stat_result) -> bool:
    """Return whether a status is that of a junction, a link to a folder that only Windows has."""
    return getattr(status, "st_reparse_tag", 0) == _MOUNT_POINT


def _windows_relative_path(name: str) -> bytes:
    return to_file_name(name).replace(b"/", b"\\")


relative_path = to_file_name if FLAVOR is POSIX else _windows_relative_path
"""Returns the path of a part of a key, which may end in a slash, in the folder before it."""
