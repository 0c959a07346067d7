"""Targets of a command, and the file name suffixes that are indexed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from imgmeta.core.objects import ObjectLocation

__all__ = ["IMAGE_SUFFIXES", "LOCAL_BUCKET", "Target", "is_directory_bucket", "suffix_filter"]

LOCAL_BUCKET = "file://"
"""The bucket of the local file system: bucket, slash and key form a file's URI."""

IMAGE_SUFFIXES = frozenset(
    [
        *("avif", "heic", "heif", "hif"),
        *("jpg", "jpeg", "jpe", "jfif"),
        *("tif", "tiff"),
        *("bmp", "dib", "gif", "png", "webp"),
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


def is_directory_bucket(name: str) -> bool:
    """Return whether a bucket is a directory bucket or an access point of one, by its name.

    S3 does not list their keys in order, so that they cannot be compared with the index. Sources:
    Amazon S3 User Guide, "Directory bucket naming rules" and "Access points for directory buckets";
    Amazon S3 API Reference, ListObjectsV2.
    """
    return name.endswith(("--x-s3", "--xa-s3"))


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
