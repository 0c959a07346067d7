"""Stacks of AWS CloudFormation: what one is, what would change, and what went wrong first."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = [
    "Alarm",
    "AlarmState",
    "Artifact",
    "Change",
    "ChangeAction",
    "ChangeSet",
    "QueueDepth",
    "Replacement",
    "Stack",
    "StackEvent",
    "StackResource",
    "TemplateParameter",
    "first_cause",
]

_CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it is now.

    Attributes:
        stack_id: its ARN, which stays its own after it is deleted.
        name: what people call it.
        status: as CloudFormation says, such as `UPDATE_ROLLBACK_COMPLETE`: AWS CloudFormation
            User Guide, "Stack status codes".
        parameters: the values that it has now.
        outputs: the values that it gives.
    """

    stack_id: str
    name: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_only_proposed(self) -> bool:
        """Whether there is nothing of it yet: a change set that would create it is all."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def is_busy(self) -> bool:
        """Whether something is being done to it."""
        return self.status.endswith("_IN_PROGRESS") and not self.is_only_proposed

    @property
    def is_complete(self) -> bool:
        """Whether the last thing that was asked of it was done."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}

    @property
    def is_usable(self) -> bool:
        """Whether it stands as a template says, even if a later change was taken back."""
        return self.is_complete or self.status in {
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
        }

    @property
    def is_deleted(self) -> bool:
        """Whether it is gone."""
        return self.status == "DELETE_COMPLETE"


@dataclass(frozen=True, slots=True)
class StackEvent:
    """Something that happened to one resource of a stack, or to the stack itself.

    Attributes:
        event_id: unique in its stack.
        at: when it happened, aware.
        logical_id: the resource's name in the template; of the stack itself, the stack's name.
        resource_type: such as `AWS::S3::Bucket`.
        status: such as `CREATE_FAILED`.
        reason: what CloudFormation says of it; empty if it says nothing.
        is_of_stack: whether it is of the stack itself.
    """

    event_id: str
    at: datetime
    logical_id: str
    resource_type: str
    status: str
    reason: str = ""
    is_of_stack: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether something could not be done."""
        return self.status.endswith("_FAILED")


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack.

    Attributes:
        logical_id: its name in the template.
        physical_id: the name or ARN that it got; empty if there is none yet.
        resource_type: such as `AWS::SQS::Queue`.
        status: such as `CREATE_COMPLETE`.
    """

    logical_id: str
    physical_id: str
    resource_type: str
    status: str


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter that a template takes: AWS CloudFormation User Guide, "Parameters".

    Attributes:
        name: the parameter's.
        description: what it is for.
        default: the value of a new stack where none is given; None: one must be given.
        allowed: the values that it takes; none: any that the rest allows.
        pattern: what a value must match as a whole; empty: anything.
        is_number: whether a value is a number.
        minimum: the least number; None: any.
        maximum: the greatest number; None: any.
        constraint: what a value must be, in words; empty: nothing is said of that.
    """

    name: str
    description: str = ""
    default: str | None = None
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    is_number: bool = False
    minimum: float | None = None
    maximum: float | None = None
    constraint: str = ""

    def refusal(self, value: str) -> str | None:
        """Return what a value must be, as words that follow these, where this one is not that."""
        if self.allowed and value not in self.allowed:
            return f"one of {', '.join(each or 'nothing' for each in self.allowed)}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self._constraint or f"what matches {self.pattern}"
        if self.is_number and not self._is_within(value):
            least = "" if self.minimum is None else f" from {self.minimum:g}"
            most = "" if self.maximum is None else f" to {self.maximum:g}"
            return self._constraint or f"a number{least}{most}"
        return None

    @property
    def _constraint(self) -> str:
        return self.constraint.removeprefix("must be ")

    def _is_within(self, value: str) -> bool:
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
            return False
        number = float(value)
        return (self.minimum is None or number >= self.minimum) and (
            self.maximum is None or number <= self.maximum
        )


class ChangeAction(StrEnum):
    """What a change set does to a resource, as CloudFormation says it."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"


class Replacement(StrEnum):
    """Whether a resource that is modified is replaced by another one."""

    NO = "False"
    YES = "True"
    PERHAPS = "Conditional"


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of one resource.

    Attributes:
        action: what is done.
        logical_id: the resource's name in the template.
        resource_type: such as `AWS::Lambda::Function`.
        replacement: of what is modified, whether another takes its place.
        properties: what is modified of it, in alphabetical order.
    """

    action: ChangeAction
    logical_id: str
    resource_type: str
    replacement: Replacement = Replacement.NO
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What would become of a stack.

    Attributes:
        change_set_id: its ARN.
        stack_id: the ARN of the stack.
        stack_name: the stack's name.
        is_creation: whether there is no such stack yet.
        changes: by resource; none where only outputs or the like change.
    """

    change_set_id: str
    stack_id: str
    stack_name: str
    is_creation: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """Where a package is kept for CloudFormation to take it from.

    Attributes:
        bucket: the bucket's name.
        key: in it.
    """

    bucket: str
    key: str


class AlarmState(StrEnum):
    """The states of an alarm of Amazon CloudWatch."""

    OK = "OK"
    ALARM = "ALARM"
    UNKNOWN = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it is now.

    Attributes:
        name: the alarm's.
        state: what it says.
        description: what it is for.
        since: when it came to say that, aware; None if unknown.
    """

    name: str
    state: AlarmState
    description: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many messages there are in a queue, about.

    Attributes:
        waiting: nobody works on them.
        in_flight: somebody does.
    """

    waiting: int
    in_flight: int


def first_cause(events: Iterable[StackEvent]) -> StackEvent | None:
    """Return the failure that led to all others; None if there is none among these.

    When one resource fails, CloudFormation cancels those that were under way, which fail too, and
    at last the stack: the first that was not cancelled is what somebody must mend. Where only the
    stack itself says that something failed, that is the cause.

    Args:
        events: of one operation, the oldest first.
    """
    failures = [event for event in events if event.is_failure]
    own = [
        event
        for event in failures
        if not event.is_of_stack and _CANCELLED not in event.reason.lower()
    ]
    return next(iter([*own, *failures]), None)
