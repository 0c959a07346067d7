"""Paths and keys: every path has one key, and every key that has a path has one.

A path is bytes, a key is text. Where a name is valid UTF-8, its key is that text. Each byte that
is not part of valid UTF-8 becomes one private-use character, U+EF00 plus the byte (the mapping
OPTU-8 of MirBSD); so that this can be undone, a name's own characters of that range are treated
byte by byte in the same way. No normal form is applied: two names are two keys.
"""

import os
import re

__all__ = ["key_of", "name_in_key", "name_on_disk", "path_of", "path_of_possible"]

_ESCAPES = re.compile("[\uef80-\uefff]")
_SURROGATES = re.compile("[\udc80-\udcff]")
_TO_ESCAPES = {0xDC00 + byte: 0xEF00 + byte for byte in range(0x80, 0x100)}
_TO_SURROGATES = {escape: surrogate for surrogate, escape in _TO_ESCAPES.items()}

_NEVER_NAMES = frozenset({"", ".", ".."})


def key_of(path: bytes | str | os.PathLike[str]) -> str:
    """Return the key of an absolute path: the path without its first slash, as text.

    Nothing is looked up, and nothing is resolved or tidied.

    Raises:
        ValueError: the path is not absolute.
    """
    raw = os.fsencode(path)
    if not raw.startswith(b"/"):
        msg = "only an absolute path has a key"
        raise ValueError(msg)
    return name_in_key(raw[1:])


def path_of(key: str) -> bytes:
    """Return the absolute path of which `key_of` makes this key.

    Raises:
        ValueError: the key has no UTF-8 form, or no path has this key.
    """
    path = b"/" + name_on_disk(key)
    if key_of(path) != key:
        msg = "no path has this key"
        raise ValueError(msg)
    return path


def path_of_possible(key: str) -> bytes | None:
    """Return the path of a key that can name an object, None for any other.

    A key with an empty component, `.`, `..` or NUL can name none: it would be another name for an
    object that has one already.
    """
    if "\0" in key or not _NEVER_NAMES.isdisjoint(key.split("/")):
        return None
    try:
        return path_of(key)
    except ValueError:
        return None


def name_in_key(name: bytes) -> str:
    """Return a part of a path as it stands in a key."""
    if name.isascii():
        return name.decode("ascii")
    text = name.decode("utf-8", "surrogateescape")
    escaped = _ESCAPES.sub(_byte_by_byte, text)
    return escaped.translate(_TO_ESCAPES) if _SURROGATES.search(escaped) else escaped


def name_on_disk(name: str) -> bytes:
    """Return a part of a key as it stands in a path.

    Raises:
        UnicodeEncodeError: it holds a lone surrogate, as no key does.
    """
    plain = name.encode()
    if plain.isascii() or not _ESCAPES.search(name):
        return plain
    return name.translate(_TO_SURROGATES).encode("utf-8", "surrogateescape")


def _byte_by_byte(match: re.Match[str]) -> str:
    return match[0].encode().decode("ascii", "surrogateescape")
