"""URIs of images: one for each bucket and key, in ASCII, percent-encoded as RFC 3986 requires.

The URI of a local file is that of RFC 8089 and Python's `Path.as_uri`. For a Windows drive and
share, it has the forms of appendixes E.2 and E.3.1. The URI of an object in S3 is
`s3://BUCKET/KEY`, and that of one in a plug-in's store `SCHEME://BUCKET/KEY`. Letters, digits,
`-._~` and slashes are not encoded.
"""

import re
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes

from imgmeta.core.file_names import to_file_name, to_key_part
from imgmeta.core.objects import BUCKET_WITH_SCHEME, ObjectLocation
from imgmeta.core.targets import LOCAL_BUCKET, is_access_point, is_presigned, split_s3_path

__all__ = ["is_legible", "is_uri", "legible_name", "location_of", "uri_of"]

_URI = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._~!$&'()*+,;=:@/-]++|%[0-9a-f]{2})*+", re.ASCII | re.IGNORECASE
)
"""RFC 3986, section 3, without query and fragment: `pchar` and slashes. Possessive quantifiers keep
the time linear."""

_LOCALHOST = re.compile("localhost(?=/)", re.IGNORECASE)
"""The host that a URI of a local file may name: RFC 8089, section 2."""

_DRIVE = re.compile("[A-Za-z]:(?=/)")
_SHARE = re.compile("//(?!localhost/)([^/]+)(?=/)", re.IGNORECASE)
"""The beginnings of keys of files on Windows: `C:/photos/a.jpg`, `//server/photos/a.jpg`."""

_LONE_SURROGATES = "surrogatepass"
"""Makes `uri_of` total; a key with a lone surrogate exists nowhere, but a message may name one."""


def uri_of(location: ObjectLocation) -> str:
    """Return the URI of an image; `location_of` is the inverse.

    A URI contains no white space, quotes or backslashes, so that shells and JSON take it unchanged.
    A key in `file://` that no path can have, which only a damaged index contains, has a URI that
    begins with `s3://file%3A%2F%2F/`.
    """
    bucket, key = location.bucket, location.key
    if bucket == LOCAL_BUCKET:
        path = _path_of(key)
        if path is not None:
            return f"{LOCAL_BUCKET}{_quoted_path(key, path)}"
    elif BUCKET_WITH_SCHEME.fullmatch(bucket):
        scheme, _, name = bucket.partition("://")
        return f"{scheme}://{_quoted(name, safe='')}/{_quoted(key)}"
    # The slashes in the ARN of an access point separate its parts, as they do in `split_s3_path`.
    name = _quoted(bucket, safe="/" if is_access_point(bucket) else "")
    return f"s3://{name}/{_quoted(key)}"


def location_of(uri: str) -> ObjectLocation:
    """Return the bucket and key of a URI that `uri_of` or another program wrote.

    Raises:
        ValueError: the text is not a URI (see `is_uri`), its bytes are not UTF-8, it has no path,
            or a bucket's name outside of S3 contains a slash.
    """
    if not is_uri(uri):
        msg = "not a URI"
        raise ValueError(msg)
    scheme, _, rest = uri.partition("://")
    scheme = scheme.lower()
    if scheme == "s3":
        return _s3_location(rest)
    if scheme == "file":
        return _file_location(rest)
    name, _, key = rest.partition("/")
    bucket = f"{scheme}://{_unquoted(name)}"
    if not BUCKET_WITH_SCHEME.fullmatch(bucket):  # else two locations would have one image ID
        msg = "the name of a bucket must not contain a slash"
        raise ValueError(msg)
    return ObjectLocation(bucket, _unquoted(key))


def is_uri(text: str) -> bool:
    """Return whether a text has a scheme, and contains only characters that a URI may contain.

    Each `%` must be followed by two hexadecimal digits. A text with a space, a `?`, a `#` or a
    character outside of ASCII is not such a URI.
    """
    return _URI.fullmatch(text) is not None


def legible_name(location: ObjectLocation) -> str:
    """Return the name of an object for people, safe to print, which commands accept as a target.

    This is `s3://BUCKET/KEY` without percent-encoding; or its URI, if a terminal would not show
    that name exactly, or a command would understand it as a URI of another object.
    """
    name = str(location)
    if is_legible(name) and (not is_uri(name) or _is_uri_of(name, location)):
        return name
    return uri_of(location)


def is_legible(name: str) -> bool:
    """Return whether a terminal shows a name exactly as a command must be given it."""
    is_escaped = not name.isprintable() or "\\" in name or name != name.strip()
    return not is_escaped and not is_presigned(name)


def _is_uri_of(name: str, location: ObjectLocation) -> bool:
    try:
        return location_of(name) == location
    except ValueError:
        return False


def _path_of(key: str) -> bytes | None:
    """Return the path with this key, without its first slash; None if no path has the key."""
    try:
        path = to_file_name(key)
    except UnicodeEncodeError:
        return None
    return path if to_key_part(path) == key else None


def _quoted_path(key: str, path: bytes) -> str:
    """Return what follows `file://` in the URI of a file."""
    if _SHARE.match(key):
        return quote_from_bytes(path[len("//") :])
    drive = _DRIVE.match(key)
    start = drive.end() if drive else 0
    return f"/{key[:start]}{quote_from_bytes(path[start:])}"


def _file_location(rest: str) -> ObjectLocation:
    path = _LOCALHOST.sub("", rest, count=1) if _LOCALHOST.match(rest) else rest
    if path.startswith("/"):
        return ObjectLocation(LOCAL_BUCKET, to_key_part(unquote_to_bytes(path[1:])))
    key = to_key_part(unquote_to_bytes(f"//{path}"))
    if not _SHARE.match(key):
        msg = "three slashes, or the name of a server, must follow file:"
        raise ValueError(msg)
    return ObjectLocation(LOCAL_BUCKET, key)


def _s3_location(rest: str) -> ObjectLocation:
    whole = ObjectLocation(*split_s3_path(_unquoted(rest)))
    if is_access_point(whole.bucket):
        return whole
    bucket, _, key = rest.partition("/")
    return ObjectLocation(_unquoted(bucket), _unquoted(key))


def _quoted(text: str, safe: str = "/") -> str:
    return quote(text, safe=safe, errors=_LONE_SURROGATES)


def _unquoted(text: str) -> str:
    return unquote(text, errors=_LONE_SURROGATES)
