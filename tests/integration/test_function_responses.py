"""Tests that the function responds to each transport in exactly the expected form."""

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError, Outcome, PermanentError, Status, TransientError
from imgmeta.testing.strategies.events import (
    DELIVERIES,
    bus_event,
    invocation,
    notification,
    notified,
    own_message,
    published,
    queue,
    queued,
    setup_message,
    topic,
)
from support.convergence.indexer_harness import sequencer
from support.function.harness import InMemoryFunction, event

DIRECT_EVENTS: dict[str, Callable[..., object]] = {
    "S3": notification,
    "S3 in SNS": lambda *events: topic(notification(*events)),
}
MESSAGE_BODIES: dict[str, Callable[..., object]] = {
    "S3": notification,
    "S3 in SNS": lambda *events: published(notification(*events)),
    "EventBridge": bus_event,
    "EventBridge in SNS": lambda *events: published(bus_event(*events)),
    "imgmeta": own_message,
}
TOO_LONG_KEY = "k" * 1021 + ".jpg"


def counts_response(processed: int, failed: int) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "body": f'{{"processed": {processed}, "failed": {failed}}}',
    }


def batch_failures(*message_ids: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in message_ids]}


@pytest.fixture
def function() -> InMemoryFunction:
    return InMemoryFunction()


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_every_transport_leads_to_the_same_record(
    function: InMemoryFunction, delivery: str
) -> None:
    key = "été 2026/a+b 100%.jpg"
    function.put(key)
    response = function(DELIVERIES[delivery](event(key, 0xAB)))
    assert response == (batch_failures() if "SQS" in delivery else counts_response(1, 0))
    record = function.indexing.stored(key)
    assert (record.status, record.width, record.sequencer) == (
        Status.PROCESSED,
        5,
        sequencer(0xAB),
    )


