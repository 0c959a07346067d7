"""How often a stack is polled."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from imgmeta.deployment.core.stacks import Stack, StackEvent
from imgmeta.deployment.service.waiter import wait_for_stack
from imgmeta.errors import PermanentError, TransientError
from support.deployment.stacks import InMemoryStacks

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class PolledStacks(InMemoryStacks):
    """A stack that is updated for a number of polls.

    Attributes:
        polls: the polls so far.
    """

    def __init__(self, last_poll: int, *, events_at: int | None = None) -> None:
        super().__init__()
        self._last_poll = last_poll
        self._events_at = events_at

    def find(self, stack: str) -> Stack:
        self.polls += 1
        is_busy = self.polls < self._last_poll
        return Stack(stack, "photos", "UPDATE_IN_PROGRESS" if is_busy else "UPDATE_COMPLETE")

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        del stack_id, after
        if self.polls == self._last_poll:
            return [event("photos", "UPDATE_COMPLETE")]
        return [event("Topic", "UPDATE_IN_PROGRESS")] if self.polls == self._events_at else []


def event(logical_id: str, status: str) -> StackEvent:
    is_of_stack = logical_id == "photos"
    return StackEvent(
        f"{logical_id}-{status}", NOW, logical_id, "AWS::X::Y", status, is_of_stack=is_of_stack
    )


def pauses(
    stacks: PolledStacks, *, is_success: Callable[[Stack | None], bool] = lambda _: True
) -> list[float]:
    """Wait for the stack; return the pauses between polls."""
    slept = list[float]()
    stack = Stack("arn", "photos", "CREATE_COMPLETE")
    list(wait_for_stack(stacks, stack, after=None, is_success=is_success, sleep=slept.append))
    return slept


def test_pauses_grow_up_to_two_seconds_without_events() -> None:
    assert pauses(PolledStacks(last_poll=8)) == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_pause_after_new_events_is_at_most_half_a_second() -> None:
    found = pauses(PolledStacks(last_poll=11, events_at=8))
    assert found[6] == 2.0
    assert found[7:] == [0.5, 1.0, 2.0]


def test_new_events_do_not_lengthen_a_short_pause() -> None:
    assert pauses(PolledStacks(last_poll=3, events_at=1)) == [0.1, 0.2]


def test_unsuccessful_final_state_is_an_error() -> None:
    with pytest.raises(PermanentError, match="the stack photos ended as UPDATE_COMPLETE: another"):
        pauses(PolledStacks(last_poll=2), is_success=lambda _: False)


class FlakyStacks(PolledStacks):
    """A stack that every second poll cannot read."""

    def find(self, stack: str) -> Stack:
        found = super().find(stack)
        if self.polls % 2:
            raise TransientError("slow down")
        return found


def test_separate_outages_do_not_add_up() -> None:
    assert sum(pauses(FlakyStacks(last_poll=400))) > 4 * 120
