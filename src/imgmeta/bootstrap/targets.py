"""What a person names, made into a target."""

import os
import re

from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["parse_target"]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}", re.ASCII)
"""Amazon S3 User Guide, "General purpose bucket naming rules", and what they were in us-east-1
before 2018: there are such buckets still. An ARN is not taken, since S3's events do not name it."""

_KINDS = "give a folder, a file or s3://bucket/prefix"


def parse_target(text: str, *, must_exist: bool = True) -> Target:
    """Return the target that a person named: a folder, a file, the URI of one, or keys in S3.

    A folder means every key below it. What is neither there nor ends in a slash means one file.
    `s3://bucket/2026` means every key that starts with `2026`, as it does for AWS's own tools, and
    `s3://bucket` means every key.

    Args:
        text: a path, `file:///path` or `s3://bucket/prefix`; unescaped.
        must_exist: refuse a path where there is nothing. S3 is not asked here.

    Raises:
        ConfigurationError: the text is empty, has an unknown scheme or names no bucket, or nothing
            can be seen there.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _local(text, must_exist=must_exist)
    rest = text[scheme.end() :]
    kind = scheme[1].lower()
    if kind == "s3":
        return _in_s3(rest)
    if kind != "file":
        msg = f"imgmeta knows no targets of the kind {scheme[1]}://: {_KINDS}"
        raise ConfigurationError(msg)
    return _local(rest, must_exist=must_exist)


def _in_s3(name: str) -> Target:
    bucket, _, prefix = name.partition("/")
    if not _BUCKET.fullmatch(bucket):
        msg = (
            f"'s3://{printable(name)}' names no bucket: give one like s3://holiday, or what is in "
            "it like s3://holiday/2026/"
        )
        raise ConfigurationError(msg)
    try:
        prefix.encode()
    except UnicodeEncodeError as error:
        msg = f"'s3://{printable(name)}' names no objects: their keys are UTF-8"
        raise ConfigurationError(msg) from error
    return Target(bucket, prefix)


def _local(path: str, *, must_exist: bool) -> Target:
    if not path:
        msg = f"an empty path names nothing: {_KINDS}"
        raise ConfigurationError(msg)
    if must_exist:
        _check_presence(path)
    from imgmeta.adapters.filesystem import locate

    location = locate(path)
    # Path.is_dir raises for a name that is too long, or in a folder that may not be searched.
    if not os.path.isdir(path) and not path.endswith("/"):  # noqa: PTH112 - as above
        return Target(location.bucket, location.key, exact=True)
    return Target(location.bucket, f"{location.key}/".removeprefix("/"))


def _check_presence(path: str) -> None:
    try:
        os.lstat(path)
    except PermissionError as error:
        msg = f"cannot look at '{printable(path)}': see that you may search the folders on the way"
        raise ConfigurationError(msg) from error
    except (OSError, ValueError) as error:  # a NUL is a ValueError
        msg = f"there is nothing at '{printable(path)}': {_KINDS} that is there"
        raise ConfigurationError(msg) from error
