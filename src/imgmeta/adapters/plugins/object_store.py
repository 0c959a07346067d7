"""A plug-in's object store behind a boundary, so that its exceptions are errors of imgmeta."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from imgmeta.adapters.plugins.object_values import checked_listing, checked_observation
from imgmeta.core.content_hashes import ContentHash
from imgmeta.core.objects import (
    ByteSource,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
    StoredHashSource,
)
from imgmeta.ports import ObjectStore

if TYPE_CHECKING:
    from imgmeta.adapters.plugins.opening import Boundary
    from imgmeta.ports import LinkDetector, ObjectStatus

__all__ = ["OBJECT_STORE_METHODS", "guarded_object_store"]

OBJECT_STORE_METHODS = ("observe", "list")
"""The methods that a plug-in's object store must have."""

_LISTED = ListedObject | None
_HASH = ContentHash | None


def guarded_object_store(opened: object, boundary: "Boundary") -> ObjectStore:
    """Return the object store that a plug-in opened; it implements the same optional ports."""
    optional = [guard for guard, name in _OPTIONAL.items() if callable(getattr(opened, name, None))]
    kind = type("_GuardedObjectStore", (*optional, _ObjectStore), {})
    return cast("ObjectStore", kind(cast("ObjectStore", opened), boundary))


class _ObjectStore:
    """A plug-in's object store: see `ObjectStore` for its methods."""

    def __init__(self, opened: ObjectStore, boundary: "Boundary") -> None:
        self._opened = opened
        self._boundary = boundary

    def observe(self, location: ObjectLocation) -> Observation:
        observation = self._boundary.call(Observation, self._observed, location)
        if not isinstance(observation, PresentObject) or observation.content is None:
            return observation
        return replace(observation, content=self._content(observation.content))

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        return self._boundary.iterate(
            Listing,
            lambda callbacks: map(
                checked_listing,
                self._opened.list(
                    bucket,
                    prefix,
                    after=after,
                    wanted=callbacks.mark(wanted),
                    skipped=callbacks.mark(skipped),
                ),
            ),
        )

    def _observed(self, location: ObjectLocation) -> Observation:
        return checked_observation(self._opened.observe(location), location)

    def _content(self, content: ByteSource) -> "_Content":
        has_hash = self._boundary.call(bool, isinstance, content, StoredHashSource)
        return (_HashedContent if has_hash else _Content)(content, self._boundary)


class _ObjectStatus(_ObjectStore):
    """The method is that of `ObjectStatus`."""

    def status(self, location: ObjectLocation) -> ListedObject | None:
        opened = cast("ObjectStatus", self._opened)
        return self._boundary.call(_LISTED, opened.status, location)


class _LinkDetector(_ObjectStore):
    """The method is that of `LinkDetector`."""

    def file_id(self, location: ObjectLocation) -> Hashable | None:
        opened = cast("LinkDetector", self._opened)
        return self._boundary.call(Hashable, opened.file_id, location)


_OPTIONAL: dict[type[_ObjectStore], str] = {_ObjectStatus: "status", _LinkDetector: "file_id"}
"""The method of each optional port."""


class _Content:
    """The bytes of an object: see `ByteSource`."""

    def __init__(self, content: ByteSource, boundary: "Boundary") -> None:
        self._content = content
        self._boundary = boundary

    @property
    def size(self) -> int:
        return self._boundary.call(int, lambda: self._content.size)

    @property
    def fetched(self) -> int:
        return self._boundary.call(int, lambda: self._content.fetched)

    @property
    def is_local(self) -> bool:
        return self._boundary.call(bool, lambda: self._content.is_local)

    def read(self, offset: int, length: int) -> bytes:
        return self._boundary.call(bytes, self._content.read, offset, length)


class _HashedContent(_Content):
    """The bytes of an object: see `StoredHashSource`."""

    def stored_hash(self) -> ContentHash | None:
        source = cast("StoredHashSource", self._content)
        return self._boundary.call(_HASH, source.stored_hash)
