"""Each of those that bring events is answered in its own form, exactly."""

import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError, Outcome, PermanentError, Status, TransientError
from support.convergence.indexer_harness import sequencer
from support.function.world import FunctionWorld, event
from support.strategies.events import (
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

DIRECT: dict[str, Callable[..., object]] = {
    "S3": notification,
    "S3 in SNS": lambda *events: topic(notification(*events)),
}
BODIES: dict[str, Callable[..., object]] = {
    "S3": notification,
    "S3 in SNS": lambda *events: published(notification(*events)),
    "EventBridge": bus_event,
    "EventBridge in SNS": lambda *events: published(bus_event(*events)),
    "imgmeta": own_message,
}
BEYOND_ALL_KEYS = "k" * 1021 + ".jpg"


def counted(processed: int, failed: int) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "body": f'{{"processed": {processed}, "failed": {failed}}}',
    }


def again(*message_ids: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in message_ids]}


@pytest.fixture
def function() -> FunctionWorld:
    return FunctionWorld()


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_the_same_event_leads_to_the_same_record_by_every_way(
    function: FunctionWorld, delivery: str
) -> None:
    key = "été 2026/a+b 100%.jpg"
    function.put(key)
    answered = function(DELIVERIES[delivery](event(key, 0xAB)))
    assert answered == (again() if "SQS" in delivery else counted(1, 0))
    record = function.world.stored(key)
    assert (record.status, record.width, record.sequencer) == (
        Status.PROCESSED,
        5,
        sequencer(0xAB),
    )


