"""Ranges of keys, as parameters of statements."""

__all__ = ["key_range", "successor"]

_LAST_CHARACTER = "\U0010ffff"
_SURROGATES = 0xD800
_AFTER_SURROGATES = 0xE000


def key_range(prefix: str, after: str | None = None) -> tuple[bytes, str | bytes]:
    """Return the range of keys that start with `prefix` and follow `after`: start, and end.

    The end is exclusive. For a range without an upper bound it is an empty BLOB: SQLite sorts every
    BLOB after every text.
    """
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return b"", ""  # a lone surrogate: no key contains one
    start = prefix.encode()
    if after is not None:
        start = max(start, successor(after))
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return start, b""
    next_code = ord(stem[-1]) + 1
    return start, stem[:-1] + chr(_AFTER_SURROGATES if next_code == _SURROGATES else next_code)


def successor(key: str) -> bytes:
    """Return the text that sorts directly after `key`, which may have damaged bytes."""
    return key.encode(errors="surrogateescape") + b"\0"
