"""The function: what brings an event decides the form of the answer, and nothing is lost."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("moto", reason="needs the extra aws and its double")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from event_strategies import (
    DELIVERIES,
    ObjectEvent,
    bus_event,
    invocation,
    notification,
    notified,
    published,
    queue,
    queued,
    setup_message,
    topic,
)
from function_world import BUCKET, Context, World, break_observing, function_world
from imgmeta import InvalidEventError, PermanentError, TransientError

A, B, C = (ObjectEvent(f"{name}.jpg") for name in "abc")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with function_world(monkeypatch) as world:
        yield world


def again(*names: str) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def counts(processed: int, failed: int) -> dict[str, Any]:
    body = json.dumps({"processed": processed, "failed": failed})
    return {"statusCode": 200, "body": body}


class TestAnswers:
    @pytest.mark.parametrize("deliver", DELIVERIES.values(), ids=DELIVERIES)
    def test_every_way_leads_to_the_record(
        self, world: World, deliver: Callable[[ObjectEvent], object]
    ) -> None:
        world.put("a b+c.JPG")
        answer = world.call(deliver(ObjectEvent("a b+c.JPG")))
        assert answer in (again(), counts(1, 0))
        record = world.record("a b+c.JPG")
        assert record is not None
        assert (record.width, record.height, record.file_size) == (480, 320, 16_208)

    @pytest.mark.parametrize(
        "event",
        [notification(A), topic(notification(A)), bus_event(A), topic(bus_event(A))],
        ids=["S3", "SNS", "EventBridge", "EventBridge in SNS"],
    )
    def test_whoever_has_no_form_of_its_own_is_told_the_counts(
        self, world: World, event: object
    ) -> None:
        world.put("a.jpg")
        assert world.call(event) == counts(1, 0)

    def test_what_is_no_image_is_counted_recorded_and_not_tried_again(self, world: World) -> None:
        world.put("a.jpg", b"words")
        world.put("b.jpg", b"")
        assert world.call(notification(A, B)) == counts(0, 2)
        assert world.call(queue(notification(A))) == again()
        assert world.statuses("a.jpg", "b.jpg") == ["failed", "failed"]

    def test_what_is_gone_is_a_tombstone(self, world: World) -> None:
        world.put("a.jpg")
        world.call(notification(A))
        world.delete("a.jpg")
        later = ObjectEvent("a.jpg", sequencer="FF", name="ObjectRemoved:Delete")
        assert world.call(notification(later)) == counts(0, 0)
        assert world.statuses("a.jpg") == ["processed"]  # that event was older
        newest = ObjectEvent("a.jpg", sequencer="FF00617F08299329D189")
        assert world.call(queue(bus_event(newest))) == again()
        assert world.statuses("a.jpg") == ["deleted"]

    @pytest.mark.parametrize(
        ("event", "answer"),
        [
            (setup_message(), counts(0, 0)),
            (queue(setup_message()), again()),
            (queue(published(setup_message())), again()),
            (topic(setup_message()), counts(0, 0)),
            ({"Records": []}, counts(0, 0)),
        ],
        ids=["direct", "SQS", "SNS in SQS", "SNS", "no records"],
    )
    def test_a_message_of_nothing_is_a_success(
        self, world: World, event: object, answer: object
    ) -> None:
        assert world.call(event) == answer

    @pytest.mark.parametrize("event", [None, {}, [], "x", 7, {"Records": [{}]}, {"Records": 1}])
    def test_what_is_no_event_is_refused(self, world: World, event: object) -> None:
        with pytest.raises(InvalidEventError):
            world.call(event)


class TestQueue:
    def test_only_the_messages_that_failed_are_delivered_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for key in ("a.jpg", "b.jpg", "c.jpg"):
            world.put(key)
        break_observing(monkeypatch, "b.jpg", error=TransientError("slow down"))
        batch = queue(notification(A), published(notification(B)), bus_event(C))
        assert world.call(batch) == again("m-1")
        assert world.statuses("a.jpg", "b.jpg", "c.jpg") == ["processed", None, "processed"]

    def test_what_somebody_must_mend_is_delivered_again_too(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_observing(monkeypatch, "a.jpg", error=PermanentError("access denied"))
        assert world.call(queue(notification(A), notification(B))) == again("m-0")

    def test_a_message_of_two_objects_is_delivered_again_once(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_observing(monkeypatch, "a.jpg", "b.jpg", error=TransientError("slow down"))
        assert world.call(queue(notification(A, B), notification(C))) == again("m-0")

    @pytest.mark.parametrize(
        "poison",
        [
            queued({"junk": 1}, "m-9"),
            queued(None, "m-9") | {"body": "{"},
            queued(None, "m-9") | {"body": None},
            queued(notification(ObjectEvent("k" * 1_025)), "m-9"),
            queued({"Records": [notified(B), {"eventSource": "aws:s3"}]}, "m-9"),
        ],
        ids=["another's", "no JSON", "no body", "too long a key", "half of it"],
    )
    def test_a_poisoned_message_is_handed_back_and_its_neighbours_are_done(
        self, world: World, poison: object
    ) -> None:
        world.put("a.jpg")
        world.put("c.jpg")
        records = [queued(notification(A), "m-0"), poison, queued(notification(C), "m-2")]
        assert world.call({"Records": records}) == again("m-9")
        assert world.statuses("a.jpg", "c.jpg") == ["processed", "processed"]

    def test_a_message_without_an_id_that_fails_brings_back_the_whole_batch(
        self, world: World
    ) -> None:
        nameless = {key: value for key, value in queued({}, "").items() if key != "messageId"}
        with pytest.raises(TransientError, match="whole batch"):
            world.call({"Records": [queued(notification(A)), nameless]})


class TestDirect:
    def test_what_fails_for_now_is_raised_after_its_neighbours_are_done(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.put("a.jpg")
        world.put("c.jpg")
        break_observing(monkeypatch, "b.jpg", error=TransientError("slow down"))
        with pytest.raises(TransientError, match="1 of 3 were not done: slow down"):
            world.call(notification(A, B, C))
        assert world.statuses("a.jpg", "b.jpg", "c.jpg") == ["processed", None, "processed"]

    def test_a_record_that_is_malformed_is_counted_and_its_neighbours_are_done(
        self, world: World
    ) -> None:
        world.put("a.jpg")
        records = [{"eventSource": "aws:s3", "s3": {}}, notified(A), {"s3": None}]
        assert world.call({"Records": records}) == counts(1, 2)
        assert world.statuses("a.jpg") == ["processed"]


class TestJob:
    @pytest.mark.parametrize("version", ["1.0", "2.0"])
    def test_each_task_has_its_result(
        self, world: World, monkeypatch: pytest.MonkeyPatch, version: str
    ) -> None:
        world.put("a b.jpg")
        world.put("b.jpg", b"words")
        break_observing(monkeypatch, "slow.jpg", error=TransientError("slow down"))
        event = invocation(version, "a+b.jpg", "b.jpg", "gone.jpg", "slow.jpg", "%ff.jpg")
        answer = world.call(event)
        results = answer.pop("results")
        assert answer == {
            "invocationSchemaVersion": version,
            "treatMissingKeysAs": "TemporaryFailure",
            "invocationId": "EXAMPLE",
        }
        assert [(each["taskId"], each["resultCode"]) for each in results] == [
            ("t-0", "Succeeded"),
            ("t-1", "Succeeded"),
            ("t-2", "Succeeded"),
            ("t-3", "TemporaryFailure"),
            ("t-4", "PermanentFailure"),
        ]
        assert results[0]["resultString"] == "processed"
        assert "not an image" in results[1]["resultString"]
        assert results[3]["resultString"] == "slow down"
        assert world.statuses("a b.jpg", "b.jpg") == ["processed", "failed"]

    def test_what_somebody_must_mend_is_permanent(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_observing(monkeypatch, "a.jpg", error=PermanentError("access denied"))
        (result,) = world.call(invocation("2.0", "a.jpg"))["results"]
        assert (result["resultCode"], result["resultString"]) == (
            "PermanentFailure",
            "access denied",
        )


class TestTime:
    def test_messages_for_which_there_is_no_time_are_delivered_again(self, world: World) -> None:
        world.put("a.jpg")
        answer = world.call(queue(notification(A), notification(B)), Context([60.0, 1.0]))
        assert answer == again("m-0", "m-1")
        assert world.statuses("a.jpg", "b.jpg") == [None, None]

    def test_tasks_for_which_there_is_no_time_are_to_be_tried_again(self, world: World) -> None:
        (result,) = world.call(invocation("1.0", "a.jpg"), Context([60.0, 1.0]))["results"]
        assert result["resultCode"] == "TemporaryFailure"

    def test_a_caller_is_told_that_there_was_no_time(self, world: World) -> None:
        with pytest.raises(TransientError, match="no time left"):
            world.call(notification(A), Context([60.0, 1.0]))

    def test_a_little_time_is_enough_for_some(self, world: World) -> None:
        world.put("a.jpg")
        assert world.call(queue(notification(A)), Context([3.0])) == again()
        assert world.statuses("a.jpg") == ["processed"]


def test_a_second_delivery_writes_nothing(world: World) -> None:
    world.put("a.jpg")
    world.call(queue(notification(A)))
    first = world.record("a.jpg")
    assert world.call(queue(bus_event(A), published(notification(A)))) == again()
    assert world.record("a.jpg") == first


def test_an_old_event_leaves_a_newer_record(world: World) -> None:
    world.put("a.jpg")
    world.call(notification(ObjectEvent("a.jpg", sequencer="0B")))
    newer = world.record("a.jpg")
    world.call(notification(ObjectEvent("a.jpg", sequencer="0A")))
    assert world.record("a.jpg") == newer
    assert newer is not None
    assert newer.bucket_name == BUCKET
