"""Conversion of command-line values to the types that the use cases take."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from imgmeta.core.targets import LOCAL_BUCKET, Target, suffix_filter
from imgmeta.core.text import printable, redact_url
from imgmeta.errors import ConfigurationError

__all__ = [
    "accept_request_payer",
    "bucket_target",
    "check_suffix",
    "image_or_prefix",
    "parse_image_id",
    "parse_time",
    "shown_target",
    "single_image",
]

_IMAGE_ID = re.compile(r"[0-9a-f]{32}")
_AGE = re.compile(r"([0-9]{1,6})([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def parse_time(text: str, now: datetime) -> datetime:
    """Return the UTC time that `text` means.

    Args:
        text: an ISO 8601 date, or date and time, in UTC unless it has an offset; or an age in days,
            hours or minutes, such as `7d`, `24h` or `30m`.
        now: the current time, timezone-aware.

    Raises:
        ConfigurationError: `text` has another form, or the time is out of range.
    """
    try:
        if age := _AGE.fullmatch(text):
            return now - int(age[1]) * _UNITS[age[2]]
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = (
            f"invalid time '{printable(text)}': use 2026-11-01, 2026-11-01T12:00, "
            "2026-11-01T12:00+02:00, or 7d for seven days ago"
        )
        raise ConfigurationError(msg) from error


def check_suffix(target: Target, text: str, suffixes: Collection[str]) -> Target:
    """Return `target`, unless it is a single file whose suffix is not indexed.

    Raises:
        ConfigurationError: the suffix is not indexed.
    """
    if target.exact and not suffix_filter(suffixes)(target.prefix):
        known = ", ".join(sorted(suffixes))
        msg = f"cannot index {shown_target(text)}: pass an image with one of the suffixes {known}"
        raise ConfigurationError(msg)
    return target


def image_or_prefix(target: Target, text: str, suffixes: Collection[str]) -> Target:
    """Return `target`; treat an S3 URI whose last part has a suffix as a complete key.

    Raises:
        ConfigurationError: it is a single file or key whose suffix is not indexed.
    """
    is_key = target.bucket != LOCAL_BUCKET and "." in target.prefix.rpartition("/")[2]
    return check_suffix(replace(target, exact=target.exact or is_key), text, suffixes)


def shown_target(text: str) -> str:
    """Return a target as given, safe to print; without user name, password and query if a URL."""
    is_file_uri = text.lower().startswith("file://")
    return printable(redact_url(text) if is_file_uri else text)


def bucket_target(target: Target, text: str) -> Target:
    """Return `target` if it is in S3.

    Raises:
        ConfigurationError: `target` is a path.
    """
    if target.bucket == LOCAL_BUCKET:
        msg = f"{shown_target(text)} is not in S3: pass s3://bucket/prefix"
        raise ConfigurationError(msg)
    return target


def single_image(target: Target, text: str) -> Target:
    """Return `target` as a single key; treat an S3 prefix as a complete key.

    Raises:
        ConfigurationError: `target` is a folder, a bucket, or a prefix that ends in a slash.
    """
    if target.exact:
        return target
    if target.bucket == LOCAL_BUCKET:
        msg = f"{shown_target(text)} is a folder: pass one image"
        raise ConfigurationError(msg)
    if not target.prefix or target.prefix.endswith("/"):
        msg = f"{shown_target(text)} is not an image: pass a key, such as s3://{target.bucket}/key.jpg"
        raise ConfigurationError(msg)
    return replace(target, exact=True)


def parse_image_id(text: str, parse: Callable[[str], Target]) -> str:
    """Return `text` if it is an image ID, else the ID of the image at that path or URI.

    Raises:
        ConfigurationError: `text` is neither.
    """
    return text if _IMAGE_ID.fullmatch(text) else single_image(parse(text), text).location.image_id


def accept_request_payer(arguments: Sequence[str]) -> list[str]:
    """Return command-line arguments with the AWS CLI's `--request-payer requester` as a flag."""
    flag, accepted = "--request-payer", list[str]()
    for argument in arguments:
        if argument == "requester" and accepted[-1:] == [flag]:
            continue
        accepted.append(flag if argument == f"{flag}=requester" else argument)
    return accepted
