"""Contract tests of `imgmeta.deployment.ports.FunctionLogs`, for every adapter."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contract.aws_accounts import on_aws
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.ports import FunctionLogs
from imgmeta.errors import PermanentError, TransientError
from support.aws.moto import HAS_AWS, aws_in_memory, respond_with_error
from support.deployment.dead_letters import InMemoryLogs

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)


@dataclass
class Harness:
    """A log group, and a function that adds a line to it.

    Attributes:
        logs: the log groups.
        group: the name of the log group.
        put: adds lines, each with its time.
        fail: makes each request fail with an error code of CloudWatch Logs.
    """

    logs: FunctionLogs
    group: str
    put: Callable[[list[tuple[datetime, str]]], object]
    fail: Callable[[str], object]


def in_memory(_: pytest.FixtureRequest, __: ExitStack) -> Harness:
    logs = InMemoryLogs()

    def put(lines: list[tuple[datetime, str]]) -> None:
        logs.lines += [LogEvent(time, text) for time, text in lines]

    def fail(code: str) -> None:
        logs.error = TransientError(code) if code == "ThrottlingException" else PermanentError(code)

    return Harness(logs, "/group", put, fail)


def on_cloudwatch(clients: Any) -> Harness:  # noqa: ANN401 - imgmeta's clients need the extra aws
    from imgmeta.deployment.adapters.cloudwatch_logs import CloudWatchFunctionLogs  # noqa: PLC0415 - as above

    client, group = clients.logs, f"/imgmeta/{uuid4().hex}"
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName="stream")

    def put(lines: list[tuple[datetime, str]]) -> None:
        client.put_log_events(
            logGroupName=group,
            logStreamName="stream",
            logEvents=[
                {"timestamp": int(time.timestamp() * 1000), "message": text} for time, text in lines
            ],
        )

    return Harness(
        CloudWatchFunctionLogs(client),
        group,
        put,
        lambda code: respond_with_error(client, "logs", code, 400),
    )


@pytest.fixture(
    params=[
        pytest.param(in_memory, id="memory"),
        *on_aws(on_cloudwatch),
    ]
)
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


# The port: "Yield the events of a period, the oldest first" "the start of the period, which belongs
# to it" "the end of the period, which does not belong to it"
def test_events_of_a_period_are_ordered(harness: Harness) -> None:
    times = [NOW + timedelta(seconds=number) for number in range(5)]
    harness.put([(time, f"line {number}") for number, time in enumerate(times)])
    found = list(harness.logs.events(harness.group, since=times[1], until=times[4]))
    assert found == [LogEvent(times[number], f"line {number}") for number in (1, 2, 3)]
    assert list(harness.logs.events(harness.group, since=times[1], until=times[1])) == []


# The port: "a filter pattern of Amazon CloudWatch Logs; empty: all events."
@pytest.mark.parametrize(
    ("pattern", "expected"), [("ERROR", [1]), ('"timed out"', [2]), ("", [0, 1, 2])]
)
def test_pattern_selects_events(harness: Harness, pattern: str, expected: list[int]) -> None:
    lines = ["batch", '{"level":"ERROR"}', "Task timed out after 60.00 seconds"]
    harness.put([(NOW, line) for line in lines])
    until = NOW + timedelta(seconds=1)
    found = harness.logs.events(harness.group, since=NOW, until=until, pattern=pattern)
    assert [each.text for each in found] == [lines[number] for number in expected]


# The port: "TransientError: the log cannot be read now. PermanentError: the log cannot be read."
@pytest.mark.parametrize(
    ("code", "kind"),
    [("ThrottlingException", TransientError), ("AccessDeniedException", PermanentError)],
)
def test_failed_request_is_an_error(harness: Harness, code: str, kind: type[Exception]) -> None:
    harness.fail(code)
    with pytest.raises(kind):
        list(harness.logs.events(harness.group, since=NOW, until=NOW + timedelta(seconds=1)))


# The port: "A group that does not exist has no events."
@pytest.mark.skipif(not HAS_AWS, reason="needs the extra aws and moto")
def test_missing_group_has_no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    with aws_in_memory(monkeypatch) as clients:
        logs = on_cloudwatch(clients).logs
        assert list(logs.events("/gone", since=NOW, until=NOW + timedelta(days=1))) == []


@pytest.mark.skipif(not HAS_AWS, reason="needs the extra aws and moto")
def test_events_of_all_pages_are_yielded(monkeypatch: pytest.MonkeyPatch) -> None:
    with aws_in_memory(monkeypatch) as clients:
        harness = on_cloudwatch(clients)
        client = clients.logs
        original, calls = client.filter_log_events, list[object]()

        def in_small_pages(**request: Any) -> Any:  # noqa: ANN401 - botocore's signature
            calls.append(request)
            return original(**request, limit=2)

        monkeypatch.setattr(client, "filter_log_events", in_small_pages)
        harness.put([(NOW, str(number)) for number in range(5)])
        found = harness.logs.events(harness.group, since=NOW, until=NOW + timedelta(seconds=1))
        assert [each.text for each in found] == ["0", "1", "2", "3", "4"]
        assert len(calls) == 3
