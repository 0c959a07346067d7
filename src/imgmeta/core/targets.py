"""Which keys are meant: a target in a bucket, and the suffixes of the formats that are indexed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from imgmeta.core.objects import ObjectLocation

__all__ = ["IMAGE_SUFFIXES", "LOCAL_BUCKET", "Target", "suffix_filter"]

LOCAL_BUCKET = "file://"
"""The one bucket that holds the local file system: bucket, slash and key make a file's URI."""

IMAGE_SUFFIXES = frozenset(
    [
        *("avif", "heic", "heif", "hif"),
        *("jpg", "jpeg", "jpe", "jfif"),
        *("tif", "tiff"),
        *("bmp", "dib", "gif", "png", "webp"),
    ]
)
"""Suffixes of the formats that imgmeta reads, in lower case, without the dot."""


@dataclass(frozen=True, slots=True)
class Target:
    """All keys of a bucket that start with `prefix`; or, if `exact`, the key `prefix` alone."""

    bucket: str
    prefix: str = ""
    exact: bool = False

    @property
    def location(self) -> ObjectLocation:
        """The one place that an exact target means."""
        return ObjectLocation(self.bucket, self.prefix)


def suffix_filter(suffixes: Collection[str]) -> Callable[[str], bool]:
    """Return the predicate of the keys that end in a dot and one of `suffixes`, in any case.

    Args:
        suffixes: lower case, without the dot. `tar.gz` is none: the suffix starts at the last dot.
    """
    wanted = frozenset(suffixes)

    def is_indexed(key: str) -> bool:
        _, dot, suffix = key.rpartition(".")
        return bool(dot) and suffix.lower() in wanted

    return is_indexed
