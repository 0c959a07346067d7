"""The ports of the search for duplicates; adapters may implement them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from imgmeta.core.duplicates import ContentEntry
    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.queries import Query
    from imgmeta.ports.indexing import OnUnreadable

__all__ = ["LinkDetector", "SizeFinder"]


@runtime_checkable
class SizeFinder(Protocol):
    """A repository that finds images of equal size itself, without reading all records."""

    def same_sizes(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ContentEntry]:
        """Yield the images that match a query and have the size of another one that matches.

        They are ordered by size, the largest first. Images of which no other has the size may be
        yielded too; empty files are not. The order, the limit and the cursor of the query are
        ignored. The errors are those of `ImageRepository`, except that a damaged record need not be
        noticed. `on_unreadable` takes the error of each one that is.
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
