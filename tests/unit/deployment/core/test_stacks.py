"""Rules for stack status, first causes and parameter values."""

from datetime import UTC, datetime

import pytest

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.deployment.core.stacks import Stack, StackEvent, first_cause

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(logical_id: str, status: str, reason: str = "") -> StackEvent:
    return StackEvent(
        f"{logical_id}-{status}",
        NOW,
        logical_id,
        "AWS::X::Y",
        status,
        reason,
        logical_id == "photos",
    )


def stack(status: str) -> Stack:
    return Stack("arn", "photos", status)


@pytest.mark.parametrize(
    ("status", "busy", "complete", "usable"),
    [
        ("REVIEW_IN_PROGRESS", False, False, False),
        ("CREATE_IN_PROGRESS", True, False, False),
        ("CREATE_COMPLETE", False, True, True),
        ("CREATE_FAILED", False, False, False),
        ("ROLLBACK_IN_PROGRESS", True, False, False),
        ("ROLLBACK_COMPLETE", False, False, False),
        ("UPDATE_IN_PROGRESS", True, False, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", True, False, False),
        ("UPDATE_COMPLETE", False, True, True),
        ("UPDATE_ROLLBACK_COMPLETE", False, False, True),
        ("UPDATE_ROLLBACK_FAILED", False, False, False),
        ("DELETE_IN_PROGRESS", True, False, False),
        ("DELETE_FAILED", False, False, False),
        ("DELETE_COMPLETE", False, False, False),
    ],
)
def test_status_determines_the_state_of_a_stack(
    status: str, *, busy: bool, complete: bool, usable: bool
) -> None:
    found = stack(status)
    assert (found.is_busy, found.is_complete, found.is_usable) == (busy, complete, usable)


def test_first_cause_is_neither_a_cancellation_nor_the_stack_itself() -> None:
    cause = event("Queue", "CREATE_FAILED", "the name is taken")
    events = [
        event("photos", "CREATE_IN_PROGRESS", "User Initiated"),
        event("Topic", "CREATE_FAILED", "Resource creation cancelled"),
        cause,
        event("Table", "CREATE_FAILED", "something else, later"),
        event("photos", "ROLLBACK_IN_PROGRESS", "The following resources failed: [Queue]"),
        event("Queue", "DELETE_FAILED", "in use"),
        event("photos", "ROLLBACK_FAILED"),
    ]
    assert first_cause(events) == cause


def test_failure_of_the_stack_alone_is_the_first_cause() -> None:
    cause = event("photos", "UPDATE_FAILED", "the limit of stacks is reached")
    assert first_cause([event("Topic", "UPDATE_COMPLETE"), cause]) == cause


def test_first_cancellation_is_the_cause_without_other_failures() -> None:
    first = event("Topic", "CREATE_FAILED", "Resource creation cancelled")
    assert first_cause([first, event("photos", "CREATE_FAILED")]) == first


def test_events_without_failures_have_no_first_cause() -> None:
    assert first_cause([event("Topic", "CREATE_COMPLETE")]) is None


CHOICE = TemplateParameter("Choice", allowed_values=("", "keep", "drop"))
NAME = TemplateParameter("Name", allowed_pattern="[a-z]+", constraint="must be lower-case letters")
BARE = TemplateParameter("Bare", allowed_pattern="[a-z]+")
NUMBER = TemplateParameter("Number", is_number=True, minimum=1, maximum=10)
ANY = TemplateParameter("Any")
SHORT = TemplateParameter("Short", max_length=3)
COUNT = TemplateParameter("Count", is_number=True, minimum=0, constraint="must be 0 or more")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *((CHOICE, "keep"), (CHOICE, ""), (NAME, "abc"), (NUMBER, "1"), (NUMBER, "10")),
        *((NUMBER, "2.5"), (COUNT, "0"), (COUNT, "99999"), (ANY, "für Elise = 1"), (SHORT, "abc")),
    ],
)
def test_valid_value_is_accepted(parameter: TemplateParameter, value: str) -> None:
    assert parameter.invalid_reason(value) is None


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        (CHOICE, "Keep", "must be one of nothing, keep, drop"),
        (NAME, "abc1", "must be lower-case letters"),
        (NAME, "abc\n", "must be lower-case letters"),
        (BARE, "", "must match [a-z]+"),
        (NUMBER, "0", "must be a number from 1 to 10"),
        (NUMBER, "11", "must be a number from 1 to 10"),
        (NUMBER, "1e1", "must be a number from 1 to 10"),
        (NUMBER, "nan", "must be a number from 1 to 10"),
        (NUMBER, "", "must be a number from 1 to 10"),
        (COUNT, "-1", "must be 0 or more"),
        (SHORT, "abcd", "must be at most 3 characters"),
        (ANY, "\x1b[31m", "must be printable text"),
        (ANY, "\udcff", "must be printable text"),
    ],
)
def test_invalid_value_is_rejected_with_the_reason(
    parameter: TemplateParameter, value: str, reason: str
) -> None:
    assert parameter.invalid_reason(value) == reason
