"""Stacks in words: what would change, what happens, what there is, and how it is."""

import json
import shlex
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
    "command_line",
    "event_row",
    "health_line",
    "health_rows",
    "output_rows",
    "outputs_line",
    "resource_rows",
    "stack_name",
]

Row = tuple[Span | str, ...]

_NAME, _TYPE, _STATUS, _LABEL = 34, 34, 36, 16

_SIGNS = {
    ChangeAction.ADD: ("add", Style.GOOD),
    ChangeAction.MODIFY: ("change", Style.CHANGED),
    ChangeAction.REMOVE: ("remove", Style.BAD),
    ChangeAction.IMPORT: ("import", Style.GOOD),
    ChangeAction.DYNAMIC: ("perhaps", Style.CHANGED),
}

_SAID = {AlarmState.OK: "fine", AlarmState.ALARM: "ALARM", AlarmState.UNKNOWN: "no data"}
_STYLES = {AlarmState.OK: Style.GOOD, AlarmState.ALARM: Style.BAD, AlarmState.UNKNOWN: Style.FAINT}


def change_rows(change_set: ChangeSet) -> Iterator[Row]:
    """Yield a line for each change, and one that counts them."""
    for change in change_set.changes:
        sign, style = _SIGNS[change.action]
        yield (
            Span(sign, style, width=8),
            Span(change.logical_id, width=_NAME),
            " ",
            Span(change.resource_type, Style.FAINT, width=_TYPE),
            *_how(change),
        )
    actions = [change.action for change in change_set.changes]
    counts = ", ".join(
        f"{actions.count(action):,} to {_SIGNS[action][0]}"
        for action in (ChangeAction.ADD, ChangeAction.MODIFY, ChangeAction.REMOVE)
    )
    what = "is new" if change_set.is_creation else "changes"
    rest = counts if actions else "only outputs and the like"
    named = stack_name(change_set.stack_name, change_set.stack_id)
    yield (Span(f"The stack {named} {what}: {rest}.", Style.STRONG),)


def _how(change: Change) -> Iterator[Span | str]:
    if change.replacement is not Replacement.NO:
        said = "replaced" if change.replacement is Replacement.YES else "perhaps replaced"
        yield Span(f" {said}", Style.BAD)
    if change.properties:
        yield Span(f" ({', '.join(change.properties)})", fit=True)


def stack_name(name: str, stack_id: str) -> str:
    """Return a stack's name with the account and region that it is in, where its ARN says them."""
    arn = stack_id.split(":")
    return f"{name} ({arn[4]}, {arn[3]})" if arn[0] == "arn" and len(arn) > 5 else name  # noqa: PLR2004 - its parts


def event_row(event: StackEvent) -> Row:
    """Return a line of what happened."""
    if event.is_failure or "ROLLBACK" in event.status:
        style = Style.BAD
    elif event.status.endswith("_COMPLETE"):
        style = Style.GOOD
    else:
        style = Style.FAINT
    row: Row = (
        Span(f"{event.at.astimezone(UTC):%H:%M:%S}", Style.FAINT, width=9),
        Span(event.status, style, width=_STATUS),
        " ",
        Span(event.logical_id),
    )
    # A reason is never cut: it may be what somebody needs to know.
    return (*row, f"  {event.reason}") if event.reason else row


def output_rows(outputs: Mapping[str, str]) -> Iterator[Row]:
    """Yield a line for each output."""
    width = max(map(len, outputs), default=0)
    for name, value in sorted(outputs.items()):
        yield (Span(name, Style.FAINT, width=width + 2), value)


def outputs_line(outputs: Mapping[str, str]) -> str:
    """Return the outputs as JSON."""
    return json.dumps(dict(sorted(outputs.items())))


def resource_rows(resources: list[StackResource], kept: frozenset[str]) -> Iterator[Row]:
    """Yield a line for each resource, those first that are kept when the stack is deleted."""
    for each in sorted(resources, key=lambda one: (one.logical_id not in kept, one.logical_id)):
        is_kept = each.logical_id in kept
        yield (
            Span("keep", Style.GOOD, width=8) if is_kept else Span("delete", Style.BAD, width=8),
            Span(each.logical_id, width=_NAME),
            " ",
            Span(each.physical_id, Style.FAINT, fit=True),
        )


def health_rows(health: StackHealth, now: datetime) -> Iterator[Row]:
    """Yield the lines that say how a stack is."""
    stack = health.stack
    style = Style.GOOD if stack.is_usable else Style.BAD
    yield (Span("Stack", Style.FAINT, width=_LABEL), Span(f"{stack.name} {stack.status}", style))
    for name, alarm in health.alarms.items():
        yield (
            Span("Alarm", Style.FAINT, width=_LABEL),
            Span("GONE", Style.BAD, width=10)
            if alarm is None
            else Span(_SAID[alarm.state], _STYLES[alarm.state], width=10),
            name,
        )
        if alarm is not None and alarm.state is AlarmState.ALARM and alarm.description:
            yield (" " * _LABEL, alarm.description)
    yield (Span("Queue", Style.FAINT, width=_LABEL), _depth(health.queue))
    yield (Span("Dead letters", Style.FAINT, width=_LABEL), _depth(health.dead_letters))
    yield (Span("Last image", Style.FAINT, width=_LABEL), *_last(health, now))


def _depth(depth: QueueDepth | None) -> str:
    if depth is None:
        return "there is no queue"
    return f"{depth.waiting:,} waiting, {depth.in_flight:,} in work"


def _last(health: StackHealth, now: datetime) -> Row:
    record = health.last
    if record is None or record.last_modified is None:
        return ("none in the last 30 days",)
    place = display_name(ObjectLocation(record.bucket_name, record.object_key))
    ago = _ago((now - record.last_modified).total_seconds())
    return (f"{record.status} {ago} ago: ", Span(place, fit=True, keep_end=True))


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"


def health_line(health: StackHealth) -> str:
    """Return how a stack is, as JSON."""

    def depth(of: QueueDepth | None) -> dict[str, int] | None:
        return None if of is None else {"Waiting": of.waiting, "InFlight": of.in_flight}

    return json.dumps(
        {
            "StackName": health.stack.name,
            "StackStatus": health.stack.status,
            "Healthy": not any(True for _ in health.faults()),
            "Faults": list(health.faults()),
            "Alarms": {
                name: None if alarm is None else alarm.state.value
                for name, alarm in health.alarms.items()
            },
            "Queue": depth(health.queue),
            "DeadLetters": depth(health.dead_letters),
            "LastRecord": None if health.last is None else json.loads(health.last.to_json()),
            "Outputs": dict(sorted(health.stack.outputs.items())),
        }
    )


def command_line(*words: str, options: Mapping[str, str | None]) -> str:
    """Return a command that can be pasted into a shell.

    Args:
        words: the command and its arguments.
        options: by name, with dashes; those that are None are left out.
    """
    given = [part for name, value in options.items() if value is not None for part in (name, value)]
    return shlex.join([*words, *given])
