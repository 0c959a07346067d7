"""Objects in a bucket: locations, observations and listings."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from imgmeta.core.identity import image_id

__all__ = [
    "ARCHIVE_CLASSES",
    "BUCKET_WITH_SCHEME",
    "FIRST_BLOCK",
    "INTELLIGENT_TIERING",
    "LAST_BLOCK",
    "AbsentObject",
    "ByteSource",
    "ListedObject",
    "Listing",
    "ObjectLocation",
    "Observation",
    "PresentObject",
    "UnlistedObject",
    "UnlistedPrefix",
]


BUCKET_WITH_SCHEME = re.compile(r"file://|(?!(?:s3|file):)[a-z][a-z0-9+.-]*://[^/]*", re.ASCII)
"""The bucket of another store than S3: that of the local file system, or one of a plug-in, such as
`gs://holiday`. No bucket in S3 has a colon and slashes in its name, so that they never collide."""

FIRST_BLOCK = 128 * 1024
"""Bytes of an object that are fetched first: almost every image's header fits into them."""

LAST_BLOCK = 16 * 1024
"""Bytes at an object's end in which the end of the image is found, even before a short trailer."""

ARCHIVE_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects must be restored before they can be read: Amazon S3 User Guide,
"Understanding and managing Amazon S3 storage classes". Glacier Instant Retrieval is not among them.
"""

INTELLIGENT_TIERING = "INTELLIGENT_TIERING"
"""The storage class whose objects may be archived, which a listing does not show."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectLocation:
    """A bucket and a key in it.

    `file://` is the bucket of the local file system, and `gs://holiday` one of a plug-in.
    """

    bucket: str
    key: str

    @property
    def image_id(self) -> str:
        """The ID of the image at this location."""
        return image_id(self.bucket, self.key)

    def __str__(self) -> str:
        """Return the location's URI, not escaped, so not safe to print."""
        scheme = "" if BUCKET_WITH_SCHEME.fullmatch(self.bucket) else "s3://"
        return f"{scheme}{self.bucket}/{self.key}"


class ByteSource(Protocol):
    """The bytes of one state of one object, read in ranges."""

    @property
    def size(self) -> int:
        """The object's size in bytes."""
        ...

    @property
    def fetched(self) -> int:
        """Number of bytes fetched from the object store so far, including the first block."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether many small reads are cheap, as of a local file; False if each is a request."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only where the object ends.

        All ranges come from the same state of the object; two states are never mixed.

        Raises:
            ObjectChangedError: the object was replaced after it was observed.
            TransientError: the object store did not respond.
        """
        ...


@dataclass(frozen=True, slots=True)
class PresentObject:
    """The observation of an object that exists.

    Attributes:
        location: the object's location.
        size: the size in bytes.
        last_modified: the upload time, timezone-aware, in UTC.
        etag: the ETag, without quotes; None: treat the object as changed at the next comparison.
        content: the bytes; None if they cannot be read.
        content_error: the reason that the bytes cannot be read, short, for people.
        content_type: the media type that the object was stored with, if any.
        version_id: the object's version in a versioned bucket.
        storage_class: the storage class; None for S3 Standard, and outside S3.
    """

    location: ObjectLocation
    size: int
    last_modified: datetime
    etag: str | None
    content: ByteSource | None
    content_error: str | None = None
    content_type: str | None = None
    version_id: str | None = None
    storage_class: str | None = None

    @property
    def readable(self) -> bool:
        """Whether the bytes can be read."""
        return self.content is not None

    @property
    def archived(self) -> bool:
        """Whether the object must be restored before its bytes can be read."""
        is_archive = self.storage_class in {*ARCHIVE_CLASSES, INTELLIGENT_TIERING}
        return self.content is None and is_archive


@dataclass(frozen=True, slots=True)
class AbsentObject:
    """The observation of a location without an object."""

    location: ObjectLocation


Observation = PresentObject | AbsentObject


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in a bucket's listing.

    Attributes:
        key: the object's key.
        size: the size in bytes.
        etag: the ETag, without quotes.
        last_modified: the upload time, timezone-aware, in UTC; None if the listing lacks it.
        storage_class: the storage class; None for S3 Standard, and outside S3.
        restored: whether an archived object has a restored copy, which can be read.
    """

    key: str
    size: int
    etag: str
    last_modified: datetime | None = None
    storage_class: str | None = None
    restored: bool = False

    @property
    def readable(self) -> bool | None:
        """Whether the bytes can be read, as far as the storage class tells; None: unknown."""
        if self.storage_class is None or self.restored:
            return True
        if self.storage_class == INTELLIGENT_TIERING:
            return None
        return self.storage_class not in ARCHIVE_CLASSES


@dataclass(frozen=True, slots=True)
class UnlistedPrefix:
    """A prefix that could not be listed, so the objects below it are unknown.

    Attributes:
        key: the prefix. In a listing it takes the place of the first key below it.
        reason: the reason, for people.
    """

    key: str
    reason: str

    def covers(self, key: str) -> bool:
        """Return whether the object at this key is unknown."""
        return key.startswith(self.key)


@dataclass(frozen=True, slots=True)
class UnlistedObject:
    """A listed object of which only the key is known.

    Attributes:
        key: the object's key.
        reason: the reason, for people.
    """

    key: str
    reason: str

    def covers(self, key: str) -> bool:
        """Return whether the object at this key is unknown."""
        return key == self.key


Listing = ListedObject | UnlistedObject | UnlistedPrefix
