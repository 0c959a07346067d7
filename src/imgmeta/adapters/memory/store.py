"""An object store in memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock

from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.objects import (
    AbsentObject,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
    UnlistedObject,
    UnlistedPrefix,
)

__all__ = ["InMemoryContent", "InMemoryObjectStore"]


@dataclass(slots=True)
class InMemoryContent:
    """The bytes of an object, as a `ByteSource`."""

    data: bytes
    fetched: int = field(default=0, compare=False)

    @property
    def is_local(self) -> bool:
        """Whether small reads are cheap: see `ByteSource.is_local`."""
        return True

    @property
    def size(self) -> int:
        """The object's size in bytes."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end of the object."""
        block = self.data[offset : offset + length]
        self.fetched += len(block)
        return block


class InMemoryObjectStore:
    """Objects in a dictionary. Thread-safe.

    Each `put` creates a new version. The ETag is the content's MD5 digest, as in a simple upload.
    """

    def __init__(self) -> None:
        self._objects: dict[ObjectLocation, tuple[PresentObject, bytes]] = {}
        self._prefix_errors: dict[ObjectLocation, str] = {}
        self._object_errors: dict[ObjectLocation, str] = {}
        self._versions = 0
        self._lock = Lock()

    def put(  # noqa: PLR0913 - one argument per attribute of the object
        self,
        location: ObjectLocation,
        content: bytes,
        *,
        last_modified: datetime,
        content_type: str | None = None,
        content_error: str | None = None,
        storage_class: str | None = None,
    ) -> PresentObject:
        """Store an object, replacing any other, and return its observation.

        Args:
            location: the object's location.
            content: its bytes.
            last_modified: the upload time, timezone-aware.
            content_type: the stored media type.
            content_error: the reason that its bytes cannot be read; None if they can.
            storage_class: the storage class; None for S3 Standard.
        """
        with self._lock:
            self._versions += 1
            digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
            stored = PresentObject(
                location=location,
                size=len(content),
                last_modified=last_modified.astimezone(UTC),
                etag=digest,
                content=None,
                content_error=content_error,
                content_type=content_type,
                version_id=str(self._versions),
                storage_class=storage_class,
                content_hash=ContentHash(HashKind.MD5, digest),
            )
            self._objects[location] = (stored, content)
            return _with_content(stored, content)

    def delete(self, location: ObjectLocation) -> None:
        """Delete the object, if there is one."""
        with self._lock:
            self._objects.pop(location, None)

    def fail_prefix(self, bucket: str, prefix: str, reason: str) -> None:
        """Make `list` yield an `UnlistedPrefix` instead of the keys that start with `prefix`."""
        with self._lock:
            self._prefix_errors[ObjectLocation(bucket, prefix)] = reason

    def fail_object(self, location: ObjectLocation, reason: str) -> None:
        """Make `list` yield an `UnlistedObject` for the object."""
        with self._lock:
            self._object_errors[location] = reason

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the object's current state: see `ObjectStore.observe`."""
        stored = self._objects.get(location)
        return _with_content(*stored) if stored else AbsentObject(location)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        """Yield objects in key order: see `ObjectStore.list`."""
        del skipped  # there are only objects
        with self._lock:
            objects = [each for each, _ in self._objects.values() if each.location.bucket == bucket]
            unlisted = {
                location.key: reason
                for location, reason in self._prefix_errors.items()
                if location.bucket == bucket
            }
        lines: list[Listing] = [
            UnlistedPrefix(max(failed, prefix), reason)
            for failed, reason in unlisted.items()
            if (failed.startswith(prefix) or prefix.startswith(failed))
            and (after is None or failed > after or after.startswith(failed))
        ]
        lines += [
            self._line(each)
            for each in objects
            if each.location.key.startswith(prefix)
            and (after is None or each.location.key > after)
            and (wanted is None or wanted(each.location.key))
            and not each.location.key.startswith(tuple(unlisted))
        ]
        yield from sorted(lines, key=lambda each: each.key)

    def _line(self, stored: PresentObject) -> Listing:
        reason = self._object_errors.get(stored.location)
        if reason is not None:
            return UnlistedObject(stored.location.key, reason)
        return ListedObject(
            stored.location.key,
            stored.size,
            stored.etag or "",
            stored.last_modified,
            stored.storage_class,
        )


def _with_content(stored: PresentObject, content: bytes) -> PresentObject:
    return stored if stored.content_error else replace(stored, content=InMemoryContent(content))
