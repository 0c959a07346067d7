"""Locations of files and folders, from the paths that people write."""

import ntpath
import os

from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.adapters.filesystem.names import FLAVOR, key_from_path
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import LOCAL_BUCKET

__all__ = ["locate", "windows_key"]

_DOTS = frozenset({b"", b".", b".."})


def locate(path: bytes | str | os.PathLike[str]) -> ObjectLocation:
    """Return the location of a file or folder in the bucket `file://`.

    Links in the path are resolved, so that a folder and its parent give the same keys. A link to a
    file keeps its own name. The key of a folder has no trailing slash; the root's key is empty.

    Args:
        path: absolute, or relative to the working directory; it need not exist.
    """
    raw = os.fsencode(path)
    key = windows_key(raw) if FLAVOR is WINDOWS else _posix_key(raw)
    return ObjectLocation(LOCAL_BUCKET, key)


def _posix_key(path: bytes) -> str:
    parent, name = os.path.split(path.rstrip(b"/") or b"/")
    if os.path.isdir(path) or name in _DOTS:  # noqa: PTH112 - Path does not support bytes
        real = os.path.realpath(path)
    else:
        real = os.path.join(os.path.realpath(parent), name)  # noqa: PTH118 - as above
    # POSIX allows a special meaning of two leading slashes; Linux and macOS have none.
    return key_from_path(b"/" + real.lstrip(b"/"))


def windows_key(path: bytes) -> str:
    """Return the key of a path on Windows, with the names as the file system spells them."""
    parent, name = ntpath.split(path)
    if ntpath.islink(path) and not ntpath.isdir(path) and name not in _DOTS:
        real = ntpath.join(ntpath.realpath(parent), name)
    else:
        real = ntpath.realpath(path)
    return WINDOWS.key_from_path(real).rstrip("/")