class TestDirect:
    def test_the_counts_are_answered_as_they_always_were(self, function: FunctionWorld) -> None:
        function.put("a.jpg", "b.jpg")
        function.put("c.jpg", content=0)
        events = map(event, ["a.jpg", "b.jpg", "c.jpg", "gone.jpg", "notes.txt"])
        assert function(notification(*events)) == counted(2, 1)

    @pytest.mark.parametrize("delivery", DIRECT)
    def test_what_was_not_done_is_raised_after_the_neighbours_were_stored(
        self, function: FunctionWorld, delivery: str
    ) -> None:
        function.put("a.jpg", "b.jpg", "c.jpg")
        function.fail("b.jpg", TransientError("slow down"))
        events = map(event, ["a.jpg", "b.jpg", "c.jpg"])
        with pytest.raises(TransientError, match=r"^1 of 3 were not done: slow down$"):
            function(DIRECT[delivery](*events))
        assert function.widths() == {"a.jpg": 5, "c.jpg": 5}

    def test_what_is_denied_is_raised_too_so_that_a_failure_destination_hears_of_it(
        self, function: FunctionWorld
    ) -> None:
        function.fail("a.jpg", PermanentError("access denied"))
        with pytest.raises(TransientError, match="access denied"):
            function(bus_event(event("a.jpg")))

    def test_an_image_that_is_none_is_a_failed_record_and_is_not_tried_again(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg", content=0)
        assert function(notification(event("a.jpg"))) == counted(0, 1)
        record = function.world.stored("a.jpg")
        assert (record.status, record.error) == (Status.FAILED, "not an image")

    def test_an_entry_that_cannot_be_understood_fails_beside_those_that_can(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg")
        records = [{}, notified(event("a.jpg")), {"eventSource": "aws:s3"}, None]
        assert function({"Records": records}) == counted(1, 3)

    @pytest.mark.parametrize("empty", [{"Records": []}, setup_message(), topic(setup_message())])
    def test_what_names_no_object_is_nothing_to_do(
        self, function: FunctionWorld, empty: object
    ) -> None:
        assert function(empty) == counted(0, 0)

    @pytest.mark.parametrize(
        "unknown",
        [{}, [], None, "{", 7, {"Records": [{}]}, {"Records": [None]}, {"httpMethod": "GET"}],
    )
    def test_what_is_no_event_of_images_is_raised(
        self, function: FunctionWorld, unknown: object
    ) -> None:
        with pytest.raises(InvalidEventError, match="not an event of images"):
            function(unknown)

    def test_without_a_context_nothing_limits_the_time(self, function: FunctionWorld) -> None:
        function.put("a.jpg")
        assert function.event_handler.run(notification(event("a.jpg")), None) == counted(1, 0)


class TestQueue:
    @pytest.mark.parametrize("body", BODIES)
    def test_exactly_the_messages_that_were_not_done_are_handed_back(
        self, function: FunctionWorld, body: str
    ) -> None:
        keys = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
        function.put(*keys)
        function.fail("b.jpg", TransientError("slow down"))
        function.fail("d.jpg", PermanentError("access denied"))
        assert function(queue(*(BODIES[body](event(key)) for key in keys))) == again("m-1", "m-3")
        assert set(function.widths()) == {"a.jpg", "c.jpg", "e.jpg"}

    def test_what_is_handed_back_and_comes_again_is_done_then(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg")
        function.fail("a.jpg", TransientError("slow down"))
        message = queue(notification(event("a.jpg")))
        assert function(message) == again("m-0")
        function.world.bucket.errors.clear()
        assert function(message) == again()
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
    def test_a_message_with_nothing_to_do_is_done(
        self, function: FunctionWorld, content: object
    ) -> None:
        assert function(queue(content)) == again()

    def test_no_messages_are_no_failure(self, function: FunctionWorld) -> None:
        assert function({"Records": []}) == counted(0, 0)

    def test_an_image_that_is_none_is_not_handed_back(self, function: FunctionWorld) -> None:
        function.put("a.jpg", content=0)
        assert function(queue(notification(event("a.jpg")))) == again()
        assert function.world.stored("a.jpg").status is Status.FAILED

    @pytest.mark.parametrize(
        "poison",
        [
            "{",
            "",
            "null",
            "[1]",
            '{"Records": [{"eventSource": "aws:s3"}]}',
            json.dumps(notification(event(BEYOND_ALL_KEYS))),
            json.dumps(bus_event(event("\ud800.jpg"))),
            "[" * 100_000,
        ],
        ids=lambda body: body[:20],
    )
    def test_a_poison_message_is_handed_back_and_blocks_nobody(
        self, function: FunctionWorld, poison: str
    ) -> None:
        function.put("a.jpg", "b.jpg")
        batch = queue(*(notification(event(key)) for key in ("a.jpg", "bad.jpg", "b.jpg")))
        records: Any = batch["Records"]
        records[1]["body"] = poison
        assert function(batch) == again("m-1")
        assert function.widths() == {"a.jpg": 5, "b.jpg": 5}

    def test_a_poison_message_without_an_id_hands_the_whole_batch_back_once_it_is_done(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg")
        nameless = queued("{")
        del nameless["messageId"]
        batch = {"Records": [nameless, queued(notification(event("a.jpg")))]}
        with pytest.raises(TransientError, match="without an id"):
            function(batch)
        assert function.widths() == {"a.jpg": 5}

    def test_a_message_without_an_id_that_is_done_needs_none(self, function: FunctionWorld) -> None:
        function.put("a.jpg")
        nameless = queued(notification(event("a.jpg")))
        del nameless["messageId"]
        assert function({"Records": [nameless]}) == again()

    def test_a_message_of_which_one_record_fails_is_handed_back_once(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg", "b.jpg", "c.jpg")
        function.fail("a.jpg", TransientError("slow down"))
        function.fail("b.jpg", TransientError("slow down"))
        three = notification(*map(event, ["a.jpg", "b.jpg", "c.jpg"]))
        assert function(queue(three, notification(event("c.jpg")))) == again("m-0")
        assert function.widths() == {"c.jpg": 5}

    def test_a_message_delivered_twice_in_one_batch_is_handed_back_once(
        self, function: FunctionWorld
    ) -> None:
        function.fail("a.jpg", TransientError("slow down"))
        message = queued(notification(event("a.jpg")))
        assert function({"Records": [message, message]}) == again("m-0")

    def test_messages_that_a_failed_look_stood_for_are_all_handed_back(
        self, function: FunctionWorld
    ) -> None:
        function.fail("a.jpg", TransientError("slow down"))
        contents = [notification(event("a.jpg", number)) for number in (2, 3, 1)]
        assert function(queue(*contents)) == again("m-0", "m-1", "m-2")

    def test_several_hints_for_one_object_take_one_look(self, function: FunctionWorld) -> None:
        function.put("a.jpg")
        contents = [notification(event("a.jpg", number)) for number in (2, 3, 1)]
        assert function(queue(*contents)) == again()
        assert function.world.revisions == 1
        assert function.world.stored("a.jpg").sequencer == sequencer(3)

    def test_a_bug_is_one_message_s_trouble(self, function: FunctionWorld) -> None:
        function.put("b.jpg")
        function.fail("a.jpg", ZeroDivisionError("surprise"))
        contents = [notification(event(key)) for key in ("a.jpg", "b.jpg")]
        assert function(queue(*contents)) == again("m-0")
        assert function.widths() == {"b.jpg": 5}

    def test_a_damaged_record_does_not_change_the_form_of_the_answer(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg")
        unmarked = {"messageId": "m-9", "body": "{}"}
        batch = {"Records": [unmarked, queued(notification(event("a.jpg")))]}
        assert function(batch) == again("m-9")


class TestJob:
    @pytest.mark.parametrize("version", ["1.0", "2.0"])
    def test_each_task_is_answered_in_the_job_s_form(
        self, function: FunctionWorld, version: str
    ) -> None:
        function.put("a.jpg")
        function.put("b.jpg", content=0)
        function.fail("c.jpg", TransientError("slow down"))
        function.fail("d.jpg", PermanentError("access denied\n"))
        keys = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "gone.jpg", "%FF.jpg"]
        answered = function(invocation(version, *keys))
        results = answered.pop("results")
        assert answered == {
            "invocationSchemaVersion": version,
            "treatMissingKeysAs": "TemporaryFailure",
            "invocationId": "EXAMPLE",
        }
        assert [tuple(each[name] for name in RESULT) for each in results] == [
            ("t-0", "Succeeded", "processed"),
            ("t-1", "Succeeded", "not an image"),
            ("t-2", "TemporaryFailure", "slow down"),
            ("t-3", "PermanentFailure", "access denied\\n"),
            ("t-4", "Succeeded", "unchanged"),
            ("t-5", "PermanentFailure", "the key is not URL-encoded UTF-8"),
        ]
        assert all(set(each) == set(RESULT) for each in results)

    @pytest.mark.parametrize(
        ("there", "written"),
        [
            ("a b.jpg", "a+b.jpg"),
            ("a b.jpg", "a%20b.jpg"),
            ("a+b.jpg", "a%2Bb.jpg"),
            ("a+b.jpg", "a+b.jpg"),
            ("été.jpg", "%C3%A9t%C3%A9.jpg"),
        ],
    )
    def test_a_key_is_found_whichever_way_the_manifest_writes_it(
        self, function: FunctionWorld, there: str, written: str
    ) -> None:
        function.put(there)
        function(invocation("2.0", written))
        assert function.widths() == {there: 5}

    def test_an_object_that_two_tasks_name_is_looked_at_once_and_answered_twice(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg")
        results = function(invocation("1.0", "a.jpg", "a.jpg"))["results"]
        assert [(each["taskId"], each["resultCode"]) for each in results] == [
            ("t-0", "Succeeded"),
            ("t-1", "Succeeded"),
        ]
        assert [each["resultString"] for each in results] == ["processed", Outcome.UNCHANGED]

    def test_two_tasks_of_one_id_are_answered_once_by_how_the_worse_ended(
        self, function: FunctionWorld
    ) -> None:
        function.put("a.jpg", "b.jpg")
        function.fail("b.jpg", TransientError("slow down"))
        job: Any = invocation("2.0", "a.jpg", "b.jpg")
        job["tasks"][1]["taskId"] = "t-0"
        (result,) = function(job)["results"]
        assert (result["taskId"], result["resultCode"]) == ("t-0", "TemporaryFailure")

    def test_a_job_of_an_unknown_form_is_told_that_it_will_never_be_understood(
        self, function: FunctionWorld
    ) -> None:
        answered = function(invocation("3.0", "a.jpg"))
        assert answered["invocationSchemaVersion"] == "3.0"
        assert [each["resultCode"] for each in answered["results"]] == ["PermanentFailure"]

    def test_a_long_reason_is_cut(self, function: FunctionWorld) -> None:
        function.fail("a.jpg", PermanentError("\x1b" * 9_999))
        (result,) = function(invocation("2.0", "a.jpg"))["results"]
        assert len(result["resultString"]) == 500
        assert result["resultString"].isprintable()


RESULT = ("taskId", "resultCode", "resultString")
