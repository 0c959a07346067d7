"""Text from outside: cleaned before it is stored, escaped before it is shown."""

import unicodedata

__all__ = ["MAX_TEXT", "clean_text", "printable", "shorten"]

MAX_TEXT = 256
"""Longest text, in characters, that is kept from an image's metadata."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str, *, limit: int = MAX_TEXT) -> str | None:
    """Return what a person would read in `text` from an image file, or None if that is nothing.

    The text ends at its first NUL, as in C. Control characters, lone surrogates and the
    replacement characters of a failed decoding are dropped, blanks at both ends are stripped, and
    at most `limit` characters remain.
    """
    text = text.partition("\0")[0]
    if not text.isprintable() or _REPLACEMENT in text:
        text = "".join(c for c in text if not _is_noise(c))
    return text.strip()[:limit].rstrip() or None


def _is_noise(character: str) -> bool:
    return character == _REPLACEMENT or unicodedata.category(character) in {"Cc", "Cs", "Cn"}


def printable(text: str) -> str:
    r"""Return `text` on one line, with everything that is not plainly visible escaped.

    Terminal escapes, newlines, bidirectional overrides, private-use and unassigned characters
    become `\x1b`, `\n`, `\u202e` and the like. A backslash is doubled, so that two different texts
    never look the same.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_escaped(c) for c in text)


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def shorten(text: str, limit: int) -> str:
    """Return `text`, cut to at most `limit` characters, an ellipsis standing for what was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"[:limit]
