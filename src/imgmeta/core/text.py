"""Functions that clean untrusted text before it is stored and escape it before it is printed."""

import re
import unicodedata

__all__ = [
    "MAX_TEXT",
    "clean_text",
    "counted",
    "file_size",
    "printable",
    "redact_url",
    "redact_urls",
    "shorten",
]

MAX_TEXT = 256
"""Maximum length in characters of a text from an image's metadata."""

_KILO = 1000
_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")

_REDACTED = "***"

_QUERY = re.compile("[?#]")
"""The start of a query or fragment: RFC 3986, appendix B."""

_URL_IN_TEXT = re.compile(
    r"(?!(?:s3|file)://)\b[a-z][a-z0-9+.-]{0,30}://[^\s'\"`<>]+", re.IGNORECASE
)
"""A URL in a text. Those of objects and files are left out: a key may contain any character."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str, *, limit: int = MAX_TEXT) -> str | None:
    """Return the readable part of `text` from an image file, or None if it is empty.

    The text ends at its first NUL, as in C. Control characters, lone surrogates and the
    replacement characters of a failed decoding are removed, white space at both ends is stripped,
    and at most `limit` characters remain.
    """
    text = text.partition("\0")[0]
    if not text.isprintable() or _REPLACEMENT in text:
        text = "".join(c for c in text if not _is_unreadable(c))
    return text.strip()[:limit].rstrip() or None


def _is_unreadable(character: str) -> bool:
    return character == _REPLACEMENT or unicodedata.category(character) in {"Cc", "Cs", "Cn"}


def printable(text: str) -> str:
    r"""Return `text` on one line, with all invisible characters escaped.

    Terminal escapes, newlines, bidirectional overrides, private-use and unassigned characters
    become `\x1b`, `\n`, `\u202e` and so on. A backslash is doubled, so that different texts always
    look different.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_escape(c) for c in text)


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def shorten(text: str, limit: int) -> str:
    """Return `text`, truncated to `limit` characters with a final ellipsis if it is longer."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"[:limit]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed: `1 image`, `2,000 images`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def file_size(size: int) -> str:
    """Return a number of bytes in decimal units, to three significant digits: `4.21 MB`."""
    if size < _KILO:
        return "1 byte" if size == 1 else f"{size} bytes"
    value, units = size / _KILO, iter(_UNITS)
    unit = next(units)
    for larger in units:
        if value < _KILO - 0.5:
            break
        value, unit = value / _KILO, larger
    return f"{value:.0f} {unit}" if value >= _KILO / 10 else f"{value:#.3g} {unit}"


def redact_url(url: str) -> str:
    """Return a URL without user name, password, query and fragment, which may be secret.

    The URL may be invalid. If an `@` follows the first slash, it is unclear where a password ends,
    and only the scheme remains.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    before_query = _QUERY.split(rest, 1)[0]
    query = rest[len(before_query) :]
    authority, slash, path = before_query.partition("/")
    if "@" in path + query:
        return scheme + separator + _REDACTED
    userinfo, at, host = authority.rpartition("@")
    shown = (_REDACTED if userinfo else "") + at + host + slash + path
    return scheme + separator + shown + (query[:1] + _REDACTED if query else "")


def redact_urls(text: str) -> str:
    """Return a text whose URLs are redacted as by `redact_url`, except for `s3:` and `file:`."""
    return _URL_IN_TEXT.sub(lambda match: redact_url(match[0]), text)
