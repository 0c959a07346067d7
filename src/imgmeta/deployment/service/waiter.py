"""Watching what was begun with a stack, until it is done."""

from collections.abc import Callable, Iterator

from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.stacks import Stack, StackEvent, first_cause
from imgmeta.deployment.ports import Stacks
from imgmeta.errors import AdapterError, PermanentError, TransientError

__all__ = ["NotWatchedError", "Wait", "followed"]

Wait = Callable[[float], None]
"""Passes so many seconds."""

_FIRST_PAUSE, _LIVELY_PAUSE, _LONGEST_PAUSE = 0.1, 0.5, 2.0

_PATIENCE = 120.0
"""Seconds that are waited in vain, one after the other, before a service that does not answer is
given up. What was begun takes minutes, and is not stopped by a throttled look at it."""

_MAX_REASON = 500


class NotWatchedError(AdapterError):
    """What was begun goes on, but it cannot be looked at any more."""


def followed(
    stacks: Stacks,
    stack: Stack,
    seen: str | None,
    *,
    goal: Callable[[Stack | None], bool],
    wait: Wait,
) -> Iterator[StackEvent]:
    """Yield what happens to a stack until it comes to rest.

    Args:
        stacks: where it is.
        stack: as it was last seen.
        seen: the id of the last event that is known already; None: none is.
        goal: whether this is what it should come to; None: it is not there any more.
        wait: passes time between two looks.

    Raises:
        PermanentError: it came to something else; with the first cause.
        NotWatchedError: AWS does not say how it goes on.
    """
    now: Stack | None = stack
    happened = list[StackEvent]()
    pause = _FIRST_PAUSE
    in_vain = 0.0
    while True:
        try:
            # In this order: nothing that happened before the stack came to rest is missed.
            now = stacks.find(stack.stack_id)
            events = stacks.events(stack.stack_id, after=seen)
        except AdapterError as error:
            if not isinstance(error, TransientError) or in_vain >= _PATIENCE:
                raise NotWatchedError(str(error)) from error
            in_vain += pause
        else:
            in_vain = 0.0
            for event in events:
                seen = event.event_id
                happened.append(event)
                yield event
            if now is None or _is_at_rest(now, happened):
                break
            if events:
                pause = min(pause, _LIVELY_PAUSE)
        wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    if not goal(now):
        raise PermanentError(_failure(stack.name, now, happened))


def _is_at_rest(stack: Stack, happened: list[StackEvent]) -> bool:
    """Return whether it is done, whatever the end; before it began, the status is still the old."""
    own = [event.status for event in happened if event.is_of_stack]
    return not stack.is_busy and stack.status in own


def _failure(name: str, stack: Stack | None, events: list[StackEvent]) -> str:
    end = "is gone" if stack is None else f"ended as {stack.status}"
    what = f"the stack {printable(name)} {end}"
    cause = first_cause(events)
    if cause is None:
        return f"{what}: something else was done to it meanwhile"
    reason = shorten(printable(cause.reason), _MAX_REASON) or "it does not say why"
    where = "" if cause.is_of_stack else f"{cause.logical_id} ({cause.resource_type}): "
    return f"{what}, because of {where}{reason}"
