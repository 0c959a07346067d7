"""Reasons of dead letters are found in the function's log, with bounded reading."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.letter_groups import LetterSummary
from imgmeta.deployment.core.logs import FAILURE_PATTERNS, LogEvent
from imgmeta.deployment.service import failure_log
from imgmeta.deployment.service.failure_log import explain
from support.deployment.dead_letters import InMemoryLogs

NOW = datetime(2026, 11, 30, 12, 30, 30, tzinfo=UTC)
LOCATION = ObjectLocation("holiday", "a.jpg")


def letter(message_id: str = "m1", sent_at: datetime | None = NOW) -> LetterSummary:
    return LetterSummary(message_id, (LOCATION,), sent_at, "")


def failure(message_id: str, reason: str = "denied") -> str:
    fields = {"level": "ERROR", "message": "error", "message_id": message_id, "reason": reason}
    return json.dumps(fields)


def reasons(logs: InMemoryLogs, *letters: LetterSummary) -> list[str]:
    return [each.reason for each in explain(letters, logs, "/group", NOW)]


def test_only_lines_of_failures_are_requested() -> None:
    logs = InMemoryLogs()
    assert reasons(logs, letter()) == [""]
    assert [pattern for _, _, pattern in logs.requests] == list(FAILURE_PATTERNS)


def test_number_of_lines_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "_MAX_EVENTS", 5)
    logs = InMemoryLogs([LogEvent(NOW, failure(f"m{number}")) for number in range(10)])
    found = reasons(logs, *(letter(f"m{number}") for number in range(10)))
    assert found == ["denied"] * 5 + [""] * 5


def test_letter_without_a_time_is_searched_in_the_whole_log() -> None:
    logs = InMemoryLogs([LogEvent(NOW - timedelta(days=13), failure("m1"))])
    assert reasons(logs, letter(sent_at=None)) == ["denied"]


def test_first_crash_after_the_letter_is_its_reason() -> None:
    logs = InMemoryLogs(
        [
            LogEvent(NOW - timedelta(minutes=number), f"Task timed out after {number}.00 seconds")
            for number in range(50)
        ]
    )
    sent_at = NOW - timedelta(minutes=20)
    assert reasons(logs, letter(sent_at=sent_at)) == ["Task timed out after 20.00 seconds"]


def test_crash_in_the_second_of_the_letter_is_its_reason() -> None:
    logs = InMemoryLogs([LogEvent(NOW, "Task timed out after 60.00 seconds")])
    assert reasons(logs, letter()) == ["Task timed out after 60.00 seconds"]
