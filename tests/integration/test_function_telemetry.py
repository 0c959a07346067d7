"""What operators see: lines of JSON that name what failed, and metrics that CloudWatch takes."""

import io
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError, TransientError
from support.function.emf import Measured, metrics_of
from support.function.world import (
    TABLES_SETTINGS,
    Context,
    FunctionWorld,
    event,
    lines_of,
    logged,
    with_settings,
)
from support.strategies.events import invocation, notification, queue, queued

COUNTS = ("Processed", "Failed", "Deleted", "Stale", "Unchanged", "Unfinished")


@pytest.fixture
def function() -> FunctionWorld:
    return FunctionWorld()


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the documents written since somebody last looked, the metrics among them valid."""
    output = capsys.readouterr()
    assert output.err == "", output.err
    documents = lines_of(output.out)
    for document in documents:
        if "_aws" in document:
            metrics_of(document)
    return documents


def measured(documents: list[dict[str, Any]]) -> Measured:
    """Return the units and all values of each metric."""
    found: Measured = {}
    for document in documents:
        if "_aws" in document:
            for name, (unit, values) in metrics_of(document).items():
                found[name] = (unit, found.get(name, (unit, []))[1] + values)
    return found


def test_a_batch_is_one_line_and_one_document_of_metrics(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function.put("a.jpg", "b.jpg")
    function.put("c.jpg", content=0)
    keys = ["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "notes.txt"]
    events = [*map(event, keys), event("a.jpg", 0), event("b.jpg", 1)]
    function(notification(*events), Context(request_id="r-7"))
    warning, line, metrics = written(capsys)
    figures = dict(zip((f"Images{name}" for name in COUNTS), (2, 1, 1, 1, 2, 0), strict=True))
    assert (line["level"], line["message"], line["service"]) == ("INFO", "batch", "imgmeta")
    assert (line["environment"], line["request_id"]) == ("prod", "r-7")
    assert {name: line[name] for name in figures} == figures
    assert line["BytesRead"] == 24
    assert warning["message"] == "failed"
    found = measured([metrics])
    assert {name: found[name] for name in figures} == {
        name: ("Count", [count]) for name, count in figures.items()
    }
    assert found["BytesRead"] == ("Bytes", [24.0])
    unit, (duration,) = found["BatchDuration"]
    assert (unit, duration >= 0) == ("Milliseconds", True)
    assert set(found) == {*figures, "BytesRead", "BatchDuration", "EventAge"}


def test_metrics_are_of_the_service_and_the_environment(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function(notification(event("gone.jpg")))
    (directive,) = written(capsys)[-1]["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "imgmeta"
    assert list(map(set, directive["Dimensions"])) == [{"environment", "service"}]


def test_functions_of_one_environment_are_told_apart_by_their_service(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for service in ("photos", "botocore"):
        function = FunctionWorld(replace(TABLES_SETTINGS, service=service))
        function(notification(event("gone.jpg")))
        line, metrics = written(capsys)
        assert (line["service"], metrics["service"]) == (service, service)
    handlers = logging.getLogger("botocore").handlers
    assert not [each for each in handlers if isinstance(each, logging.StreamHandler)]


def test_metrics_without_an_environment_are_of_the_service(
    capsys: pytest.CaptureFixture[str],
) -> None:
    function = FunctionWorld(replace(TABLES_SETTINGS, environment=""))
    function(notification(event("gone.jpg")))
    line, metrics = written(capsys)
    assert "environment" not in line
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_each_item_that_failed_is_a_line_with_its_place_and_the_reason(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function.put("a.jpg")
    function.put("b.jpg", content=0)
    function.fail("c.jpg", TransientError("slow down"))
    function(queue(*(notification(event(key)) for key in ("a.jpg", "b.jpg", "c.jpg"))))
    failed = [line for line in logged(written(capsys)) if "key" in line]
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
def test_what_a_key_is_called_forges_no_line_and_reaches_no_terminal(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    key = f"{name}.jpg"
    function.put(key, content=0)
    function(notification(event(key)))
    documents = written(capsys)  # each of them one line of visible ASCII
    assert [line["key"] for line in documents if "key" in line] == [key]
    assert len(documents) == 3


def test_a_hostile_message_id_and_request_id_are_harmless(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b\n\x7f\ud800"
    function({"Records": [queued("{", hostile)]}, Context(request_id=hostile))
    assert {line["request_id"] for line in logged(written(capsys))} == {hostile}


def test_a_malformed_entry_is_a_line_with_its_message_and_the_reason(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function(queue("no event"))
    line = written(capsys)[0]
    assert (line["level"], line["message"], line["message_id"]) == ("ERROR", "malformed", "m-0")
    assert line["reason"] == "not a supported message or event"


def test_nothing_else_of_an_event_is_logged(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
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


def test_nothing_that_is_said_of_one_invocation_is_said_of_the_next(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function.put("a.jpg", content=0)
    function(notification(event("a.jpg")), Context(request_id="r-1"))
    function(notification(event("gone.jpg")), Context(request_id="r-2"))
    line, metrics = written(capsys)[-2:]
    assert line["request_id"] == "r-2"
    assert not {"key", "bucket", "reason", "message_id"} & set(line)
    assert measured([metrics])["ImagesFailed"] == ("Count", [0.0])


def test_an_invocation_without_a_context_has_no_id_of_the_one_before(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function(notification(event("gone.jpg")))
    function.event_handler.run(notification(event("gone.jpg")), None)
    assert [line["request_id"] for line in logged(written(capsys))] == ["r-1", ""]


def test_what_is_raised_is_measured_too_and_once(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function.fail("a.jpg", TransientError("slow down"))
    for _ in range(2):
        with pytest.raises(TransientError):
            function(notification(event("a.jpg")))
    assert measured(written(capsys))["ImagesFailed"] == ("Count", [1.0, 1.0])


def test_what_is_no_event_makes_no_metrics(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidEventError):
        function({})
    (line,) = written(capsys)
    assert (line["message"], line["message_id"]) == ("malformed", "")


def test_what_should_not_happen_is_told_with_where_it_did(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function.fail("a.jpg", ZeroDivisionError("\x1b surprise"))
    function(queue(notification(event("a.jpg"))))
    (line,) = [line for line in logged(written(capsys)) if line["message"] == "unexpected"]
    assert (line["level"], line["exception_name"]) == ("ERROR", "ZeroDivisionError")
    assert "indexer_harness.py" in line["exception"]
    assert "\x1b surprise" in line["exception"]


def test_what_there_was_no_time_for_is_told(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function(invocation("2.0", "a.jpg", "b.jpg"), Context(0.1))
    line, *others = written(capsys)
    assert (line["level"], line["message"], line["unfinished"]) == ("WARNING", "out of time", 2)
    assert measured(others)["ImagesUnfinished"] == ("Count", [2.0])


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_the_age_of_every_event_is_measured(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    keys = [f"{number}.jpg" for number in range(count)]
    function.put(*keys)
    function.world.now = event("any").time + timedelta(seconds=90, milliseconds=2)
    function(notification(*map(event, keys)))
    found = measured(written(capsys))
    assert found["EventAge"] == ("Milliseconds", [90_002.0] * count)
    assert found["ImagesProcessed"] == ("Count", [float(count)])


def test_a_batch_that_stores_nothing_has_no_ages(
    function: FunctionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    function(notification(event("notes.txt")))
    assert "EventAge" not in measured(written(capsys))


def test_the_runtime_s_own_handler_does_not_write_each_line_again() -> None:
    runtime = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(runtime)
    try:
        FunctionWorld(with_settings())(notification(event("gone.jpg")))
    finally:
        logging.getLogger().removeHandler(runtime)
    assert runtime.stream.getvalue() == ""
