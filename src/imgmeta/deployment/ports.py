"""What putting the function into an account needs of the world."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import (
    Alarm,
    Artifact,
    ChangeSet,
    QueueDepth,
    Stack,
    StackEvent,
    StackResource,
)

__all__ = ["Alarms", "ArtifactStore", "FunctionPackager", "QueueGauge", "Stacks"]


class FunctionPackager(Protocol):
    """Makes the function's zip: all that it needs, for one target, and no more."""

    def package(self, target: FunctionPlatform) -> FunctionPackage:
        """Return the package; the same inputs give the same bytes, and so the same name.

        Raises:
            TransientError: what the function depends on cannot be had now.
            PermanentError: it cannot be had for this target, or AWS Lambda would refuse it.
            ConfigurationError: what packages are made with is not installed.
        """
        ...


class ArtifactStore(Protocol):
    """Keeps packages where CloudFormation finds them.

    Methods raise TransientError when the store cannot answer now, PermanentError when it will not,
    and ConfigurationError when it is not one that this account may use.
    """

    def check(self) -> None:
        """Refuse a place where packages cannot be kept; one that is yet to be made is none such.

        Nothing is made or written.
        """
        ...

    def place_of(self, package: FunctionPackage) -> Artifact:
        """Return where this package is kept, or would be; nothing is made or written."""
        ...

    def keep(self, package: FunctionPackage) -> bool:
        """Have the package at its place; return whether it had to be written.

        A place that is not there yet is made: encrypted, and closed to the public. A package that
        is there already is not written again.
        """
        ...


class Stacks(Protocol):
    """Stacks: resources that are made, changed and deleted together, as a template says.

    A stack can be named by its name or by its id; a deleted one by its id alone. Methods raise
    TransientError when the service cannot answer now, and PermanentError when it refuses.
    """

    def find(self, stack: str) -> Stack | None:
        """Return the stack as it is now; None if there is none."""
        ...

    def propose(
        self, name: str, template: str, parameters: Mapping[str, str], *, keep: Iterable[str] = ()
    ) -> ChangeSet | None:
        """Return what would change if the stack of this name were as the template says.

        Nothing of the stack changes. None: it is so already. A stack that is not there would be
        created; until then it is only proposed.

        Args:
            name: the stack's.
            template: the whole text.
            parameters: values by name.
            keep: names of parameters that keep the value they have.
        """
        ...

    def discard(self, change_set: ChangeSet) -> None:
        """Forget the change set, and the stack with it if no other one proposes it."""
        ...

    def execute(self, change_set: ChangeSet) -> None:
        """Have the changes begun; `events` and `find` tell how they go on."""
        ...

    def delete(self, stack_id: str) -> None:
        """Have the deletion begun; `events` and `find` tell how it goes on.

        What the template says to retain stays.
        """
        ...

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return what happened to the stack and its resources, the oldest first.

        Args:
            stack_id: the stack's.
            after: only what happened after the event of this id; None: all.
        """
        ...

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources, in any order; those that were deleted are left out."""
        ...


class Alarms(Protocol):
    """Alarms that watch over a stack."""

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        """Yield the alarms that there are of these names, in any order.

        Raises:
            TransientError: they cannot be asked now.
            PermanentError: they cannot be asked.
        """
        ...


class QueueGauge(Protocol):
    """Tells how full a queue is."""

    def depth(self, url: str) -> QueueDepth:
        """Return how many messages are in the queue at this URL, about.

        Raises:
            TransientError: it cannot be asked now.
            PermanentError: it cannot be asked, or is not there.
        """
        ...
