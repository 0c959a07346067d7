"""Ports for backfills: listings and checkpoints."""

from collections.abc import Iterator
from typing import Protocol

from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint

__all__ = ["CheckpointStore", "ListingSource"]


class ListingSource(Protocol):
    """Another source of a listing than the bucket itself, such as an inventory."""

    @property
    def description(self) -> str:
        """The description, which no listing with other content has."""
        ...

    def list(self, target: Target, *, after: str | None = None) -> Iterator[Listing]:
        """Yield the objects of `target`, in the order of the keys' UTF-8 bytes.

        Args:
            target: the bucket and the prefix.
            after: continue after this key, whether or not it exists.

        Raises:
            AdapterError: while iterating: the listing cannot be read.
        """
        ...


class CheckpointStore(Protocol):
    """Checkpoints of backfills, one per scope.

    Methods raise PermanentError when checkpoints cannot be read or written.
    """

    def load(self, scope: BackfillScope) -> Checkpoint | None:
        """Return the checkpoint of the scope that was saved last; None if there is none.

        Raises:
            ConfigurationError: the stored data is damaged, or is not a checkpoint of this scope.
        """
        ...

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint of its scope.

        When it returns, a later `load` returns the checkpoint, even if this process is killed. When
        the process is killed before, `load` returns the previous checkpoint or this one.
        """
        ...

    def remove(self, scope: BackfillScope) -> None:
        """Remove the checkpoint of the scope, if there is one."""
        ...
