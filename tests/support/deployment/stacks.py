"""Stacks in memory: templates are JSON, resources are names, and what happens is told at once.

The contract of the port is held against these as against CloudFormation, so that what the use cases
do with these they do with it.
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
class _Kept:
    stack: Stack
    template: dict[str, Any] = field(default_factory=dict[str, Any])
    events: list[StackEvent] = field(default_factory=list[StackEvent])
    resources: dict[str, StackResource] = field(default_factory=dict[str, StackResource])


class InMemoryStacks:
    """All stacks of an account.

    Attributes:
        error: raised instead of anything else, while it is set.
        failing: logical ids of resources that cannot be made, with the reason.
        hiccups: raised one after the other, each instead of a look at a stack.
        lost: raised once instead of the answer that the changes have begun, as they have.
        looks: how many times a stack is looked at before what was begun is done.
        retained: names of resources that outlived their stack.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.failing: dict[str, str] = {}
        self.hiccups: list[Exception] = []
        self.lost: BaseException | None = None
        self.looks = 0
        self.retained: list[str] = []
        self._stacks: dict[str, _Kept] = {}
        self._proposed: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {}
        self._numbers = count(1)
        self._coming: dict[str, tuple[int, str, list[StackEvent]]] = {}

    def plant(self, stack: Stack) -> None:
        """Have a stack there, whoever made it."""
        self._stacks[stack.stack_id] = _Kept(stack)

    def find(self, stack: str) -> Stack | None:
        """Return the stack as it is now, as the port says."""
        if self.hiccups:
            raise self.hiccups.pop(0)
        kept = self._look(stack)
        if kept is None:
            return None
        coming = self._coming.get(kept.stack.stack_id)
        if coming is not None:
            looks, status, events = coming
            if looks > 0:
                self._coming[kept.stack.stack_id] = (looks - 1, status, events)
            else:
                del self._coming[kept.stack.stack_id]
                kept.stack = replace(kept.stack, status=status)
                kept.events.extend(events)
        return kept.stack

    def propose(
        self, name: str, template: str, parameters: Mapping[str, str], *, keep: Iterable[str] = ()
    ) -> ChangeSet | None:
        """Return what would change, as the port says."""
        document = self._parsed(template)
        kept = self._look(name)
        is_creation = kept is None or kept.stack.is_only_proposed
        before = {} if kept is None else dict(kept.stack.parameters)
        values = {
            name: each["Default"]
            for name, each in document.get("Parameters", {}).items()
            if "Default" in each
        }
        values |= {each: before[each] for each in keep} | dict(parameters)
        if kept is None:
            kept = _Kept(Stack(self._name(f"stack/{name}"), name, "REVIEW_IN_PROGRESS"))
            self._stacks[kept.stack.stack_id] = kept
        changes = tuple(_changes(kept, document, values))
        if not is_creation and not changes:
            return None
        change_set = ChangeSet(
            self._name("change-set"), kept.stack.stack_id, name, is_creation, changes
        )
        self._proposed[change_set.change_set_id] = (kept.stack.stack_id, document, values)
        return change_set

    def discard(self, change_set: ChangeSet) -> None:
        """Forget the change set, as the port says."""
        self._refuse()
        self._proposed.pop(change_set.change_set_id, None)
        kept = self._stacks[change_set.stack_id]
        others = {stack_id for stack_id, *_ in self._proposed.values()}
        if kept.stack.is_only_proposed and change_set.stack_id not in others:
            self._end(kept)

    def execute(self, change_set: ChangeSet) -> None:
        """Have the changes begun, as the port says."""
        self._refuse()
        if change_set.change_set_id not in self._proposed:
            msg = "there is no such change set"
            raise PermanentError(msg)
        _, document, values = self._proposed.pop(change_set.change_set_id)
        kept = self._stacks[change_set.stack_id]
        verb = "CREATE" if change_set.is_creation else "UPDATE"
        events = [self._event(kept, kept.stack.name, f"{verb}_IN_PROGRESS", "User Initiated")]
        failed = [each for each in document["Resources"] if each in self.failing]
        for logical_id, resource in document["Resources"].items():
            if logical_id in self.failing:
                events.append(
                    self._event(kept, logical_id, f"{verb}_FAILED", self.failing[logical_id])
                )
                continue
            if failed:
                said = "Resource creation cancelled"
                events.append(self._event(kept, logical_id, f"{verb}_FAILED", said))
                continue
            events.append(self._event(kept, logical_id, f"{verb}_COMPLETE"))
            kept.resources.setdefault(
                logical_id,
                StackResource(
                    logical_id, self._name(logical_id), resource["Type"], f"{verb}_COMPLETE"
                ),
            )
        status = f"{verb}_COMPLETE"
        if failed:
            status = "ROLLBACK_COMPLETE" if change_set.is_creation else "UPDATE_ROLLBACK_COMPLETE"
        else:
            kept.template = document
            for logical_id in kept.resources.keys() - document["Resources"].keys():
                del kept.resources[logical_id]
                events.append(self._event(kept, logical_id, "DELETE_COMPLETE"))
        outputs = {
            name: values[each["Value"]["Ref"]] for name, each in document.get("Outputs", {}).items()
        }
        kept.stack = replace(
            kept.stack,
            status=f"{verb}_IN_PROGRESS",
            parameters=values,
            outputs=outputs,
        )
        self._begin(kept, status, events)
        if self.lost is not None:
            error, self.lost = self.lost, None
            raise error

    def delete(self, stack_id: str) -> None:
        """Have the deletion begun, as the port says."""
        self._refuse()
        kept = self._look(stack_id)
        if kept is None:
            return
        if kept.stack.is_only_proposed:
            self._end(kept)
            return
        kept.stack = replace(kept.stack, status="DELETE_IN_PROGRESS")
        events = [self._event(kept, kept.stack.name, "DELETE_IN_PROGRESS", "User Initiated")]
        blocked = [each for each in kept.resources if each in self.failing]
        for logical_id in list(kept.resources):
            if logical_id in blocked:
                reason = self.failing[logical_id]
                events.append(self._event(kept, logical_id, "DELETE_FAILED", reason))
                continue
            resource = kept.resources.pop(logical_id)
            if kept.template["Resources"][logical_id].get("DeletionPolicy") == "Retain":
                self.retained.append(resource.physical_id)
            else:
                events.append(self._event(kept, logical_id, "DELETE_COMPLETE"))
        self._begin(kept, "DELETE_FAILED" if blocked else "DELETE_COMPLETE", events)

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return what happened, the oldest first, as the port says."""
        self._refuse()
        events = self._stacks[stack_id].events
        ids = [event.event_id for event in events]
        return events[ids.index(after) + 1 if after in ids else 0 :]

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources, as the port says."""
        self._refuse()
        yield from list(self._stacks[stack_id].resources.values())

    def _look(self, name: str) -> _Kept | None:
        self._refuse()
        if name in self._stacks:
            return self._stacks[name]
        named = [each for each in self._stacks.values() if each.stack.name == name]
        return next((each for each in named if not each.stack.is_deleted), None)

    def _begin(self, kept: _Kept, status: str, events: list[StackEvent]) -> None:
        kept.events.append(events[0])
        last = self._event(kept, kept.stack.name, status)
        self._coming[kept.stack.stack_id] = (self.looks, status, [*events[1:], last])

    def _end(self, kept: _Kept) -> None:
        kept.stack = replace(kept.stack, status="DELETE_COMPLETE")
        kept.events.append(self._event(kept, kept.stack.name, "DELETE_COMPLETE"))

    def _event(self, kept: _Kept, logical_id: str, status: str, reason: str = "") -> StackEvent:
        number = next(self._numbers)
        return StackEvent(
            event_id=f"event-{number}",
            at=_START + timedelta(seconds=number),
            logical_id=logical_id,
            resource_type="AWS::SNS::Topic",
            status=status,
            reason=reason,
            is_of_stack=logical_id == kept.stack.name,
        )

    def _name(self, what: str) -> str:
        return f"{what}/{next(self._numbers)}"

    def _parsed(self, template: str) -> dict[str, Any]:
        self._refuse()
        try:
            parsed: dict[str, Any] = json.loads(template)
        except ValueError as error:
            msg = "that is no template"
            raise PermanentError(msg) from error
        return parsed

    def _refuse(self) -> None:
        if self.error is not None:
            raise self.error


def _changes(
    kept: _Kept, document: Mapping[str, Any], values: Mapping[str, str]
) -> Iterator[Change]:
    before = kept.template.get("Resources", {})
    for logical_id, resource in document["Resources"].items():
        kind = resource["Type"]
        if logical_id not in before:
            yield Change(ChangeAction.ADD, logical_id, kind)
        elif resource != before[logical_id] or values != kept.stack.parameters:
            yield Change(ChangeAction.MODIFY, logical_id, kind, Replacement.NO, ("DisplayName",))
    for logical_id, resource in before.items():
        if logical_id not in document["Resources"]:
            yield Change(ChangeAction.REMOVE, logical_id, resource["Type"])
