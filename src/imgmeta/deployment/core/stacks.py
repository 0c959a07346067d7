"""Stacks of AWS CloudFormation: what one is, what would change, and what went wrong first."""

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
    "first_cause",
]


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
        if not event.is_of_stack and "cancelled" not in event.reason.lower()
    ]
    return next(iter([*own, *failures]), None)
