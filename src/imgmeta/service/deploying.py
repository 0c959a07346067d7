"""Putting the function, and all that it needs, into an account; and taking it out again."""

from collections.abc import Callable, Iterator, Mapping

from imgmeta.core.packages import FunctionPackage
from imgmeta.core.stacks import (
    ChangeSet,
    Stack,
    StackEvent,
    StackResource,
    TemplateParameter,
    first_cause,
)
from imgmeta.core.text import printable, shorten
from imgmeta.errors import ConfigurationError, PermanentError
from imgmeta.ports.deployment import ArtifactStore, Stacks
from imgmeta.service.planning import (
    CODE_BUCKET,
    CODE_KEY,
    Plan,
    check_given,
    check_idle,
    check_ours,
    plan_of,
)

__all__ = ["Deployer", "Wait"]

Wait = Callable[[float], None]
"""Passes so many seconds."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_MAX_REASON = 500


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
    ) -> Plan:
        """Return what is to be done, once it is clear that it can be.

        Args:
            stack_name: the stack's name.
            given: values of the template's parameters.
            at_first: values for a new stack, instead of the template's defaults.

        Raises:
            ConfigurationError: that stack, or one of these values, is not fit for it.
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        check_given(given, self._known)
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
        """Upload the package; return what has the changes begun, and yields what then happens.

        Until the first of that is asked for, nothing is changed, and what cannot be uploaded is
        forgotten. What is returned raises PermanentError if something could not be made, with the
        first that could not, and TransientError if AWS does not answer: what has begun goes on all
        the same.

        Raises:
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
            ConfigurationError: the place of the package is not for this account.
        """
        try:
            artifacts.keep(package)
            seen = self._last_event(change_set.stack_id)
        except BaseException:
            self._stacks.discard(change_set)
            raise
        return self._executed(change_set, seen)

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
        """Return what has the stack's deletion begun, and yields what happens until it is gone.

        It raises as what `begin` returns does.

        Raises:
            ConfigurationError: something else is being done to it.
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        check_idle(stack)
        return self._deleted(stack, self._last_event(stack.stack_id))

    def _executed(self, change_set: ChangeSet, seen: str | None) -> Iterator[StackEvent]:
        self._stacks.execute(change_set)
        yield from self._followed(change_set.stack_id, seen, goal=lambda stack: stack.is_complete)

    def _deleted(self, stack: Stack, seen: str | None) -> Iterator[StackEvent]:
        self._stacks.delete(stack.stack_id)
        yield from self._followed(stack.stack_id, seen, goal=lambda stack: stack.is_deleted)

    def _looked_for(self, stack_name: str) -> Stack | None:
        try:
            return self._stacks.find(stack_name)
        except PermanentError as error:
            # Who may not even look has credentials, a profile or permissions to change first.
            raise ConfigurationError(str(error)) from error

    def _last_event(self, stack_id: str) -> str | None:
        events = self._stacks.events(stack_id)
        return events[-1].event_id if events else None

    def _followed(
        self, stack_id: str, seen: str | None, *, goal: Callable[[Stack], bool]
    ) -> Iterator[StackEvent]:
        happened = list[StackEvent]()
        pause = _FIRST_PAUSE
        while True:
            # In this order: nothing that happened before the stack came to rest is missed.
            stack = self._stacks.find(stack_id)
            events = self._stacks.events(stack_id, after=seen)
            for event in events:
                seen = event.event_id
                happened.append(event)
                yield event
            if stack is None or _is_at_rest(stack, happened):
                break
            pause = _FIRST_PAUSE if events else min(pause * 2, _LONGEST_PAUSE)
            self._wait(pause)
        if stack is not None and not goal(stack):
            raise PermanentError(_failure(stack, happened))


def _is_at_rest(stack: Stack, happened: list[StackEvent]) -> bool:
    """Return whether it is done, whatever the end; before it began, the status is still the old."""
    own = [event.status for event in happened if event.is_of_stack]
    return not stack.is_busy and stack.status in own


def _failure(stack: Stack, events: list[StackEvent]) -> str:
    cause = first_cause(events)
    reason = (
        "it does not say why" if cause is None else shorten(printable(cause.reason), _MAX_REASON)
    )
    what = (
        ""
        if cause is None or cause.is_of_stack
        else f"{cause.logical_id} ({cause.resource_type}): "
    )
    return f"the stack {printable(stack.name)} ended as {stack.status}, because of {what}{reason}"
