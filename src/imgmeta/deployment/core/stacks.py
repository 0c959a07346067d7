"""AWS CloudFormation stacks, their change sets, events and alarms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = [
    "Alarm",
    "AlarmState",
    "Change",
    "ChangeAction",
    "ChangeSet",
    "QueueDepth",
    "Replacement",
    "Stack",
    "StackEvent",
    "StackResource",
    "check_stack_name",
    "first_cause",
]

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
"""AWS CloudFormation API Reference, "CreateChangeSet"."""


def check_stack_name(name: str) -> None:
    """Check that CloudFormation accepts `name` for a stack.

    Raises:
        ConfigurationError: the name is invalid.
    """
    if not _STACK_NAME.fullmatch(name):
        msg = (
            f"invalid stack name '{printable(name)}': use at most 128 letters, digits and hyphens, "
            "starting with a letter"
        )
        raise ConfigurationError(msg)


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack in its current state.

    Attributes:
        stack_id: the ARN, which stays valid after the stack is deleted.
        name: the stack's name.
        status: such as `UPDATE_ROLLBACK_COMPLETE`: AWS CloudFormation User Guide, "Stack status
            codes".
        parameters: current values of the template parameters.
        outputs: values of the template outputs.
    """

    stack_id: str
    name: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_in_review(self) -> bool:
        """Whether the stack exists only as a change set that would create it."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def is_busy(self) -> bool:
        """Whether an operation on the stack is in progress."""
        return self.status.endswith("_IN_PROGRESS") and not self.is_in_review

    @property
    def is_complete(self) -> bool:
        """Whether the last operation succeeded."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}

    @property
    def is_usable(self) -> bool:
        """Whether all resources are in place, even if a later update was rolled back."""
        return self.is_complete or self.status in {
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
        }

    @property
    def is_deleted(self) -> bool:
        """Whether the stack was deleted."""
        return self.status == "DELETE_COMPLETE"


@dataclass(frozen=True, slots=True)
class StackEvent:
    """A status change of one resource of a stack, or of the stack itself.

    Attributes:
        event_id: unique in its stack.
        timestamp: when it happened, timezone-aware.
        logical_id: the resource's name in the template; for the stack itself, the stack's name.
        resource_type: such as `AWS::S3::Bucket`.
        status: such as `CREATE_FAILED`.
        reason: CloudFormation's explanation; empty if it gives none.
        is_of_stack: whether the event is about the stack itself.
    """

    event_id: str
    timestamp: datetime
    logical_id: str
    resource_type: str
    status: str
    reason: str = ""
    is_of_stack: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether an action failed."""
        return self.status.endswith("_FAILED")


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack.

    Attributes:
        logical_id: its name in the template.
        physical_id: its name or ARN in the account; empty before it is created.
        resource_type: such as `AWS::SQS::Queue`.
        status: such as `CREATE_COMPLETE`.
    """

    logical_id: str
    physical_id: str
    resource_type: str
    status: str


class ChangeAction(StrEnum):
    """What a change set does to a resource, in CloudFormation's words."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"


class Replacement(StrEnum):
    """Whether modifying a resource replaces it with a new one, in CloudFormation's words."""

    NO = "False"
    YES = "True"
    CONDITIONAL = "Conditional"


@dataclass(frozen=True, slots=True)
class Change:
    """The planned change of one resource.

    Attributes:
        action: the action on the resource.
        logical_id: the resource's name in the template.
        resource_type: such as `AWS::Lambda::Function`.
        replacement: whether a modified resource is replaced.
        properties: the modified properties, in alphabetical order.
    """

    action: ChangeAction
    logical_id: str
    resource_type: str
    replacement: Replacement = Replacement.NO
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The planned changes of a stack.

    Attributes:
        change_set_id: its ARN.
        stack_id: the ARN of the stack.
        stack_name: the stack's name.
        is_creation: whether executing it creates the stack.
        changes: one for each resource that changes; empty if, for example, only outputs change.
    """

    change_set_id: str
    stack_id: str
    stack_name: str
    is_creation: bool
    changes: tuple[Change, ...]


class AlarmState(StrEnum):
    """The states of an Amazon CloudWatch alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm in its current state; the description is the problem that it reports."""

    name: str
    state: AlarmState
    description: str = ""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Approximate numbers of messages in a queue.

    Attributes:
        waiting: messages that can be received.
        in_flight: messages that were received, but neither deleted nor returned to the queue.
    """

    waiting: int
    in_flight: int

    @property
    def total(self) -> int:
        """The number of messages, waiting and in flight."""
        return self.waiting + self.in_flight


def first_cause(events: Iterable[StackEvent]) -> StackEvent | None:
    """Return the failure that caused all others, or None if nothing failed.

    When one resource fails, CloudFormation cancels those in progress, which then fail too; the
    stack fails last. The cause is the first failure of a resource that was not canceled, or else
    the first failure.

    Args:
        events: of one operation, the oldest first.
    """
    failures = [event for event in events if event.is_failure]
    # CloudFormation spells "cancelled" with two l's.
    causes = [
        event
        for event in failures
        if not event.is_of_stack and "cancelled" not in event.reason.lower()
    ]
    return next(iter([*causes, *failures]), None)
