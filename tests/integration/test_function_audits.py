"""Tests of audits by the function: from the command over their slices to logs and metrics."""

import json
from threading import Event
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError, TransientError
from imgmeta.core.drift import Difference
from imgmeta.entrypoints.aws_lambda import commands
from imgmeta.testing.strategies.events import notification, queue, queued
from support.convergence.bucket import BUCKET
from support.function.emf import parse_metrics
from support.function.harness import (
    QUEUE,
    Context,
    ExpiringContext,
    InMemoryFunction,
    emulated_function,
    event,
    make_settings,
    parse_log,
    without_metrics,
)

AUDIT = {"imgmeta": "audit"}
SLICE = AUDIT | {"bucket": BUCKET}
SETTINGS = {"buckets": (BUCKET,), "queue_url": QUEUE}

Lines = list[dict[str, Any]]


def audited_function(**changes: Any) -> InMemoryFunction:  # noqa: ANN401 - any setting
    """Return a function with seven images, three of which differ from the index."""
    function = InMemoryFunction(make_settings(**SETTINGS | changes))
    function.put(*(f"{number}.jpg" for number in range(6)))
    function.indexing.sync()
    function.put("1.jpg", content=7)
    function.put("6.jpg")
    function.indexing.bucket.delete("3.jpg")
    return function


def run_all(function: InMemoryFunction, *messages: object) -> int:
    """Deliver messages, and those that they cause, until none is left; return their number."""
    waiting, number = list(messages), 0
    while waiting:
        assert function(queue(*waiting[:10])) == {"batchItemFailures": []}
        number += len(waiting[:10])
        waiting = waiting[10:] + function.queue.take()
    return number


def lines(documents: Lines, message: str) -> Lines:
    return [each for each in without_metrics(documents) if each["message"] == message]


def total(documents: Lines, metric: str) -> float:
    found = [parse_metrics(each) for each in documents if "_aws" in each]
    return sum(sum(each[metric][1]) for each in found if metric in each)


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_SLICE_KEYS", 2)


