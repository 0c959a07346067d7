"""A plug-in's object store behind a boundary, so that its exceptions are errors of imgmeta."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from imgmeta.core.objects import (
    ByteSource,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
)
from imgmeta.ports import ObjectStore

if TYPE_CHECKING:
    from imgmeta.adapters.plugins.opening import Boundary

__all__ = ["OBJECT_STORE_METHODS", "guarded_object_store"]

OBJECT_STORE_METHODS = ("observe", "list")
"""The methods that a plug-in's object store must have."""


def guarded_object_store(opened: object, boundary: "Boundary") -> ObjectStore:
    """Return the object store that a plug-in opened."""
    return _ObjectStore(cast("ObjectStore", opened), boundary)


class _ObjectStore:
    """A plug-in's object store: see `ObjectStore` for its methods."""

    def __init__(self, opened: ObjectStore, boundary: "Boundary") -> None:
        self._opened = opened
        self._boundary = boundary

    def observe(self, location: ObjectLocation) -> Observation:
        observation = self._boundary.call(Observation, self._opened.observe, location)
        if not isinstance(observation, PresentObject) or observation.content is None:
            return observation
        return replace(observation, content=_Content(observation.content, self._boundary))

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
            lambda callbacks: self._opened.list(
                bucket,
                prefix,
                after=after,
                wanted=callbacks.mark(wanted),
                skipped=callbacks.mark(skipped),
            ),
        )


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
