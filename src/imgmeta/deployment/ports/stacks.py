"""Ports for stacks and their deployment packages."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import ChangeSet, Stack, StackEvent, StackResource

__all__ = ["ArtifactStore", "FunctionPackager", "Stacks"]


class FunctionPackager(Protocol):
    """Builds deployment packages with everything the function needs, and nothing more."""

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        """Build the package; the same inputs give the same bytes, and so the same name.

        Raises:
            TransientError: a dependency cannot be downloaded now.
            PermanentError: a dependency has no build for this platform, a file cannot be written,
                or AWS Lambda would reject the package.
            ConfigurationError: the build tool is not installed.
        """
        ...


class ArtifactStore(Protocol):
    """Stores deployment packages in a bucket that CloudFormation can read.

    Methods raise TransientError for a temporary failure, PermanentError for a permanent failure,
    and ConfigurationError for a bucket that this account cannot use.
    """

    def check(self) -> None:
        """Check that the bucket can be used or created, without writing anything."""
        ...

    def location_of(self, package: FunctionPackage) -> ObjectLocation:
        """Return the location that this package is uploaded to, without writing anything."""
        ...

    def upload(self, package: FunctionPackage) -> bool:
        """Upload the package unless it is already there; return whether it was uploaded.

        A missing bucket is created, encrypted and without public access.
        """
        ...


class Stacks(Protocol):
    """The CloudFormation stacks of one account and region.

    A stack is identified by its name or its ID; a deleted stack by its ID only. Methods raise
    TransientError for a temporary failure, and PermanentError for a permanent failure.
    """

    def find(self, stack: str) -> Stack | None:
        """Return the stack in its current state, or None if it does not exist."""
        ...

    def create_change_set(
        self,
        stack_name: str,
        template: str,
        parameters: Mapping[str, str],
        *,
        use_previous_values: Iterable[str] = (),
    ) -> ChangeSet | None:
        """Create a change set that updates the stack to the template; return None without changes.

        The stack does not change. A stack that does not exist is created in review: without
        resources, until the change set is executed.

        Args:
            stack_name: the stack to create or update.
            template: the template's text.
            parameters: new values of parameters, by name.
            use_previous_values: names of parameters that keep their current values.
        """
        ...

    def delete_change_set(self, change_set: ChangeSet) -> None:
        """Delete the change set, and a stack in review that has no other change set."""
        ...

    def execute_change_set(self, change_set: ChangeSet) -> None:
        """Start to execute the change set; `find` and `events` report their progress."""
        ...

    def delete(self, stack_id: str) -> None:
        """Start to delete the stack; `find` and `events` report the progress.

        Resources with the deletion policy `Retain` stay.
        """
        ...

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return the events of the stack and its resources, the oldest first.

        Args:
            stack_id: the stack's ID.
            after: return only events after the one with this ID; None: all.
        """
        ...

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources, except deleted ones, in any order."""
        ...
