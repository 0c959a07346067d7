"""Values in events: paths in decoded JSON, and text from outside that becomes a hint."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import normalize_sequencer
from imgmeta.core.targets import is_access_point
from imgmeta.core.text import printable, shorten
from imgmeta.errors import InvalidEventError

__all__ = [
    "MAX_S3_KEY",
    "as_list",
    "decode_key",
    "list_at",
    "location_of",
    "major_version",
    "shown_value",
    "text_at",
    "time_of",
    "to_sequencer",
    "value_at",
]

MAX_S3_KEY = 1_024
"""Maximum length of a key in bytes of UTF-8: Amazon S3 User Guide, "Naming Amazon S3 objects"."""

_MAX_VALUE = 64

_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
"""Amazon S3 User Guide, "Bucket naming rules", with the longer names of old buckets."""


def value_at(value: object, *path: str) -> object:
    """Return the value at a path of names in a decoded JSON value; None if there is none."""
    for name in path:
        value = cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
    return value


def list_at(value: object, name: str) -> list[object] | None:
    """Return the list with this name in a decoded JSON object; None if there is none."""
    return as_list(value_at(value, name))


def as_list(value: object) -> list[object] | None:
    """Return a decoded JSON value if it is a list."""
    return cast("list[object]", value) if isinstance(value, list) else None


def text_at(value: object, *path: str) -> str:
    """Return the text at a path of names.

    Raises:
        InvalidEventError: it is missing, empty or not text.
    """
    text = value_at(value, *path)
    if not isinstance(text, str) or not text:
        msg = f"{'.'.join(path)} is {'empty' if text == '' else 'missing or not text'}"
        raise InvalidEventError(msg)
    return text


def location_of(bucket: str, key: str) -> ObjectLocation:
    """Return the location of an object in S3.

    Raises:
        InvalidEventError: the bucket or the key is invalid.
    """
    if not _BUCKET.fullmatch(bucket) and not is_access_point(bucket):
        msg = f"invalid bucket name {shown_value(bucket)}"
        raise InvalidEventError(msg)
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        msg = "the key cannot be encoded as UTF-8"
        raise InvalidEventError(msg) from error
    if length > MAX_S3_KEY:
        msg = f"the key is {length:,} bytes long; S3 allows {MAX_S3_KEY:,}"
        raise InvalidEventError(msg)
    return ObjectLocation(bucket, key)


def decode_key(decode: Callable[[str, str, str], str], key: str) -> str:
    """Return a key decoded with `unquote` or `unquote_plus`.

    Raises:
        InvalidEventError: the result is not UTF-8.
    """
    try:
        return decode(key, "utf-8", "strict")
    except UnicodeDecodeError as error:
        msg = "the key is not URL-encoded UTF-8"
        raise InvalidEventError(msg) from error


def to_sequencer(value: object) -> str | None:
    """Return the normalized sequencer; None if the value is not a sequencer."""
    return normalize_sequencer(value) if isinstance(value, str) else None


def time_of(value: object) -> datetime | None:
    """Return the time in UTC; None if the value is not a time with an offset."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # not a time, or out of range in UTC
        return None


def major_version(version: object) -> str:
    """Return the text before the first dot of a version; empty if it is not text."""
    return version.partition(".")[0] if isinstance(version, str) else ""


def shown_value(value: object) -> str:
    """Return a value as short text that is safe to print."""
    if not isinstance(value, str):
        return "not text"
    return shorten(printable(value[: _MAX_VALUE + 1]), _MAX_VALUE)
