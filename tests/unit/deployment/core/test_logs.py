"""Lines of the function's log."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.deployment.core.logs import FAILURE_PATTERNS, LogEvent

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def event(line: str | dict[str, object]) -> LogEvent:
    return LogEvent(NOW, line if isinstance(line, str) else json.dumps(line))


LINES: list[tuple[str | dict[str, object], str]] = [
    ({"level": "ERROR", "message": "error", "reason": "access denied"}, "access denied"),
    ({"level": "ERROR", "message": "unexpected", "exception_name": "KeyError"}, "KeyError"),
    ({"level": "ERROR", "message": "unexpected"}, "unexpected"),
    ({"level": "INFO", "message": "batch"}, ""),
    ({"level": "WARNING", "message": "failed", "reason": "not an image"}, ""),
    ({"log_level": "ERROR", "errorType": "KeyError", "errorMessage": "'x'"}, "KeyError: 'x'"),
    (
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'x'\nTraceback (most recent …",
        "Runtime.ImportModuleError: Unable to import module 'x'",
    ),
    ("[ERROR] 2026-11-30T04:00:00.000Z 5f-1 TransientError: no", "TransientError: no"),
    (
        "2026-11-30T04:00:00.000Z 5f Task timed out after 60.06 seconds\n\n",
        "Task timed out after 60.06 seconds",
    ),
    (
        "RequestId: 5f Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
        "Runtime exited with error: signal: killed",
    ),
    ("START RequestId: 5f Version: $LATEST", ""),
    ("REPORT RequestId: 5f Duration: 60000.00 ms", ""),
    ("{not JSON", ""),
    ("{" * 100_000, ""),
    ("", ""),
]


@pytest.mark.parametrize(("line", "failure"), LINES)
def test_failure_of_a_line(line: str | dict[str, object], failure: str) -> None:
    assert event(line).failure == failure


@pytest.mark.parametrize("line", [line for line, failure in LINES if failure])
def test_each_failure_matches_a_pattern(line: str | dict[str, object]) -> None:
    terms = [each.strip('"') for each in FAILURE_PATTERNS]
    assert any(term in event(line).text for term in terms)


@given(st.text() | st.dictionaries(st.text(), st.integers() | st.text()).map(json.dumps))
def test_any_line_has_a_printable_failure(line: str) -> None:
    assert event(line).failure.isprintable()
    assert event(line).message is not None


def test_metrics_are_recognized() -> None:
    assert event({"_aws": {"Timestamp": 1}, "Drift": 0}).is_metrics
    assert not event("_aws").is_metrics
