"""Objects in a bucket: where they are, and what was seen there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from imgmeta.core.identity import image_id

__all__ = [
    "AbsentObject",
    "ByteSource",
    "ListedObject",
    "Listing",
    "ObjectLocation",
    "Observation",
    "PresentObject",
    "UnlistedPrefix",
]


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
            TransientError: the object is no longer the one that was observed, or the store did
                not answer. Observe again.
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
    """One line of a bucket's listing."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class UnlistedPrefix:
    """A part of a bucket that could not be listed: nothing is known of the keys that it covers.

    Attributes:
        key: the prefix that all those keys share; it stands where the first of them would.
        reason: why, for people.
        exact: it covers `key` alone, and no longer one that starts alike.
    """

    key: str
    reason: str
    exact: bool = False

    def covers(self, key: str) -> bool:
        """Return whether nothing is known of this key."""
        return key == self.key if self.exact else key.startswith(self.key)


Listing = ListedObject | UnlistedPrefix
