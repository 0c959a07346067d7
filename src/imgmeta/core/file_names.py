"""Conversion between file names, which are bytes, and parts of keys, which are text, one to one.

A name in valid UTF-8 is its own key. Each byte that is not part of valid UTF-8 becomes one
private-use character, U+EF00 plus the byte (the OPTU-8 mapping of MirBSD). To keep this reversible,
characters of that range in a name are converted byte by byte as well. Unicode is not normalized:
two names are two keys.
"""

import re

__all__ = ["to_file_name", "to_key_part"]

_ESCAPES = re.compile("[\uef80-\uefff]")
_SURROGATES = re.compile("[\udc80-\udcff]")
_TO_ESCAPES = {0xDC00 + byte: 0xEF00 + byte for byte in range(0x80, 0x100)}
_TO_SURROGATES = {escape: surrogate for surrogate, escape in _TO_ESCAPES.items()}


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
