"""Objects in a bucket: where they are, and what was seen there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from imgmeta.core.identity import image_id

__all__ = [
    "FIRST_BLOCK",
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


FIRST_BLOCK = 128 * 1024
"""Bytes that are fetched of every object at once: almost every image's header ends before that."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectLocation:
    """A bucket and a key in it; `file://` is the bucket that holds the local file system."""

    bucket: str
    key: str

    @property
    def image_id(self) -> str:
        """The id of the image at this place."""
        return image_id(self.bucket, self.key)

    def __str__(self) -> str:
        """Return the URI of this place; not escaped, so not yet fit to be shown."""
        scheme = "" if self.bucket.endswith("://") else "s3://"
        return f"{scheme}{self.bucket}/{self.key}"


class ByteSource(Protocol):
    """The bytes of one state of one object, read in ranges."""

    @property
    def size(self) -> int:
        """The object's whole length in bytes."""
        ...

    @property
    def fetched(self) -> int:
        """How many of its bytes were fetched from the store so far, the first block included."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only where the object ends.

        Every range comes from the same state of the object; a mixture of two states is never
        returned.

        Raises:
            ObjectChangedError: the object is no longer the one that was observed.
            TransientError: the store did not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class PresentObject:
    """What was seen where there is an object.

    Attributes:
        location: where.
        size: its length in bytes.
        last_modified: when it was put there; aware, in UTC.
        etag: the store's mark of this content, without quotes; None if it must be looked at again
            whatever the next listing says.
        content: its bytes; None if they cannot be had.
        content_error: why they cannot be had, as a short reason for people.
        content_type: the media type that the object was stored with, if any.
        version_id: the object's version in a versioned bucket.
    """

    location: ObjectLocation
    size: int
    last_modified: datetime
    etag: str | None
    content: ByteSource | None
    content_error: str | None = None
    content_type: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class AbsentObject:
    """What was seen where there is no object."""

    location: ObjectLocation


Observation = PresentObject | AbsentObject


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One line of a bucket's listing.

    Attributes:
        key: the object's key.
        size: its length in bytes.
        etag: the store's mark of this content, without quotes.
        last_modified: when it was put there; aware, in UTC. None where the listing does not say.
    """

    key: str
    size: int
    etag: str
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnlistedPrefix:
    """A part of a bucket that could not be listed: nothing is known of the keys below it.

    Attributes:
        key: the prefix that all those keys share; it stands where the first of them would.
        reason: why, for people.
    """

    key: str
    reason: str

    def covers(self, key: str) -> bool:
        """Return whether nothing is known of this key."""
        return key.startswith(self.key)


@dataclass(frozen=True, slots=True)
class UnlistedObject:
    """An object that a listing names without saying more: nothing else is known of its key.

    Attributes:
        key: its key.
        reason: why, for people.
    """

    key: str
    reason: str

    def covers(self, key: str) -> bool:
        """Return whether nothing is known of this key."""
        return key == self.key


Listing = ListedObject | UnlistedObject | UnlistedPrefix
