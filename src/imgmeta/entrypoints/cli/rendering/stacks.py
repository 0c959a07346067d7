"""Stacks for people and as JSON: changes, events, resources and outputs."""

from collections.abc import Iterator, Mapping
from datetime import UTC

from imgmeta.deployment.core.stacks import (
    Change,
    ChangeAction,
    ChangeSet,
    Replacement,
    StackEvent,
    StackResource,
)
from imgmeta.entrypoints.cli.rendering.json_lines import json_line
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = [
    "Row",
    "change_rows",
    "event_row",
    "output_rows",
    "outputs_line",
    "resource_rows",
    "stack_with_account",
]

Row = tuple[Span | str, ...]

_NAME, _TYPE, _STATUS = 34, 34, 36

_ACTIONS = {
    ChangeAction.ADD: ("add", Style.GOOD),
    ChangeAction.MODIFY: ("change", Style.CHANGED),
    ChangeAction.REMOVE: ("remove", Style.BAD),
    ChangeAction.IMPORT: ("import", Style.GOOD),
    ChangeAction.DYNAMIC: ("unknown", Style.CHANGED),
}


def change_rows(change_set: ChangeSet) -> Iterator[Row]:
    """Yield a line for each change, and a summary."""
    for change in change_set.changes:
        action, style = _ACTIONS[change.action]
        yield (
            Span(action, style, width=8),
            Span(change.logical_id, width=_NAME),
            " ",
            Span(change.resource_type, Style.FAINT, width=_TYPE),
            *_change_details(change),
        )
    actions = [change.action for change in change_set.changes]
    counts = ", ".join(
        f"{actions.count(action):,} to {_ACTIONS[action][0]}"
        for action in (ChangeAction.ADD, ChangeAction.MODIFY, ChangeAction.REMOVE)
    )
    verb = "Create" if change_set.is_creation else "Update"
    summary = counts if actions else "no resources to change, only outputs or settings"
    shown = stack_with_account(change_set.stack_name, change_set.stack_id)
    yield (Span(f"{verb} the stack {shown}: {summary}.", Style.STRONG),)


def _change_details(change: Change) -> Iterator[Span | str]:
    if change.replacement is not Replacement.NO:
        is_certain = change.replacement is Replacement.YES
        yield Span(" replaced" if is_certain else " possibly replaced", Style.BAD)
    if change.properties:
        yield Span(f" ({', '.join(change.properties)})", fit=True)


def stack_with_account(name: str, stack_id: str) -> str:
    """Return a stack's name, with account and region if its id is an ARN."""
    arn = stack_id.split(":")
    return f"{name} ({arn[4]}, {arn[3]})" if arn[0] == "arn" and len(arn) > 5 else name  # noqa: PLR2004 - parts of an ARN


def event_row(event: StackEvent) -> Row:
    """Return the line of an event."""
    if event.is_failure or "ROLLBACK" in event.status:
        style = Style.BAD
    elif event.status.endswith("_COMPLETE"):
        style = Style.GOOD
    else:
        style = Style.FAINT
    row: Row = (
        Span(f"{event.timestamp.astimezone(UTC):%H:%M:%S}", Style.FAINT, width=9),
        Span(event.status, style, width=_STATUS),
        " ",
        Span(event.logical_id),
    )
    # Reasons are never shortened: they explain failures.
    return (*row, f"  {event.reason}") if event.reason else row


def output_rows(outputs: Mapping[str, str]) -> Iterator[Row]:
    """Yield a line for each output."""
    width = max(map(len, outputs), default=0)
    for name, value in sorted(outputs.items()):
        yield (Span(name, Style.FAINT, width=width + 2), value)


def outputs_line(outputs: Mapping[str, str]) -> str:
    """Return the outputs as JSON."""
    return json_line(dict(sorted(outputs.items())))


def resource_rows(resources: list[StackResource], retained: frozenset[str]) -> Iterator[Row]:
    """Yield a line for each resource, first those that stay when the stack is deleted."""
    for each in sorted(resources, key=lambda one: (one.logical_id not in retained, one.logical_id)):
        is_kept = each.logical_id in retained
        yield (
            Span("keep", Style.GOOD, width=8) if is_kept else Span("delete", Style.BAD, width=8),
            Span(each.logical_id, width=_NAME),
            " ",
            Span(each.physical_id, Style.FAINT, fit=True),
        )
