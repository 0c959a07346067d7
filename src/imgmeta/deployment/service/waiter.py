"""Wait for an operation on a stack, and yield the stack's events meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.stacks import Stack, StackEvent, first_cause
from imgmeta.deployment.ports import Stacks
from imgmeta.errors import AdapterError, PermanentError, TransientError

__all__ = ["Outage", "Sleep", "StatusUnavailableError", "wait_for_stack"]

Sleep = Callable[[float], None]
"""Sleep for the given number of seconds."""

_FIRST_PAUSE, _PAUSE_AFTER_EVENTS, _MAX_PAUSE = 0.1, 0.5, 2.0
"""Seconds between two polls: initially, at most after new events, and at most overall."""

_MAX_UNAVAILABLE = 120.0
"""Seconds to wait for a service that does not respond. Operations take minutes and continue
regardless, so that a throttled poll must not end the wait."""

_MAX_REASON = 500


class StatusUnavailableError(AdapterError):
    """The operation continues, but its status can no longer be read."""


@dataclass(slots=True)
class Outage:
    """Consecutive polls of an operation's status that failed.

    Attributes:
        seconds: how long the service has not responded, by the pauses after these polls.
    """

    seconds: float = 0.0

    def add(self, error: AdapterError, pause: float) -> None:
        """Add a failed poll, which is followed by a pause and another poll.

        Raises:
            StatusUnavailableError: the failure is permanent, or has lasted for two minutes.
        """
        if not isinstance(error, TransientError) or self.seconds >= _MAX_UNAVAILABLE:
            raise StatusUnavailableError(error.message, remedy=error.remedy) from error
        self.seconds += pause


def wait_for_stack(
    stacks: Stacks,
    stack: Stack,
    *,
    after: str | None,
    is_success: Callable[[Stack | None], bool],
    sleep: Sleep,
) -> Iterator[StackEvent]:
    """Yield the events of a stack until the current operation ends.

    Args:
        stacks: the stacks of the account.
        stack: the stack before the operation.
        after: the ID of the last event before the operation; None if there was none.
        is_success: whether the final state is the intended one; None: the stack does not exist.
        sleep: pauses between two polls.

    Raises:
        PermanentError: the operation failed; the message names the first cause.
        StatusUnavailableError: the status can no longer be read.
    """
    current: Stack | None = stack
    events = list[StackEvent]()
    pause = _FIRST_PAUSE
    outage = Outage()
    while True:
        try:
            # The status first: events read after the final status are complete.
            current = stacks.find(stack.stack_id)
            new_events = stacks.events(stack.stack_id, after=after)
        except AdapterError as error:
            outage.add(error, pause)
        else:
            outage = Outage()
            for event in new_events:
                after = event.event_id
                events.append(event)
                yield event
            if current is None or _has_ended(current, events):
                break
            if new_events:
                pause = min(pause, _PAUSE_AFTER_EVENTS)
        sleep(pause)
        pause = min(pause * 2, _MAX_PAUSE)
    if not is_success(current):
        raise PermanentError(_failure_message(stack.name, current, events))


def _has_ended(stack: Stack, events: list[StackEvent]) -> bool:
    """Return whether the operation ended; at its start, the stack may still have its old status."""
    own_statuses = [event.status for event in events if event.is_of_stack]
    return not stack.is_busy and stack.status in own_statuses


def _failure_message(name: str, stack: Stack | None, events: list[StackEvent]) -> str:
    end = "no longer exists" if stack is None else f"ended as {stack.status}"
    outcome = f"the stack {printable(name)} {end}"
    cause = first_cause(events)
    if cause is None:
        return f"{outcome}: another operation interfered"
    reason = shorten(printable(cause.reason), _MAX_REASON) or "CloudFormation gives no reason"
    if cause.is_of_stack:
        return f"{outcome}: {reason}"
    return f"{outcome} because {cause.logical_id} ({cause.resource_type}) failed: {reason}"
