"""In-memory stacks: templates are JSON, and resources are only names.

The contract tests of the port run against these as well as against CloudFormation.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from imgmeta.deployment.core.stacks import (
    Change,
    ChangeAction,
    ChangeSet,
    Replacement,
    Stack,
    StackEvent,
    StackResource,
)
from imgmeta.errors import PermanentError

__all__ = ["InMemoryStacks"]

_START = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class _StoredStack:
    stack: Stack
    template: dict[str, Any] = field(default_factory=dict[str, Any])
    events: list[StackEvent] = field(default_factory=list[StackEvent])
    resources: dict[str, StackResource] = field(default_factory=dict[str, StackResource])


class InMemoryStacks:
    """The stacks of an account.

    Attributes:
        error: raised by every call while it is set.
        failing: logical IDs of resources that cannot be created or deleted, with the reason.
        find_errors: raised by the next calls of `find`, one by each.
        lost_response: raised once by `execute_change_set`, after the changes have started.
        polls: how many times `find` reports an operation as in progress before it ends.
        retained: physical IDs of resources that stayed after their stack was deleted.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.failing: dict[str, str] = {}
        self.find_errors: list[BaseException] = []
        self.lost_response: BaseException | None = None
        self.polls = 0
        self.retained: list[str] = []
        self._stacks: dict[str, _StoredStack] = {}
        self._change_sets: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {}
        self._numbers = count(1)
        self._operations: dict[str, tuple[int, str, list[StackEvent]]] = {}

    def add(self, stack: Stack) -> None:
        """Add a stack, or replace the one with its ID."""
        self._stacks[stack.stack_id] = _StoredStack(stack)

    def find(self, stack: str) -> Stack | None:
        """Return the stack in its current state: see `Stacks.find`."""
        if self.find_errors:
            raise self.find_errors.pop(0)
        stored = self._find(stack)
        if stored is None:
            return None
        operation = self._operations.get(stored.stack.stack_id)
        if operation is not None:
            polls, status, events = operation
            if polls > 0:
                self._operations[stored.stack.stack_id] = (polls - 1, status, events)
            else:
                del self._operations[stored.stack.stack_id]
                stored.stack = replace(stored.stack, status=status)
                stored.events.extend(events)
        return stored.stack

    def create_change_set(
        self,
        stack_name: str,
        template: str,
        parameters: Mapping[str, str],
        *,
        use_previous_values: Iterable[str] = (),
    ) -> ChangeSet | None:
        """Create a change set, or return None without changes: see `Stacks.create_change_set`."""
        document = self._parse(template)
        stored = self._find(stack_name)
        is_creation = stored is None or stored.stack.is_in_review
        before = {} if stored is None else dict(stored.stack.parameters)
        values = {
            name: each["Default"]
            for name, each in document.get("Parameters", {}).items()
            if "Default" in each
        }
        values |= {each: before[each] for each in use_previous_values} | dict(parameters)
        if stored is None:
            stack_id = self._new_id(f"stack/{stack_name}")
            stored = _StoredStack(Stack(stack_id, stack_name, "REVIEW_IN_PROGRESS"))
            self._stacks[stored.stack.stack_id] = stored
        changes = tuple(_changes(stored, document, values))
        if not is_creation and not changes:
            return None
        change_set = ChangeSet(
            self._new_id("change-set"), stored.stack.stack_id, stack_name, is_creation, changes
        )
        self._change_sets[change_set.change_set_id] = (stored.stack.stack_id, document, values)
        return change_set

    def delete_change_set(self, change_set: ChangeSet) -> None:
        """Delete the change set, and maybe a stack in review: see `Stacks.delete_change_set`."""
        self._raise_error()
        self._change_sets.pop(change_set.change_set_id, None)
        stored = self._stacks[change_set.stack_id]
        others = {stack_id for stack_id, *_ in self._change_sets.values()}
        if stored.stack.is_in_review and change_set.stack_id not in others:
            self._set_deleted(stored)

    def execute_change_set(self, change_set: ChangeSet) -> None:
        """Start to execute the change set: see `Stacks.execute_change_set`."""
        self._raise_error()
        if change_set.change_set_id not in self._change_sets:
            msg = "the change set does not exist"
            raise PermanentError(msg)
        _, document, values = self._change_sets.pop(change_set.change_set_id)
        stored = self._stacks[change_set.stack_id]
        verb = "CREATE" if change_set.is_creation else "UPDATE"
        events = [self._event(stored, stored.stack.name, f"{verb}_IN_PROGRESS", "User Initiated")]
        failed = [each for each in document["Resources"] if each in self.failing]
        for logical_id, resource in document["Resources"].items():
            if logical_id in self.failing:
                events.append(
                    self._event(stored, logical_id, f"{verb}_FAILED", self.failing[logical_id])
                )
                continue
            if failed:
                reason = "Resource creation cancelled"
                events.append(self._event(stored, logical_id, f"{verb}_FAILED", reason))
                continue
            events.append(self._event(stored, logical_id, f"{verb}_COMPLETE"))
            stored.resources.setdefault(
                logical_id,
                StackResource(
                    logical_id, self._new_id(logical_id), resource["Type"], f"{verb}_COMPLETE"
                ),
            )
        status = f"{verb}_COMPLETE"
        if failed:
            status = "ROLLBACK_COMPLETE" if change_set.is_creation else "UPDATE_ROLLBACK_COMPLETE"
        else:
            stored.template = document
            for logical_id in stored.resources.keys() - document["Resources"].keys():
                del stored.resources[logical_id]
                events.append(self._event(stored, logical_id, "DELETE_COMPLETE"))
        outputs = {
            name: values[each["Value"]["Ref"]] for name, each in document.get("Outputs", {}).items()
        }
        stored.stack = replace(
            stored.stack,
            status=f"{verb}_IN_PROGRESS",
            parameters=values,
            outputs=outputs,
        )
        self._start(stored, status, events)
        if self.lost_response is not None:
            error, self.lost_response = self.lost_response, None
            raise error

    def delete(self, stack_id: str) -> None:
        """Start to delete the stack: see `Stacks.delete`."""
        self._raise_error()
        stored = self._find(stack_id)
        if stored is None:
            return
        if stored.stack.is_in_review:
            self._set_deleted(stored)
            return
        stored.stack = replace(stored.stack, status="DELETE_IN_PROGRESS")
        events = [self._event(stored, stored.stack.name, "DELETE_IN_PROGRESS", "User Initiated")]
        blocked = [each for each in stored.resources if each in self.failing]
        for logical_id in list(stored.resources):
            if logical_id in blocked:
                reason = self.failing[logical_id]
                events.append(self._event(stored, logical_id, "DELETE_FAILED", reason))
                continue
            resource = stored.resources.pop(logical_id)
            if stored.template["Resources"][logical_id].get("DeletionPolicy") == "Retain":
                self.retained.append(resource.physical_id)
            else:
                events.append(self._event(stored, logical_id, "DELETE_COMPLETE"))
        self._start(stored, "DELETE_FAILED" if blocked else "DELETE_COMPLETE", events)

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return the events, the oldest first: see `Stacks.events`."""
        self._raise_error()
        events = self._stacks[stack_id].events
        ids = [event.event_id for event in events]
        return events[ids.index(after) + 1 if after in ids else 0 :]

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources: see `Stacks.resources`."""
        self._raise_error()
        yield from list(self._stacks[stack_id].resources.values())

    def _find(self, name: str) -> _StoredStack | None:
        self._raise_error()
        if name in self._stacks:
            return self._stacks[name]
        named = [each for each in self._stacks.values() if each.stack.name == name]
        return next((each for each in named if not each.stack.is_deleted), None)

    def _start(self, stored: _StoredStack, status: str, events: list[StackEvent]) -> None:
        stored.events.append(events[0])
        last = self._event(stored, stored.stack.name, status)
        self._operations[stored.stack.stack_id] = (self.polls, status, [*events[1:], last])

    def _set_deleted(self, stored: _StoredStack) -> None:
        stored.stack = replace(stored.stack, status="DELETE_COMPLETE")
        stored.events.append(self._event(stored, stored.stack.name, "DELETE_COMPLETE"))

    def _event(
        self, stored: _StoredStack, logical_id: str, status: str, reason: str = ""
    ) -> StackEvent:
        number = next(self._numbers)
        return StackEvent(
            event_id=f"event-{number}",
            timestamp=_START + timedelta(seconds=number),
            logical_id=logical_id,
            resource_type="AWS::SNS::Topic",
            status=status,
            reason=reason,
            is_of_stack=logical_id == stored.stack.name,
        )

    def _new_id(self, prefix: str) -> str:
        return f"{prefix}/{next(self._numbers)}"

    def _parse(self, template: str) -> dict[str, Any]:
        self._raise_error()
        try:
            parsed: dict[str, Any] = json.loads(template)
        except ValueError as error:
            msg = "invalid template"
            raise PermanentError(msg) from error
        return parsed

    def _raise_error(self) -> None:
        if self.error is not None:
            raise self.error


def _changes(
    stored: _StoredStack, document: Mapping[str, Any], values: Mapping[str, str]
) -> Iterator[Change]:
    before = stored.template.get("Resources", {})
    for logical_id, resource in document["Resources"].items():
        kind = resource["Type"]
        if logical_id not in before:
            yield Change(ChangeAction.ADD, logical_id, kind)
        elif resource != before[logical_id] or values != stored.stack.parameters:
            yield Change(ChangeAction.MODIFY, logical_id, kind, Replacement.NO, ("DisplayName",))
    for logical_id, resource in before.items():
        if logical_id not in document["Resources"]:
            yield Change(ChangeAction.REMOVE, logical_id, resource["Type"])
