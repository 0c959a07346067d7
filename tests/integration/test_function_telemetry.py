"""Tests of the function's JSON logs and of its metrics in CloudWatch's embedded metric format."""

import io
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError, TransientError
from imgmeta.testing.strategies.events import invocation, notification, queue, queued
from support.function.emf import MetricValues, parse_metrics
from support.function.harness import (
    FUNCTION_SETTINGS,
    Context,
    InMemoryFunction,
    event,
    make_settings,
    parse_log,
    without_metrics,
)

COUNTS = ("Processed", "Failed", "Deleted", "Stale", "Unchanged", "Unfinished")


@pytest.fixture
def function() -> InMemoryFunction:
    return InMemoryFunction()


def read_output(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the log lines and metrics documents written since the last call; validate them."""
    output = capsys.readouterr()
    assert output.err == "", output.err
    documents = parse_log(output.out)
    for document in documents:
        if "_aws" in document:
            parse_metrics(document)
    return documents


def collect_metrics(documents: list[dict[str, Any]]) -> MetricValues:
    """Return the unit and all values of each metric."""
    found: MetricValues = {}
    for document in documents:
        if "_aws" in document:
            for name, (unit, values) in parse_metrics(document).items():
                found[name] = (unit, found.get(name, (unit, []))[1] + values)
    return found


def test_batch_writes_one_log_line_and_one_metrics_document(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function.put("a.jpg", "b.jpg")
    function.put("c.jpg", content=0)
    keys = ["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "notes.txt"]
    events = [*map(event, keys), event("a.jpg", 0), event("b.jpg", 1)]
    function(notification(*events), Context(request_id="r-7"))
    warning, line, metrics = read_output(capsys)
    figures = dict(zip((f"Images{name}" for name in COUNTS), (2, 1, 1, 1, 2, 0), strict=True))
    assert (line["level"], line["message"], line["service"]) == ("INFO", "batch", "imgmeta")
    assert (line["environment"], line["request_id"]) == ("prod", "r-7")
    assert {name: line[name] for name in figures} == figures
    assert line["BytesRead"] == 24
    assert warning["message"] == "failed"
    found = collect_metrics([metrics])
    assert {name: found[name] for name in figures} == {
        name: ("Count", [count]) for name, count in figures.items()
    }
    assert found["BytesRead"] == ("Bytes", [24.0])
    unit, (duration,) = found["BatchDuration"]
    assert (unit, duration >= 0) == ("Milliseconds", True)
    assert set(found) == {*figures, "BytesRead", "BatchDuration", "EventAge"}


def test_metrics_have_service_and_environment_dimensions(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function(notification(event("gone.jpg")))
    (directive,) = read_output(capsys)[-1]["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "imgmeta"
    assert list(map(set, directive["Dimensions"])) == [{"environment", "service"}]


def test_service_distinguishes_functions_of_one_environment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for service in ("photos", "botocore"):
        function = InMemoryFunction(replace(FUNCTION_SETTINGS, service=service))
        function(notification(event("gone.jpg")))
        line, metrics = read_output(capsys)
        assert (line["service"], metrics["service"]) == (service, service)
    handlers = logging.getLogger("botocore").handlers
    assert not [each for each in handlers if isinstance(each, logging.StreamHandler)]


def test_metrics_without_an_environment_have_only_the_service_dimension(
    capsys: pytest.CaptureFixture[str],
) -> None:
    function = InMemoryFunction(replace(FUNCTION_SETTINGS, environment=""))
    function(notification(event("gone.jpg")))
    line, metrics = read_output(capsys)
    assert "environment" not in line
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_each_failed_item_is_logged_with_location_and_reason(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function.put("a.jpg")
    function.put("b.jpg", content=0)
    function.fail("c.jpg", TransientError("slow down"))
    function(queue(*(notification(event(key)) for key in ("a.jpg", "b.jpg", "c.jpg"))))
    failed = [line for line in without_metrics(read_output(capsys)) if "key" in line]
    named = ("level", "message", "bucket", "key", "reason", "message_id", "request_id")
    assert [tuple(line[name] for name in named) for line in failed] == [
        ("WARNING", "failed", "photos", "b.jpg", "not an image", "m-1", "r-1"),
        ("ERROR", "error", "photos", "c.jpg", "slow down", "m-2", "r-1"),
    ]


@pytest.mark.parametrize(
    "name",
    ["a\nb", "\x1b[2J", "\u202egpj", "\x7f", "\x85", "\u2028", "\r\0", "\U0010ffff", '"}\n{"'],
    ids=ascii,
)
def test_key_cannot_forge_log_lines_or_reach_the_terminal(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    key = f"{name}.jpg"
    function.put(key, content=0)
    function(notification(event(key)))
    documents = read_output(capsys)  # validates that each line is printable ASCII
    assert [line["key"] for line in documents if "key" in line] == [key]
    assert len(documents) == 3


def test_control_characters_in_ids_are_escaped(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b\n\x7f\ud800"
    function({"Records": [queued("{", hostile)]}, Context(request_id=hostile))
    assert {line["request_id"] for line in without_metrics(read_output(capsys))} == {hostile}


def test_malformed_entry_is_logged_with_message_id_and_reason(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function(queue("no event"))
    line = read_output(capsys)[0]
    assert (line["level"], line["message"], line["message_id"]) == ("ERROR", "malformed", "m-0")
    assert line["reason"] == "not a supported message or event"


def test_event_content_is_not_logged(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function.fail("a.jpg", TransientError("slow down"))
    function.put("b.jpg", content=0)
    poison: dict[str, Any] = {"Records": [{"eventSource": "aws:s3", "secret": "hush"}]}
    function(queue(notification(event("a.jpg"), event("b.jpg")), poison, {"secret": "hush"}))
    with pytest.raises(InvalidEventError):
        function({"secret": "hush"})
    output = capsys.readouterr().out
    assert "slow down" in output
    for part in ("192.0.2.1", "principalId", "receiptHandle", "hush", "x-amz", "Records"):
        assert part not in output


def test_log_keys_do_not_leak_into_the_next_invocation(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function.put("a.jpg", content=0)
    function(notification(event("a.jpg")), Context(request_id="r-1"))
    function(notification(event("gone.jpg")), Context(request_id="r-2"))
    line, metrics = read_output(capsys)[-2:]
    assert line["request_id"] == "r-2"
    assert not {"key", "bucket", "reason", "message_id"} & set(line)
    assert collect_metrics([metrics])["ImagesFailed"] == ("Count", [0.0])


def test_invocation_without_a_context_has_an_empty_request_id(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function(notification(event("gone.jpg")))
    function.event_handler.run(notification(event("gone.jpg")), None)
    assert [line["request_id"] for line in without_metrics(read_output(capsys))] == ["r-1", ""]


def test_metrics_of_a_failed_invocation_are_written_once(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function.fail("a.jpg", TransientError("slow down"))
    for _ in range(2):
        with pytest.raises(TransientError):
            function(notification(event("a.jpg")))
    assert collect_metrics(read_output(capsys))["ImagesFailed"] == ("Count", [1.0, 1.0])


def test_unsupported_event_writes_no_metrics(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidEventError):
        function({})
    (line,) = read_output(capsys)
    assert (line["message"], line["message_id"]) == ("malformed", "")


def test_unexpected_exception_is_logged_with_its_traceback(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function.fail("a.jpg", ZeroDivisionError("\x1b surprise"))
    function(queue(notification(event("a.jpg"))))
    (line,) = [
        line for line in without_metrics(read_output(capsys)) if line["message"] == "unexpected"
    ]
    assert (line["level"], line["exception_name"]) == ("ERROR", "ZeroDivisionError")
    assert "indexer_harness.py" in line["exception"]
    assert "\x1b surprise" in line["exception"]


def test_unfinished_hints_are_logged(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function(invocation("2.0", "a.jpg", "b.jpg"), Context(0.1))
    line, *others = read_output(capsys)
    assert (line["level"], line["message"], line["unfinished"]) == ("WARNING", "out of time", 2)
    assert collect_metrics(others)["ImagesUnfinished"] == ("Count", [2.0])


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_event_age_is_measured_for_every_event(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    keys = [f"{number}.jpg" for number in range(count)]
    function.put(*keys)
    function.indexing.now = event("any").time + timedelta(seconds=90, milliseconds=2)
    function(notification(*map(event, keys)))
    found = collect_metrics(read_output(capsys))
    assert found["EventAge"] == ("Milliseconds", [90_002.0] * count)
    assert found["ImagesProcessed"] == ("Count", [float(count)])


def test_batch_without_stored_records_has_no_event_age(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    function(notification(event("notes.txt")))
    assert "EventAge" not in collect_metrics(read_output(capsys))


def test_runtime_log_handler_does_not_repeat_lines() -> None:
    runtime = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(runtime)
    try:
        InMemoryFunction(make_settings())(notification(event("gone.jpg")))
    finally:
        logging.getLogger().removeHandler(runtime)
    assert runtime.stream.getvalue() == ""