class TestDirect:
    def test_response_counts_processed_and_failed_images(self, function: InMemoryFunction) -> None:
        function.put("a.jpg", "b.jpg")
        function.put("c.jpg", content=0)
        events = map(event, ["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "notes.txt"])
        assert function(notification(*events)) == counts_response(2, 1)

    @pytest.mark.parametrize("delivery", DIRECT_EVENTS)
    def test_transient_error_is_raised_after_other_objects_are_stored(
        self, function: InMemoryFunction, delivery: str
    ) -> None:
        function.put("a.jpg", "b.jpg", "c.jpg")
        function.fail("b.jpg", TransientError("slow down"))
        events = map(event, ["a.jpg", "b.jpg", "c.jpg"])
        with pytest.raises(TransientError, match=r"^1 of 3 events were not processed: slow down$"):
            function(DIRECT_EVENTS[delivery](*events))
        assert function.widths() == {"a.jpg": 5, "c.jpg": 5}

    def test_permanent_error_is_raised_for_the_failure_destination(
        self, function: InMemoryFunction
    ) -> None:
        function.fail("a.jpg", PermanentError("access denied"))
        with pytest.raises(TransientError, match="access denied"):
            function(bus_event(event("a.jpg")))

    def test_unreadable_image_is_recorded_as_failed_and_not_retried(
        self, function: InMemoryFunction
    ) -> None:
        function.put("a.jpg", content=0)
        assert function(notification(event("a.jpg"))) == counts_response(0, 1)
        record = function.indexing.stored("a.jpg")
        assert (record.status, record.error) == (Status.FAILED, "not an image")

    def test_malformed_records_count_as_failed_and_valid_ones_are_processed(
        self, function: InMemoryFunction
    ) -> None:
        function.put("a.jpg")
        records = [{}, notified(event("a.jpg")), {"eventSource": "aws:s3"}, None]
        assert function({"Records": records}) == counts_response(1, 3)

    @pytest.mark.parametrize("empty", [{"Records": []}, setup_message(), topic(setup_message())])
    def test_event_without_objects_succeeds(
        self, function: InMemoryFunction, empty: object
    ) -> None:
        assert function(empty) == counts_response(0, 0)

    @pytest.mark.parametrize(
        "unknown",
        [{}, [], None, "{", 7, {"Records": [{}]}, {"Records": [None]}, {"httpMethod": "GET"}],
    )
    def test_unsupported_event_is_an_error(
        self, function: InMemoryFunction, unknown: object
    ) -> None:
        with pytest.raises(InvalidEventError, match=r"^unsupported event: "):
            function(unknown)

    def test_event_without_a_context_has_no_time_limit(self, function: InMemoryFunction) -> None:
        function.put("a.jpg")
        response = function.event_handler.run(notification(event("a.jpg")), None)
        assert response == counts_response(1, 0)


class TestQueue:
    @pytest.mark.parametrize("body", MESSAGE_BODIES)
    def test_response_names_exactly_the_failed_messages(
        self, function: InMemoryFunction, body: str
    ) -> None:
        keys = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
        function.put(*keys)
        function.fail("b.jpg", TransientError("slow down"))
        function.fail("d.jpg", PermanentError("access denied"))
        response = function(queue(*(MESSAGE_BODIES[body](event(key)) for key in keys)))
        assert response == batch_failures("m-1", "m-3")
        assert set(function.widths()) == {"a.jpg", "c.jpg", "e.jpg"}

    def test_redelivered_message_is_processed(self, function: InMemoryFunction) -> None:
        function.put("a.jpg")
        function.fail("a.jpg", TransientError("slow down"))
        message = queue(notification(event("a.jpg")))
        assert function(message) == batch_failures("m-0")
        function.indexing.bucket.errors.clear()
        assert function(message) == batch_failures()
        assert function.widths() == {"a.jpg": 5}

    @pytest.mark.parametrize(
        "content",
        [
            setup_message(),
            published(setup_message()),
            {"Records": []},
            bus_event(event("gone.jpg")),
            notification(event("notes.txt")),
        ],
    )
    def test_message_without_indexable_objects_succeeds(
        self, function: InMemoryFunction, content: object
    ) -> None:
        assert function(queue(content)) == batch_failures()

    def test_empty_batch_succeeds(self, function: InMemoryFunction) -> None:
        assert function({"Records": []}) == counts_response(0, 0)

    def test_unreadable_image_is_not_retried(self, function: InMemoryFunction) -> None:
        function.put("a.jpg", content=0)
        assert function(queue(notification(event("a.jpg")))) == batch_failures()
        assert function.indexing.stored("a.jpg").status is Status.FAILED

    @pytest.mark.parametrize(
        "poison",
        [
            "{",
            "",
            "null",
            "[1]",
            '{"Records": [{"eventSource": "aws:s3"}]}',
            json.dumps(notification(event(TOO_LONG_KEY))),
            json.dumps(bus_event(event("\ud800.jpg"))),
            "[" * 100_000,
        ],
        ids=lambda body: body[:20],
    )
    def test_malformed_message_is_reported_and_the_others_are_processed(
        self, function: InMemoryFunction, poison: str
    ) -> None:
        function.put("a.jpg", "b.jpg")
        batch = queue(*(notification(event(key)) for key in ("a.jpg", "bad.jpg", "b.jpg")))
        records: Any = batch["Records"]
        records[1]["body"] = poison
        assert function(batch) == batch_failures("m-1")
        assert function.widths() == {"a.jpg": 5, "b.jpg": 5}

    def test_malformed_message_without_an_id_fails_the_batch_after_the_others_are_processed(
        self, function: InMemoryFunction
    ) -> None:
        function.put("a.jpg")
        without_id = queued("{")
        del without_id["messageId"]
        batch = {"Records": [without_id, queued(notification(event("a.jpg")))]}
        with pytest.raises(TransientError, match="without an ID"):
            function(batch)
        assert function.widths() == {"a.jpg": 5}

    def test_processed_message_needs_no_id(self, function: InMemoryFunction) -> None:
        function.put("a.jpg")
        without_id = queued(notification(event("a.jpg")))
        del without_id["messageId"]
        assert function({"Records": [without_id]}) == batch_failures()

    def test_message_with_several_failed_records_is_reported_once(
        self, function: InMemoryFunction
    ) -> None:
        function.put("a.jpg", "b.jpg", "c.jpg")
        function.fail("a.jpg", TransientError("slow down"))
        function.fail("b.jpg", TransientError("slow down"))
        three = notification(*map(event, ["a.jpg", "b.jpg", "c.jpg"]))
        assert function(queue(three, notification(event("c.jpg")))) == batch_failures("m-0")
        assert function.widths() == {"c.jpg": 5}

    def test_message_delivered_twice_in_one_batch_is_reported_once(
        self, function: InMemoryFunction
    ) -> None:
        function.fail("a.jpg", TransientError("slow down"))
        message = queued(notification(event("a.jpg")))
        assert function({"Records": [message, message]}) == batch_failures("m-0")

    def test_all_messages_of_a_failed_object_are_reported(self, function: InMemoryFunction) -> None:
        function.fail("a.jpg", TransientError("slow down"))
        contents = [notification(event("a.jpg", number)) for number in (2, 3, 1)]
        assert function(queue(*contents)) == batch_failures("m-0", "m-1", "m-2")

    def test_object_named_by_several_messages_is_processed_once(
        self, function: InMemoryFunction
    ) -> None:
        function.put("a.jpg")
        contents = [notification(event("a.jpg", number)) for number in (2, 3, 1)]
        assert function(queue(*contents)) == batch_failures()
        assert function.indexing.revisions == 1
        assert function.indexing.stored("a.jpg").sequencer == sequencer(3)

    def test_unexpected_exception_fails_only_its_message(self, function: InMemoryFunction) -> None:
        function.put("b.jpg")
        function.fail("a.jpg", ZeroDivisionError("surprise"))
        contents = [notification(event(key)) for key in ("a.jpg", "b.jpg")]
        assert function(queue(*contents)) == batch_failures("m-0")
        assert function.widths() == {"b.jpg": 5}

    def test_damaged_sqs_record_does_not_change_the_form_of_the_response(
        self, function: InMemoryFunction
    ) -> None:
        function.put("a.jpg")
        without_source = {"messageId": "m-9", "body": "{}"}
        batch = {"Records": [without_source, queued(notification(event("a.jpg")))]}
        assert function(batch) == batch_failures("m-9")


class TestBatchOperations:
    @pytest.mark.parametrize("version", ["1.0", "2.0"])
    def test_each_task_gets_a_result(self, function: InMemoryFunction, version: str) -> None:
        function.put("a.jpg")
        function.put("b.jpg", content=0)
        function.fail("c.jpg", TransientError("slow down"))
        function.fail("d.jpg", PermanentError("access denied\n"))
        keys = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "gone.jpg", "%FF.jpg"]
        response = function(invocation(version, *keys))
        results = response.pop("results")
        assert response == {
            "invocationSchemaVersion": version,
            "treatMissingKeysAs": "TemporaryFailure",
            "invocationId": "EXAMPLE",
        }
        assert [tuple(each[name] for name in RESULT_KEYS) for each in results] == [
            ("t-0", "Succeeded", "processed"),
            ("t-1", "Succeeded", "not an image"),
            ("t-2", "TemporaryFailure", "slow down"),
            ("t-3", "PermanentFailure", "access denied\\n"),
            ("t-4", "Succeeded", "unchanged"),
            ("t-5", "PermanentFailure", "the key is not URL-encoded UTF-8"),
        ]
        assert all(set(each) == set(RESULT_KEYS) for each in results)

    @pytest.mark.parametrize(
        ("stored_key", "task_key"),
        [
            ("a b.jpg", "a+b.jpg"),
            ("a b.jpg", "a%20b.jpg"),
            ("a+b.jpg", "a%2Bb.jpg"),
            ("a+b.jpg", "a+b.jpg"),
            ("été.jpg", "%C3%A9t%C3%A9.jpg"),
        ],
    )
    def test_keys_are_decoded_from_both_manifest_encodings(
        self, function: InMemoryFunction, stored_key: str, task_key: str
    ) -> None:
        function.put(stored_key)
        function(invocation("2.0", task_key))
        assert function.widths() == {stored_key: 5}

    def test_object_named_by_two_tasks_gets_two_results(self, function: InMemoryFunction) -> None:
        function.put("a.jpg")
        results = function(invocation("1.0", "a.jpg", "a.jpg"))["results"]
        assert [(each["taskId"], each["resultCode"]) for each in results] == [
            ("t-0", "Succeeded"),
            ("t-1", "Succeeded"),
        ]
        assert [each["resultString"] for each in results] == ["processed", Outcome.UNCHANGED]

    def test_tasks_with_the_same_id_get_the_worse_result(self, function: InMemoryFunction) -> None:
        function.put("a.jpg", "b.jpg")
        function.fail("b.jpg", TransientError("slow down"))
        job: Any = invocation("2.0", "a.jpg", "b.jpg")
        job["tasks"][1]["taskId"] = "t-0"
        (result,) = function(job)["results"]
        assert (result["taskId"], result["resultCode"]) == ("t-0", "TemporaryFailure")

    def test_unknown_schema_version_is_a_permanent_failure(
        self, function: InMemoryFunction
    ) -> None:
        response = function(invocation("3.0", "a.jpg"))
        assert response["invocationSchemaVersion"] == "3.0"
        assert [each["resultCode"] for each in response["results"]] == ["PermanentFailure"]

    def test_long_reason_is_shortened(self, function: InMemoryFunction) -> None:
        function.fail("a.jpg", PermanentError("\x1b" * 9_999))
        (result,) = function(invocation("2.0", "a.jpg"))["results"]
        assert len(result["resultString"]) == 500
        assert result["resultString"].isprintable()


RESULT_KEYS = ("taskId", "resultCode", "resultString")


def test_ping_returns_the_version_and_logs_nothing(
    function: InMemoryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    response = function({"imgmeta": "ping"})
    assert response == {"statusCode": 200, "body": json.dumps({"version": version("imgmeta")})}
    assert capsys.readouterr().out == ""
