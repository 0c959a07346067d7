"""What a stack's status, its events and a template's parameters mean."""

from datetime import UTC, datetime

import pytest

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.deployment.core.stacks import Stack, StackEvent, first_cause

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(logical_id: str, status: str, reason: str = "") -> StackEvent:
    return StackEvent(
        f"{logical_id}-{status}",
        AT,
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
def test_a_status_says_how_a_stack_is(
    status: str, *, busy: bool, complete: bool, usable: bool
) -> None:
    found = stack(status)
    assert (found.is_busy, found.is_complete, found.is_usable) == (busy, complete, usable)


def test_the_first_cause_is_no_cancellation_and_not_the_stack_s_own_failure() -> None:
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


def test_where_only_the_stack_failed_that_is_the_cause() -> None:
    cause = event("photos", "UPDATE_FAILED", "the limit of stacks is reached")
    assert first_cause([event("Topic", "UPDATE_COMPLETE"), cause]) == cause


def test_where_all_was_cancelled_the_first_of_that_is_the_cause() -> None:
    first = event("Topic", "CREATE_FAILED", "Resource creation cancelled")
    assert first_cause([first, event("photos", "CREATE_FAILED")]) == first


def test_where_nothing_failed_there_is_no_cause() -> None:
    assert first_cause([event("Topic", "CREATE_COMPLETE")]) is None


CHOICE = TemplateParameter("Choice", allowed=("", "keep", "drop"))
NAME = TemplateParameter("Name", pattern="[a-z]+", constraint="must be lower-case letters")
BARE = TemplateParameter("Bare", pattern="[a-z]+")
NUMBER = TemplateParameter("Number", is_number=True, minimum=1, maximum=10)
ANY = TemplateParameter("Any")
SHORT = TemplateParameter("Short", longest=3)
COUNT = TemplateParameter("Count", is_number=True, minimum=0, constraint="0 or more")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *((CHOICE, "keep"), (CHOICE, ""), (NAME, "abc"), (NUMBER, "1"), (NUMBER, "10")),
        *((NUMBER, "2.5"), (COUNT, "0"), (COUNT, "99999"), (ANY, "für Elise = 1"), (SHORT, "abc")),
    ],
)
def test_a_value_that_fits_is_not_refused(parameter: TemplateParameter, value: str) -> None:
    assert parameter.refusal(value) is None


@pytest.mark.parametrize(
    ("parameter", "value", "needed"),
    [
        (CHOICE, "Keep", "one of nothing, keep, drop"),
        (NAME, "abc1", "lower-case letters"),
        (NAME, "abc\n", "lower-case letters"),
        (BARE, "", "what matches [a-z]+"),
        (NUMBER, "0", "a number from 1 to 10"),
        (NUMBER, "11", "a number from 1 to 10"),
        (NUMBER, "1e1", "a number from 1 to 10"),
        (NUMBER, "nan", "a number from 1 to 10"),
        (NUMBER, "", "a number from 1 to 10"),
        (COUNT, "-1", "0 or more"),
        (SHORT, "abcd", "at most 3 characters"),
        (ANY, "\x1b[31m", "text without control characters"),
        (ANY, "\udcff", "text without control characters"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(
    parameter: TemplateParameter, value: str, needed: str
) -> None:
    assert parameter.refusal(value) == needed
