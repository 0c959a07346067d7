"""Parsing of targets from paths and URIs."""

import os
import re
from importlib.util import find_spec
from urllib.parse import unquote

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import (
    LOCAL_BUCKET,
    Target,
    is_access_point,
    is_directory_bucket,
    is_presigned,
    split_s3_path,
)
from imgmeta.core.text import printable, redact_url
from imgmeta.core.uris import is_uri, location_of
from imgmeta.errors import ConfigurationError

__all__ = ["parse_target"]

_PLUGIN_BUCKET = re.compile("[A-Za-z0-9._~:-]*", re.ASCII)
"""The name of a bucket in a plug-in's store: the characters that a host and its port may have (RFC
3986, section 3.2). A user name or password would be stored in the index."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}", re.ASCII)
"""Amazon S3 User Guide, "General purpose bucket naming rules", and the rules in us-east-1 before
2018, since such buckets still exist. They match aliases of access points, too."""

_OBJECT_LAMBDA_ALIAS = "--ol-s3"
_MULTI_REGION = ".mrap"

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))

_ADVICE = "use a folder, a file or s3://bucket/prefix"


def parse_target(text: str, *, must_exist: bool = True, advice: str | None = None) -> Target:
    """Return the target at a path or URI: a folder, a file, or a prefix in S3.

    A folder means every key below it. A path that does not exist and does not end in a slash means
    one file. `s3://bucket/2026` means every key that starts with `2026`, as in the AWS CLI, and
    `s3://bucket` means every key. URIs with the scheme of a plug-in's object store mean the same.

    Args:
        text: a path, `file:///path`, `s3://bucket/prefix` or `scheme://bucket/prefix`. A URI is
            percent-decoded. After a scheme, a text that is not a URI (see `core.uris.is_uri`) is
            taken literally.
        must_exist: reject a path that does not exist. S3 is not checked.
        advice: what to use instead of a path that does not exist or a scheme that is unknown; None:
            a folder, a file or a prefix.

    Raises:
        ConfigurationError: the text is empty, its scheme is unknown, its bucket or key is invalid,
            its path does not exist or cannot be read, or it is relative to a working directory
            that was deleted.
    """
    advice = advice or _ADVICE
    if not text.startswith("/") and is_presigned(text):
        msg = "presigned URLs are not supported, since imgmeta signs its requests: use s3://bucket/key"
        raise ConfigurationError(msg)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _parse_path(text, text, advice, must_exist=must_exist)
    name = scheme[1].lower()
    if name not in {"s3", "file"}:
        return _parse_plugin(text, scheme[1], advice)
    rest = text[scheme.end() :]
    location = _locate_uri(text) if rest and is_uri(text) else None
    if name == "s3":
        return _parse_s3(location or ObjectLocation(*split_s3_path(rest)), rest)
    path = _path_of_uri(text, rest, location)
    return _parse_path(path, redact_url(rest), advice, must_exist=must_exist)


def _parse_plugin(text: str, given: str, advice: str) -> Target:
    from imgmeta.bootstrap.plugins import installed_object_stores

    scheme, rest = given.lower(), text[len(given) + len("://") :]
    installed = installed_object_stores()
    if installed.find(scheme) is None:
        others = "".join(f", or {each}://" for each in installed.schemes)
        note = installed.unreadable_note
        msg = f"unsupported scheme {given}://{note}: {advice}{others}"
        raise ConfigurationError(msg)
    name, _, key = rest.partition("/")
    name = unquote(name) if is_uri(text) else name
    if not _PLUGIN_BUCKET.fullmatch(name):
        msg = (
            f"invalid bucket in '{printable(redact_url(text))}': use a URI like "
            f"{scheme}://holiday/2026/; its name has letters, digits and ._~:-"
        )
        raise ConfigurationError(msg)
    _check_encoding(key, text)
    location = _locate_uri(text) if is_uri(text) else ObjectLocation(f"{scheme}://{name}", key)
    return Target(location.bucket, location.key)


def _locate_uri(uri: str) -> ObjectLocation:
    try:
        return location_of(uri)
    except UnicodeDecodeError as error:
        msg = (
            f"invalid key in '{printable(redact_url(uri))}': keys must be UTF-8; "
            "write %25 for a percent sign"
        )
        raise ConfigurationError(msg) from error
    except ValueError as error:
        raise ConfigurationError(_other_host(uri)) from error


def _other_host(uri: str) -> str:
    return f"invalid URI '{printable(redact_url(uri))}': use file:///path, or the path alone"


def _path_of_uri(uri: str, rest: str, location: ObjectLocation | None) -> str:
    """Return the path that a `file` URI or a literal text after `file://` names."""
    from imgmeta.adapters.filesystem.names import path_in_text, path_in_uri

    path = path_in_text(rest) if rest else ""
    if path is None:
        raise ConfigurationError(_other_host(uri))
    if location is None:
        return path
    try:
        return os.fsdecode(path_in_uri(location.key))
    except ValueError as error:
        raise ConfigurationError(_other_host(uri)) from error


def _parse_s3(location: ObjectLocation, name: str) -> Target:
    """Return the target at a location; `name` is the text after the scheme, for messages."""
    bucket, prefix = location.bucket, location.key
    if bucket == LOCAL_BUCKET:  # the URI of a key that no path can have: see `core.uris.uri_of`
        return Target(bucket, prefix, exact=True)
    if not is_access_point(bucket) and not _BUCKET.fullmatch(bucket):
        msg = (
            f"invalid bucket in '{printable(redact_url(f's3://{name}'))}': use a URI like "
            "s3://holiday or s3://holiday/2026/"
        )
        raise ConfigurationError(msg)
    if reason := _unsupported_bucket(bucket):
        msg = f"cannot index {bucket}: {reason}"
        raise ConfigurationError(msg)
    _check_encoding(prefix, f"s3://{name}")
    return Target(bucket, prefix)


def _check_encoding(key: str, uri: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError as error:
        msg = f"invalid key in '{printable(uri)}': keys must be UTF-8"
        raise ConfigurationError(msg) from error


def _unsupported_bucket(bucket: str) -> str | None:
    """Return the reason that a kind of bucket or access point is not supported, or None."""
    if is_directory_bucket(bucket):
        return "S3 does not list keys of directory buckets in order: use a general purpose bucket"
    if ":s3-object-lambda:" in bucket or bucket.endswith(_OBJECT_LAMBDA_ALIAS):
        return "S3 Object Lambda can change objects: use the bucket or its access point"
    if bucket.endswith(_MULTI_REGION) and is_access_point(bucket) and not find_spec("awscrt"):
        return "multi-Region access points need awscrt: pip install 'botocore[crt]'"
    return None


def _parse_path(path: str, shown: str, advice: str, *, must_exist: bool) -> Target:
    """Return the target at a path; `shown` is the path for messages."""
    if not path:
        msg = f"the path is empty: {advice}"
        raise ConfigurationError(msg)
    if "\0" in path:
        msg = f"'{printable(shown)}' does not exist, since no path contains NUL: {advice}"
        raise ConfigurationError(msg)
    if not path.startswith("/"):
        _check_working_directory()
    if must_exist:
        _check_existence(path, printable(shown), advice)
    from imgmeta.adapters.filesystem import locate

    location = locate(path)
    # Path.is_dir raises if the name is too long or the folder cannot be searched.
    if not os.path.isdir(path) and not path.endswith(_SEPARATORS):  # noqa: PTH112 - as above
        return Target(location.bucket, location.key, exact=True)
    return Target(location.bucket, f"{location.key}/" if location.key else "")


def _check_working_directory() -> None:
    try:
        os.getcwd()  # noqa: PTH109 - this module uses no Path
    except FileNotFoundError as error:
        msg = "the working directory was deleted: change to another one, or use absolute paths"
        raise ConfigurationError(msg) from error


def _check_existence(path: str, shown: str, advice: str) -> None:
    try:
        os.lstat(path)
    except PermissionError as error:
        msg = f"permission denied for '{shown}': check the permissions of its folders"
        raise ConfigurationError(msg) from error
    except OSError as error:
        msg = f"'{shown}' does not exist: {advice}"
        raise ConfigurationError(msg) from error