@pytest.mark.usefixtures("small_slices")
def test_audit_finds_and_repairs_all_differences(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    run_all(function, AUDIT)
    assert set(function.indexing.verify().values()) == {Difference.SAME}
    documents = parse_log(capsys.readouterr().out)
    assert (total(documents, "AuditedKeys"), total(documents, "Drift")) == (7, 3)
    assert [(each["key"], each["difference"]) for each in lines(documents, "drift")] == [
        ("1.jpg", "changed"),
        ("3.jpg", "gone"),
        ("6.jpg", "new"),
    ]
    assert {each["bucket"] for each in lines(documents, "drift")} == {BUCKET}
    slices = lines(documents, "audit slice")
    assert sum(each["keys"] for each in slices) == 7
    assert sum(each["drift"] for each in slices) == 3
    (finished,) = lines(documents, "audit finished")
    assert {name: finished[name] for name in ("level", "bucket", "keys", "drift", "complete")} == {
        "level": "INFO",
        "bucket": BUCKET,
        "keys": 7,
        "drift": 3,
        "complete": True,
    }


def test_audit_of_a_true_index_counts_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    function.indexing.sync()
    function.put("notes.txt")
    assert run_all(function, AUDIT) == 2
    documents = parse_log(capsys.readouterr().out)
    assert (total(documents, "AuditedKeys"), total(documents, "Drift")) == (7, 0)


def test_event_that_arrives_after_the_audit_is_no_drift(
    capsys: pytest.CaptureFixture[str],
) -> None:
    function = audited_function()
    function(queue(SLICE))
    assert function.queue.sent
    assert all(delay == 60 for _, delay in function.queue.sent)
    late = [notification(event(key, 0x1000)) for key in ("1.jpg", "3.jpg", "6.jpg")]
    run_all(function, *late)
    run_all(function, *function.queue.take())
    assert total(parse_log(capsys.readouterr().out), "Drift") == 0


def test_audit_delivered_twice_counts_drift_once(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    run_all(function, AUDIT, AUDIT)
    assert total(parse_log(capsys.readouterr().out), "Drift") == 3


def test_direct_command_starts_an_audit_of_each_bucket() -> None:
    function = audited_function(buckets=(BUCKET, "archive"))
    assert function(AUDIT) == {
        "statusCode": 200,
        "body": json.dumps({"processed": 0, "failed": 0}),
    }
    assert function.queue.take() == [SLICE, AUDIT | {"bucket": "archive"}]


def test_audit_compares_only_keys_below_the_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function(prefix="1")
    run_all(function, AUDIT)
    documents = parse_log(capsys.readouterr().out)
    assert [each["key"] for each in lines(documents, "drift")] == ["1.jpg"]


@pytest.mark.usefixtures("small_slices")
def test_audit_of_a_larger_bucket_ends_with_advice(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function(audit_max_keys=4)
    run_all(function, AUDIT)
    documents = parse_log(capsys.readouterr().out)
    (finished,) = lines(documents, "audit finished")
    assert (finished["keys"], finished["complete"]) == (4, False)
    (warning,) = lines(documents, "audit incomplete")
    assert warning["level"] == "WARNING"
    assert warning["reason"] == (
        "the bucket has more than 4 keys: increase AUDIT_MAX_KEYS (the parameter AuditMaxKeys of "
        "the stack)"
    )


@pytest.mark.parametrize(
    ("changes", "message", "reason"),
    [
        ({"queue_url": ""}, AUDIT, "set QUEUE_URL"),
        ({"buckets": ()}, AUDIT, "set IMAGE_BUCKET"),
        ({}, AUDIT | {"bucket": "other"}, "cannot audit other: the function does not serve it"),
    ],
)
def test_impossible_audit_is_retried_and_logged(
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    message: dict[str, str],
    reason: str,
) -> None:
    function = audited_function(**changes)
    delivered = queued(message, "m-7") | {"attributes": {"ApproximateReceiveCount": "3"}}
    assert function({"Records": [delivered]}) == {"batchItemFailures": [{"itemIdentifier": "m-7"}]}
    (line,) = lines(parse_log(capsys.readouterr().out), "audit failed")
    assert (line["level"], line["message_id"], line["receive_count"]) == ("ERROR", "m-7", 3)
    assert reason in line["reason"]
    with pytest.raises(TransientError, match=f"1 of 1 events .*{reason}"):
        function(message)


def test_rejected_message_fails_only_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError("no new thread")

    function = audited_function()
    function.queue.before_send = fail
    function.put("7.jpg")
    messages = queue(notification(event("7.jpg")), SLICE)
    assert function(messages) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert "7.jpg" in function.widths()
    documents = parse_log(capsys.readouterr().out)
    assert total(documents, "AuditedKeys") == 0
    assert [each["reason"] for each in lines(documents, "audit failed")] == [
        "unexpected RuntimeError"
    ]


def test_audit_without_enough_time_is_retried(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    response = function(queue(SLICE, SLICE), ExpiringContext(lambda: None))
    assert response == {"batchItemFailures": [{"itemIdentifier": "m-0"}, {"itemIdentifier": "m-1"}]}
    documents = parse_log(capsys.readouterr().out)
    assert [each["unfinished"] for each in lines(documents, "out of time")] == [1, 1]
    assert function.queue.sent == []


def test_audit_uses_a_short_time_limit(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    assert function(queue(SLICE), Context(3)) == {"batchItemFailures": []}
    assert len(lines(parse_log(capsys.readouterr().out), "audit finished")) == 1


def test_hanging_bucket_fails_only_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    release = Event()
    function = audited_function()
    function.queue.before_send = lambda: release.wait(60)
    function.put("7.jpg")
    messages = queue(notification(event("7.jpg")), SLICE)
    assert function(messages, Context(0.9)) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    release.set()
    (line,) = lines(parse_log(capsys.readouterr().out), "audit failed")
    assert line["reason"] == "the audit timed out"


def test_invalid_direct_request_is_an_error() -> None:
    with pytest.raises(InvalidEventError, match="invalid keys"):
        audited_function()(SLICE | {"keys": -1})


def test_failures_have_the_receive_count(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    function.put("bad.jpg", content=0)
    function.fail("slow.jpg", TransientError("slow down"))
    contents = [notification(event("bad.jpg")), notification(event("slow.jpg")), "poison"]
    records = [
        queued(content, f"m-{number}") | {"attributes": {"ApproximateReceiveCount": str(number)}}
        for number, content in enumerate(contents, 2)
    ]
    function({"Records": records})
    documents = parse_log(capsys.readouterr().out)
    assert [
        (each["message"], each["message_id"], each["receive_count"])
        for each in without_metrics(documents)
        if each["level"] != "INFO"
    ] == [("malformed", "m-4", 4), ("failed", "m-2", 2), ("error", "m-3", 3)]


def test_sent_digest_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    function = audited_function()
    function({"imgmeta": "digest", "hours": 12})
    (line,) = lines(parse_log(capsys.readouterr().out), "digest sent")
    assert (line["level"], line["hours"]) == ("INFO", 12)
    assert line["since"] < line["until"]
    assert line["since"].endswith("+00:00")


def test_audit_runs_through_a_real_queue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with emulated_function(monkeypatch, IMAGE_BUCKET="holiday") as aws:
        aws.put("a.jpg", b"no image")
        aws.handler(AUDIT)
        (message,) = aws.clients.sqs.receive_message(QueueUrl=aws.queue)["Messages"]
        assert json.loads(message["Body"]) == AUDIT | {"bucket": "holiday"}
        aws.handler(queue(json.loads(message["Body"])))
        attributes = aws.clients.sqs.get_queue_attributes(
            QueueUrl=aws.queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )["Attributes"]
        assert attributes == {"ApproximateNumberOfMessagesDelayed": "1"}
    (line,) = lines(parse_log(capsys.readouterr().out), "audit finished")
    assert (line["keys"], line["drift"], line["complete"]) == (1, 1, True)
