"""The optional ports that make the sync of many images faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from imgmeta.core.objects import ObjectLocation, Observation
    from imgmeta.core.ordering import WriteCondition, WriteResult
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.core.records import ImageRecord

__all__ = ["BatchObserver", "BatchWriter", "IdFinder", "ImageLoader", "LoadedImage"]


@runtime_checkable
class IdFinder(Protocol):
    """A repository that finds the stored ones of several IDs faster than it reads records.

    It is an `ImageRepository`.
    """

    def stored_ids(self, image_ids: Sequence[str]) -> Collection[str]:
        """Return those of these IDs for which `ImageRepository.get` does not return None.

        These are also the IDs of tombstones and of unreadable data.
        """
        ...


@runtime_checkable
class BatchWriter(Protocol):
    """A repository that writes several records faster than one after another."""

    def put_all(
        self, writes: Sequence[tuple[ImageRecord, WriteCondition]]
    ) -> Sequence[WriteResult]:
        """Write records of different images as `ImageRepository.put` does; return the results.

        The results are in the order of the writes. Each decision and its write are one atomic step.
        If an error is raised, some of the records may have been written.

        Raises:
            ValueError: as for `ImageRepository.put`, for any of the writes; nothing is written.
        """
        ...


@runtime_checkable
class BatchObserver(Protocol):
    """An object store that observes several objects faster than one after another.

    It is an `ObjectStore`.
    """

    def observer(self) -> Callable[[ObjectLocation], Observation]:
        """Return a function that observes objects as `ObjectStore.observe` does.

        Its observations include all changes made before this call of `observer`. They may miss
        later changes, so the function is for a few objects, one directly after another.
        """
        ...


class LoadedImage(NamedTuple):
    """An observation, and what a property reader returned for its content.

    Attributes:
        observation: the observation.
        content: the properties, or the reason that it is not a readable image; None: the object
            does not exist, or its bytes cannot be read.
    """

    observation: Observation
    content: ImageProperties | Unreadable | None


class ImageLoader(Protocol):
    """Observes objects and reads the properties of their content, possibly in other processes.

    The results are the same, and in the same order, as those of an `ObjectStore` and a
    `PropertyReader` in this process.
    """

    @property
    def ahead(self) -> int:
        """The number of calls of `load` whose results should be awaited at the same time.

        0: none, since objects are loaded as the results are consumed.
        """
        ...

    def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
        """Start to load objects; return an iterator over the results, one for each location.

        Every observation includes all changes made before the call. A result is None if the object
        cannot be observed or read, or changes meanwhile: the caller processes it alone, and gets
        the error.
        """
        ...
