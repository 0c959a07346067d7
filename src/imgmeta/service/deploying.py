"""Putting the function, and all that it needs, into an account; and taking it out again."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from imgmeta.core.packages import Architecture, FunctionPackage, FunctionTarget, Runtime
from imgmeta.core.stacks import (
    ChangeSet,
    Stack,
    StackEvent,
    StackResource,
    TemplateParameter,
)
from imgmeta.core.text import printable
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError, TransientError
from imgmeta.ports.deployment import ArtifactStore, Stacks
from imgmeta.service.following import NotWatchedError, Wait, followed

__all__ = ["CODE_BUCKET", "EMAIL", "Deployer", "Plan"]

CODE_BUCKET, CODE_KEY = "CodeBucket", "CodeKey"
ARCHITECTURE, RUNTIME = "Architecture", "Runtime"
EMAIL = "NotificationEmail"
"""Names of the template's parameters. A stack that has them all is one of ours."""


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

    def plan(self, stack_name: str, given: Mapping[str, str], *, bucket: str | None = None) -> Plan:
        """Return what is to be done, once it is clear that it can be.

        Args:
            stack_name: the stack's name.
            given: values of the template's parameters.
            bucket: where packages are to be kept, where that is given.

        Raises:
            ConfigurationError: that stack, or one of these values, is not fit for it.
            TransientError: AWS does not answer now.
            PermanentError: AWS refuses.
        """
        _check_given(given, self._known)
        if bucket is not None and (refusal := self._known[CODE_BUCKET].refusal(bucket)):
            msg = f"packages cannot be kept in '{printable(bucket)}': it must be {refusal}"
            raise ConfigurationError(msg)
        stack = self._looked_for(stack_name)
        if stack is not None and stack.is_only_proposed:
            stack = None
        if stack is not None:
            _check_ours(stack)
            _check_changeable(stack)
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
        _check_ours(stack)
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
        if stack.is_busy:
            raise ConfigurationError(_busy(stack))
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
