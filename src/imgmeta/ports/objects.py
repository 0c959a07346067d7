"""The optional ports of object stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Hashable

    from imgmeta.core.objects import ListedObject, ObjectLocation

__all__ = ["LinkDetector", "ObjectStatus"]


@runtime_checkable
class ObjectStatus(Protocol):
    """An object store that can tell whether an object has changed without reading any of it.

    It is an `ObjectStore`. All objects of any other one are observed.
    """

    def status(self, location: ObjectLocation) -> ListedObject | None:
        """Return the object as `ObjectStore.list` yields it; None if only `observe` can tell.

        None also if there is no object, or the object store cannot respond.
        """
        ...


@runtime_checkable
class LinkDetector(Protocol):
    """An object store in which one object can have several keys, as files have links."""

    def file_id(self, location: ObjectLocation) -> Hashable | None:
        """Return an ID that is equal for two locations only if they have the same file.

        None: there is no such file, or it cannot have another key.
        """
        ...
