"""Conversion between paths and keys, one to one.

A path is bytes, a key is text. A name in valid UTF-8 is its own key. Each byte that is not part of
valid UTF-8 becomes one private-use character, U+EF00 plus the byte (the OPTU-8 mapping of MirBSD).
To keep this reversible, characters of that range in a name are converted byte by byte as well.
Unicode is not normalized: two names are two keys.
"""

import os
import re

__all__ = ["key_from_path", "object_path", "path_from_key", "to_file_name", "to_key_part"]

_ESCAPES = re.compile("[\uef80-\uefff]")
_SURROGATES = re.compile("[\udc80-\udcff]")
_TO_ESCAPES = {0xDC00 + byte: 0xEF00 + byte for byte in range(0x80, 0x100)}
_TO_SURROGATES = {escape: surrogate for surrogate, escape in _TO_ESCAPES.items()}

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


def to_key_part(name: bytes) -> str:
    """Convert a file name, or part of a path, to a part of a key."""
    if name.isascii():
        return name.decode("ascii")
    text = name.decode("utf-8", "surrogateescape")
    escaped = _ESCAPES.sub(_escape_bytes, text)
    return escaped.translate(_TO_ESCAPES) if _SURROGATES.search(escaped) else escaped


def to_file_name(name: str) -> bytes:
    """Convert a part of a key to a file name, or part of a path.

    Raises:
        UnicodeEncodeError: the part contains a lone surrogate.
    """
    plain = name.encode()
    if plain.isascii() or not _ESCAPES.search(name):
        return plain
    return name.translate(_TO_SURROGATES).encode("utf-8", "surrogateescape")


def _escape_bytes(match: re.Match[str]) -> str:
    return match[0].encode().decode("ascii", "surrogateescape")
