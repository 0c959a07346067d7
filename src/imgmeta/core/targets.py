"""Targets of a command, and the file name suffixes that are indexed."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from imgmeta.core.objects import BUCKET_WITH_SCHEME, ObjectLocation

__all__ = [
    "IMAGE_SUFFIXES",
    "LOCAL_BUCKET",
    "Target",
    "is_access_point",
    "is_directory_bucket",
    "is_plugin_bucket",
    "is_presigned",
    "is_web_url",
    "outermost",
    "split_s3_path",
    "suffix_filter",
]

LOCAL_BUCKET = "file://"
"""The bucket of the local file system: bucket, slash and key form a file's URI."""

_ACCESS_POINT = re.compile(
    r"(?P<account>arn:aws[a-z-]*:s3(?:-object-lambda)?:[a-z0-9-]*:[0-9]{12}(?!:outpost)"
    r"|arn:aws[a-z-]*:s3-outposts:[a-z0-9-]+:[0-9]{12}(?=:outpost))"
    r":(?:outpost[:/](?P<outpost>op-[a-z0-9]{1,62})[:/])?"
    r"accesspoint[:/](?P<name>[a-z0-9][a-z0-9.-]{2,62})",
    re.ASCII,
)
"""Amazon S3 User Guide, "Referencing access points", with the ARNs of multi-Region access points
(without a region), and those in S3 on Outposts and S3 Object Lambda. Colons may separate the parts
of a resource, too: `accesspoint:NAME`."""

_WEB = re.compile("https?://", re.IGNORECASE)

_PRESIGNED = re.compile(
    r"[?&](X-Amz-(Signature|Credential|Security-Token)|Signature)=", re.IGNORECASE
)
"""Parameters of presigned URLs: Amazon S3 API Reference, "Authenticating Requests: Using Query
Parameters", and "Query string request authentication alternative" of signature version 2."""

IMAGE_SUFFIXES = frozenset(
    [
        *("avif", "heic", "heif", "hif", "jxl"),
        *("jpg", "jpeg", "jpe", "jfif"),
        *("tif", "tiff"),
        *("bmp", "dib", "gif", "png", "webp"),
        *("3fr", "arw", "cr2", "cr3", "dng", "iiq", "nef", "nrw"),
        *("orf", "pef", "raf", "rw2", "sr2", "srw"),
    ]
)
"""Suffixes of the supported formats, in lower case, without the dot."""


@dataclass(frozen=True, slots=True)
class Target:
    """All keys of a bucket that start with `prefix`; if `exact`, only the key `prefix`."""

    bucket: str
    prefix: str = ""
    exact: bool = False

    @property
    def location(self) -> ObjectLocation:
        """The location of an exact target."""
        return ObjectLocation(self.bucket, self.prefix)


def outermost(targets: Sequence[Target]) -> list[Target]:
    """Return the targets without duplicates, and without folders and prefixes inside of others.

    Exact targets stay: whoever names a key wants to know about it, for example that it is missing.
    """
    wide = [each for each in targets if not each.exact]

    def is_covered(target: Target) -> bool:
        return not target.exact and any(
            other.bucket == target.bucket
            and other.prefix != target.prefix
            and target.prefix.startswith(other.prefix)
            for other in wide
        )

    return [each for each in dict.fromkeys(targets) if not is_covered(each)]


def is_access_point(name: str) -> bool:
    """Return whether a bucket's name is the ARN of an access point, as from `split_s3_path`."""
    match = _ACCESS_POINT.fullmatch(name)
    return match is not None and _normalized(match) == name


def split_s3_path(path: str) -> tuple[str, str]:
    """Return the bucket and the key in the path of an S3 URI, `bucket/key`.

    The bucket may be the ARN of an access point, which itself contains slashes. Slashes then also
    replace the colons in its resource, so that each access point has one name.
    """
    match = _ACCESS_POINT.match(path)
    if match is None or path[match.end() :][:1] not in {"", "/"}:
        bucket, _, key = path.partition("/")
        return bucket, key
    return _normalized(match), path[match.end() + 1 :]


def _normalized(access_point: re.Match[str]) -> str:
    account, outpost, name = access_point.group("account", "outpost", "name")
    return f"{account}:{f'outpost/{outpost}/' if outpost else ''}accesspoint/{name}"


def is_directory_bucket(name: str) -> bool:
    """Return whether a bucket is a directory bucket or an access point of one, by its name.

    S3 does not list their keys in order, so that they cannot be compared with the index. Sources:
    Amazon S3 User Guide, "Directory bucket naming rules" and "Access points for directory buckets";
    Amazon S3 API Reference, ListObjectsV2.
    """
    return name.endswith(("--x-s3", "--xa-s3"))


def is_plugin_bucket(name: str) -> bool:
    """Return whether a bucket is in the object store of a plug-in, such as `gs://holiday`."""
    return name != LOCAL_BUCKET and BUCKET_WITH_SCHEME.fullmatch(name) is not None


def is_presigned(text: str) -> bool:
    """Return whether a text may be a presigned URL, which contains a secret."""
    return _PRESIGNED.search(text) is not None


def is_web_url(text: str) -> bool:
    """Return whether a text starts as an `http` or `https` URL does."""
    return _WEB.match(text) is not None


def suffix_filter(suffixes: Collection[str]) -> Callable[[str], bool]:
    """Return a predicate for keys that end in a dot and one of `suffixes`, ignoring case.

    Args:
        suffixes: lower case, without the dot. A suffix starts at the last dot, so `tar.gz` never
            matches.
    """
    wanted = frozenset(suffixes)

    def is_indexed(key: str) -> bool:
        _, dot, suffix = key.rpartition(".")
        return bool(dot) and suffix.lower() in wanted

    return is_indexed
