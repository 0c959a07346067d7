"""Conversion of command-line values to the types that the use cases take."""

import os
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import (
    LOCAL_BUCKET,
    Target,
    is_plugin_bucket,
    split_s3_path,
    suffix_filter,
)
from imgmeta.core.text import printable, redact_url
from imgmeta.core.uris import is_uri, location_of
from imgmeta.errors import ConfigurationError

__all__ = [
    "accept_request_payer",
    "bucket_target",
    "check_suffix",
    "exact_location",
    "image_or_prefix",
    "literal_location",
    "local_folder",
    "parse_image_id",
    "shown_target",
    "single_image",
]

_IMAGE_ID = re.compile(r"[0-9a-f]{32}")


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
        ConfigurationError: `target` is a path, or in the object store of a plug-in.
    """
    if target.bucket == LOCAL_BUCKET or is_plugin_bucket(target.bucket):
        msg = f"{shown_target(text)} is not in S3: pass s3://bucket/prefix"
        raise ConfigurationError(msg)
    return target


def local_folder(target: Target, text: str) -> Target:
    """Return `target` if it is a local folder.

    Raises:
        ConfigurationError: `target` is in S3, or is a file.
    """
    if target.bucket != LOCAL_BUCKET:
        msg = (
            f"cannot watch {shown_target(text)}: pass a local folder; `imgmeta deploy` creates a "
            "function that indexes a bucket's uploads"
        )
        raise ConfigurationError(msg)
    if target.exact:
        msg = f"{shown_target(text)} is not a folder: pass the folder that contains it"
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
        example = ObjectLocation(target.bucket, "key.jpg")
        msg = f"{shown_target(text)} is not an image: pass a key, such as {example}"
        raise ConfigurationError(msg)
    return replace(target, exact=True)


def parse_image_id(text: str, parse: Callable[[str], Target]) -> str:
    """Return `text` if it is an image ID, else the ID of the image at that path or URI.

    Raises:
        ConfigurationError: `text` is neither.
    """
    return text if _IMAGE_ID.fullmatch(text) else single_image(parse(text), text).location.image_id


def exact_location(text: str, working_directory: str) -> ObjectLocation | None:
    """Return the location that a printed path or `file:` URI had, even if it now leads elsewhere.

    After a folder was replaced by a link, the records of its files keep their keys until the next
    sync, but `parse_target` follows the link. None for an object in S3.

    Args:
        text: a path or URI that `parse_target` accepts.
        working_directory: the prefix of the keys in the working directory.
    """
    if text.lower().startswith("file://"):
        path = text.partition("://")[2]
        return location_of(text) if is_uri(text) else _location_in_text(path)
    if "://" in text:
        return None
    if os.path.isabs(text):  # noqa: PTH117 - Path would normalize it
        return _location_of_path(text)
    from imgmeta.adapters.filesystem.names import relative_key  # noqa: PLC0415 - imported late

    return ObjectLocation(LOCAL_BUCKET, working_directory + relative_key(text.removeprefix("./")))


def _location_in_text(text: str) -> ObjectLocation | None:
    from imgmeta.adapters.filesystem.names import path_in_text  # noqa: PLC0415 - as above

    path = path_in_text(text)
    return None if path is None else _location_of_path(path)


def _location_of_path(path: str) -> ObjectLocation | None:
    from imgmeta.adapters.filesystem.names import key_from_path  # noqa: PLC0415 - as above

    try:
        return ObjectLocation(LOCAL_BUCKET, key_from_path(path))
    except ValueError:
        return None


def literal_location(text: str) -> ObjectLocation | None:
    """Return the location that a URI would name if it were not percent-decoded.

    None if it is not a URI, or contains no percent sign.
    """
    scheme, _, rest = text.partition("://")
    if "%" not in rest or not is_uri(text):
        return None
    if scheme.lower() == "s3":
        return ObjectLocation(*split_s3_path(rest))
    if scheme.lower() == "file":
        return _location_in_text(rest)
    name, _, key = rest.partition("/")
    return ObjectLocation(f"{scheme.lower()}://{name}", key)


def accept_request_payer(arguments: Sequence[str]) -> list[str]:
    """Return command-line arguments with the AWS CLI's `--request-payer requester` as a flag."""
    flag, accepted = "--request-payer", list[str]()
    for argument in arguments:
        if argument == "requester" and accepted[-1:] == [flag]:
            continue
        accepted.append(flag if argument == f"{flag}=requester" else argument)
    return accepted
