"""Putting the function, and all that it needs, into an account; and taking it out again."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import FunctionPackage
from imgmeta.deployment.core.stacks import ChangeSet, Stack, StackEvent, StackResource
from imgmeta.deployment.ports import ArtifactStore, Stacks
from imgmeta.deployment.service.planning import (
    CODE_BUCKET,
    CODE_KEY,
    Plan,
    check_bucket,
    check_given,
    check_idle,
    check_ours,
    plan_of,
)
from imgmeta.deployment.service.waiter import NotWatchedError, Wait, followed
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError, TransientError

__all__ = ["Deployer"]


class Deployer:
    """The use cases over one template.

    Args:
        stacks: of the account and region.
        template: its whole text.
        parameters: what it takes, by name.
        wait: passes time between two looks at a stack.
    """

    def __init__(
        self,
        stacks: Stacks,
        template: str,
        parameters: Mapping[str, TemplateParameter],
        *,
        wait: Wait,
    ) -> None:
        self._stacks = stacks
        self._template = template
        self._known = parameters
        self._wait = wait

    def plan(
        self,
        stack_name: str,
        given: Mapping[str, str],
        *,
        at_first: Mapping[str, str] | None = None,
        bucket: str | None = None,
    ) -> Plan:
        """Return what is to be done, once it is clear that it can be.

        Args:
            stack_name: the stack's name.
            given: values of the template's parameters.
            at_first: values for a new stack, instead of the template's defaults.
            bucket: where packages are to be kept, where that is given.

        Raises:
            ConfigurationError: that stack, or one of these values, is not fit for it.
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        check_given(given, self._known)
        if bucket is not None:
            check_bucket(bucket, self._known)
        stack = self._looked_for(stack_name)
        if stack is not None and stack.is_only_proposed:
            stack = None
        if stack is None:
            given = {**(at_first or {}), **given}
        return plan_of(stack_name, stack, given, self._known)

    def propose(
        self, plan: Plan, package: FunctionPackage, artifacts: ArtifactStore
    ) -> ChangeSet | None:
        """Return what would change; None: nothing would. Nothing is written.

        Raises:
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        place = artifacts.place_of(package)
        parameters = {**plan.parameters, CODE_BUCKET: place.bucket, CODE_KEY: place.key}
        return self._stacks.propose(plan.stack_name, self._template, parameters, keep=plan.kept)

    def discard(self, change_set: ChangeSet) -> None:
        """Leave everything as it is.

        Raises:
            AdapterError: the change set cannot be deleted.
        """
        self._stacks.discard(change_set)

    def begin(
        self, change_set: ChangeSet, package: FunctionPackage, artifacts: ArtifactStore
    ) -> Iterator[StackEvent]:
        """Upload the package, and return what happens until the changes are made.

        They are begun when the first of that is asked for. What cannot be begun is forgotten. What
        is returned raises PermanentError if something could not be made, with the first that could
        not, and NotWatchedError if AWS does not say how it goes on: what has begun goes on all the
        same.

        Raises:
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
            ConfigurationError: the place of the package is not for this account.
        """
        try:
            artifacts.keep(package)
            seen = self._last_event(change_set.stack_id)
        except BaseException:
            self._forget(change_set)
            raise
        return self._executed(change_set, seen)

    def _executed(self, change_set: ChangeSet, seen: str | None) -> Iterator[StackEvent]:
        try:
            self._stacks.execute(change_set)
        except AdapterError as error:
            if not isinstance(error, TransientError) or not self._has_begun(change_set, seen):
                self._forget(change_set)
                raise
        stack = Stack(change_set.stack_id, change_set.stack_name, "")
        yield from followed(
            self._stacks,
            stack,
            seen,
            goal=lambda now: now is not None and now.is_complete,
            wait=self._wait,
        )

    def _has_begun(self, change_set: ChangeSet, seen: str | None) -> bool:
        """Return whether it was executed all the same: an answer that is lost does not say."""
        try:
            stack = self._stacks.find(change_set.stack_id)
            happened = self._stacks.events(change_set.stack_id, after=seen)
        except AdapterError as error:
            raise NotWatchedError(str(error)) from error
        return bool(happened) or (stack is not None and stack.is_busy)

    def _forget(self, change_set: ChangeSet) -> None:
        """Leave everything as it is, if that can be done: what led here is to be told, not this."""
        with suppress(AdapterError):
            self._stacks.discard(change_set)

    def find(self, stack_name: str) -> Stack:
        """Return a stack of ours.

        Raises:
            ConfigurationError: there is none of this name, or it is not ours.
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        stack = self._looked_for(stack_name)
        if stack is None:
            msg = (
                f"there is no stack {printable(stack_name)} here: check its name, the region and "
                "the account"
            )
            raise ConfigurationError(msg)
        check_ours(stack)
        return stack

    def resources(self, stack: Stack) -> list[StackResource]:
        """Return what there is of a stack.

        Raises:
            AdapterError: it cannot be listed.
        """
        return list(self._stacks.resources(stack.stack_id))

    def destroy(self, stack: Stack) -> Iterator[StackEvent]:
        """Return what happens until the stack is gone.

        Its deletion is begun when the first of that is asked for; what is returned raises as that
        of `begin` does.

        Raises:
            ConfigurationError: something else is being done to it.
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        check_idle(stack)
        return self._deleted(stack, self._last_event(stack.stack_id))

    def _deleted(self, stack: Stack, seen: str | None) -> Iterator[StackEvent]:
        self._stacks.delete(stack.stack_id)
        yield from followed(
            self._stacks,
            stack,
            seen,
            goal=lambda now: now is None or now.is_deleted,
            wait=self._wait,
        )

    def _looked_for(self, stack_name: str) -> Stack | None:
        try:
            return self._stacks.find(stack_name)
        except PermanentError as error:
            # Who may not even look has credentials, a profile or permissions to change first.
            raise ConfigurationError(str(error)) from error

    def _last_event(self, stack_id: str) -> str | None:
        events = self._stacks.events(stack_id)
        return events[-1].event_id if events else None
