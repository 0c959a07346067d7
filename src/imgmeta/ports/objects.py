"""The optional port of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from imgmeta.core.objects import ListedObject, ObjectLocation

__all__ = ["ObjectStatus"]


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
