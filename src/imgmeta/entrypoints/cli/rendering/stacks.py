"""Stacks for people and as JSON: changes, events, resources, outputs and health."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.stacks import (
    AlarmState,
    Change,
    ChangeAction,
    ChangeSet,
    QueueDepth,
    Replacement,
    StackEvent,
    StackResource,
)
from imgmeta.deployment.service.health import StackHealth
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = [
    "Row",
    "change_rows",
    "event_row",
    "health_line",
    "health_rows",
    "output_rows",
    "outputs_line",
    "resource_rows",
    "stack_with_account",
]

Row = tuple[Span | str, ...]

_NAME, _TYPE, _STATUS, _LABEL = 34, 34, 36, 16

_ACTIONS = {
    ChangeAction.ADD: ("add", Style.GOOD),
    ChangeAction.MODIFY: ("change", Style.CHANGED),
    ChangeAction.REMOVE: ("remove", Style.BAD),
    ChangeAction.IMPORT: ("import", Style.GOOD),
    ChangeAction.DYNAMIC: ("unknown", Style.CHANGED),
}

_ALARM_STATES = {
    AlarmState.OK: Span("OK", Style.GOOD, width=10),
    AlarmState.ALARM: Span("ALARM", Style.BAD, width=10),
    AlarmState.INSUFFICIENT_DATA: Span("no data", Style.FAINT, width=10),
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
    return json.dumps(dict(sorted(outputs.items())))


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


def health_rows(health: StackHealth, now: datetime) -> Iterator[Row]:
    """Yield the lines of a stack's health."""
    stack = health.stack
    style = Style.GOOD if stack.is_usable else Style.BAD
    yield (Span("Stack", Style.FAINT, width=_LABEL), Span(f"{stack.name} {stack.status}", style))
    for name, alarm in health.alarms.items():
        yield (
            Span("Alarm", Style.FAINT, width=_LABEL),
            Span("DELETED", Style.BAD, width=10) if alarm is None else _ALARM_STATES[alarm.state],
            name,
        )
        if alarm is not None and alarm.state is AlarmState.ALARM and alarm.description:
            yield (" " * _LABEL, alarm.description)
    yield (Span("Queue", Style.FAINT, width=_LABEL), _depth(health.queue))
    yield (Span("Dead letters", Style.FAINT, width=_LABEL), _depth(health.dead_letters))
    yield (Span("Last image", Style.FAINT, width=_LABEL), *_latest_image(health, now))
    if health.unreadable_records:
        count = f"at least {health.unreadable_records:,} unreadable: sync the bucket"
        yield (Span("Records", Style.FAINT, width=_LABEL), Span(count, Style.BAD))


def _depth(depth: QueueDepth | None) -> str:
    if depth is None:
        return "no queue"
    return f"{depth.waiting:,} waiting, {depth.in_flight:,} in flight"


def _latest_image(health: StackHealth, now: datetime) -> Row:
    record = health.latest_record
    if record is None or record.last_modified is None:
        return ("none in the last 30 days",)
    name = display_name(ObjectLocation(record.bucket_name, record.object_key))
    age = _age((now - record.last_modified).total_seconds())
    return (f"{record.status} {age} ago: ", Span(name, fit=True, keep_end=True))


def _age(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"


def health_line(health: StackHealth) -> str:
    """Return the health of a stack as JSON."""

    def depth(queue: QueueDepth | None) -> dict[str, int] | None:
        return None if queue is None else {"Waiting": queue.waiting, "InFlight": queue.in_flight}

    problems = list(health.problems())
    latest = health.latest_record
    return json.dumps(
        {
            "StackName": health.stack.name,
            "StackStatus": health.stack.status,
            "Healthy": not problems,
            "Faults": problems,
            "Alarms": {
                name: None if alarm is None else alarm.state.value
                for name, alarm in health.alarms.items()
            },
            "Queue": depth(health.queue),
            "DeadLetters": depth(health.dead_letters),
            "LastRecord": None if latest is None else json.loads(latest.to_json()),
            "UnreadableRecords": health.unreadable_records,
            "Outputs": dict(sorted(health.stack.outputs.items())),
        }
    )
