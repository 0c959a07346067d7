"""Putting the function, and all that it needs, into an account; and taking it out again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from imgmeta.core.packages import Architecture, FunctionPackage, FunctionTarget, Runtime
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

__all__ = ["CODE_BUCKET", "Deployer", "Plan", "Wait"]

Wait = Callable[[float], None]
"""Passes so many seconds."""

CODE_BUCKET, CODE_KEY = "CodeBucket", "CodeKey"
ARCHITECTURE, RUNTIME = "Architecture", "Runtime"
EMAIL = "NotificationEmail"
"""Names of the template's parameters. A stack that has them all is one of ours."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be deployed, before anything is built.

    Attributes:
        stack_name: the stack's name.
        stack: as it is now; None: it is to be created.
        target: where the function is to run.
        parameters: the values that were given.
        kept: the parameters that keep the values they have.
    """

    stack_name: str
    stack: Stack | None
    target: FunctionTarget
    parameters: Mapping[str, str]
    kept: tuple[str, ...]


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
        _check_given(given, self._known)
        stack = self._looked_for(stack_name)
        if stack is not None and stack.is_only_proposed:
            stack = None
        if stack is not None:
            _check_ours(stack)
            _check_changeable(stack)
        if stack is None:
            given = {**(at_first or {}), **given}
        before = {} if stack is None else dict(stack.parameters)
        ours = {CODE_BUCKET, CODE_KEY}
        _check_needed(self._known.keys() - before.keys() - given.keys() - ours, self._known)
        kept = tuple(sorted(before.keys() & self._known.keys() - given.keys() - ours))
        defaults = {name: each.default or "" for name, each in self._known.items()}
        return Plan(stack_name, stack, _target(defaults | before | dict(given)), given, kept)

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
        _check_ours(stack)
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
        if stack.is_busy:
            raise ConfigurationError(_busy(stack))
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


def _check_ours(stack: Stack) -> None:
    """Refuse a stack of somebody else's: a change set of ours would delete all that is in it."""
    if not stack.parameters.keys() >= {CODE_BUCKET, CODE_KEY, ARCHITECTURE, RUNTIME, EMAIL}:
        msg = (
            f"the stack {printable(stack.name)} is none of imgmeta's, which does not touch what "
            "others made: give another --stack-name"
        )
        raise ConfigurationError(msg)


def _check_changeable(stack: Stack) -> None:
    if stack.is_busy:
        raise ConfigurationError(_busy(stack))
    if stack.is_usable:
        return
    shown = printable(stack.name)
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        remedy = f"run `aws cloudformation continue-update-rollback --stack-name {shown}` first"
    else:
        remedy = f"run `imgmeta destroy --stack-name {shown}` first, and then deploy again"
    msg = f"the stack {shown} cannot be changed as it is ({stack.status}): {remedy}"
    raise ConfigurationError(msg)


def _target(values: Mapping[str, str]) -> FunctionTarget:
    try:
        return FunctionTarget(Runtime(values[RUNTIME]), Architecture(values[ARCHITECTURE]))
    except ValueError as error:
        msg = (
            f"the function is not built for {printable(values[RUNTIME])} on "
            f"{printable(values[ARCHITECTURE])}: give --runtime {Runtime.PYTHON_3_13}, and "
            f"--architecture {' or '.join(Architecture)}"
        )
        raise ConfigurationError(msg) from error


def _busy(stack: Stack) -> str:
    return (
        f"something is being done to the stack {printable(stack.name)} ({stack.status}): wait "
        "until that is done, and try again"
    )


def _check_given(given: Mapping[str, str], known: Mapping[str, TemplateParameter]) -> None:
    for name, value in given.items():
        if name in {CODE_BUCKET, CODE_KEY}:
            msg = f"{name} is set by the command: give --artifact-bucket for another bucket"
            raise ConfigurationError(msg)
        if name not in known:
            names = ", ".join(sorted(known.keys() - {CODE_BUCKET, CODE_KEY}))
            msg = f"the template has no parameter {printable(name)}: it has {names}"
            raise ConfigurationError(msg)
        if refusal := known[name].refusal(value):
            msg = f"{name} cannot be '{printable(value)}': it must be {refusal}"
            raise ConfigurationError(msg)


def _check_needed(names: Iterable[str], known: Mapping[str, TemplateParameter]) -> None:
    for name in sorted(names):
        if known[name].default is None:
            how = "--email" if name == EMAIL else f"--parameter {name}=…"
            msg = f"a new stack needs {name}: give {how}"
            raise ConfigurationError(msg)


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
