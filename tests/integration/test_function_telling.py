"""What people and operators hear of the function: messages, digests, logs and metrics."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("moto", reason="needs the extra aws and its double")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from event_strategies import ObjectEvent, notification, queue
from function_world import BUCKET, Context, World, break_observing, function_world
from imgmeta import (
    ConfigurationError,
    InvalidEventError,
    PermanentError,
    TransientError,
    image_id,
)

A, B = ObjectEvent("a.jpg"), ObjectEvent("b.jpg")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with function_world(monkeypatch, NOTIFY_ON="all") as world:
        yield world


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was logged so far, each line of it a JSON object."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(logged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the documents in CloudWatch's embedded metric format, as it is specified."""
    found = [line for line in logged if "_aws" in line]
    for document in found:
        assert isinstance(document["_aws"]["Timestamp"], int)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "imgmeta"
            for dimensions in directive["Dimensions"]:
                assert all(isinstance(document[name], str) for name in dimensions)
            assert len(directive["Metrics"]) <= 100
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                assert 0 < len(values) <= 100
                assert all(isinstance(value, float) for value in values)
    return found


class TestSummary:
    @pytest.mark.parametrize(
        ("notify_on", "body", "told"),
        [
            ("all", b"words", 1),
            ("all", b"", 1),
            ("failures", b"words", 1),
            ("failures", None, 0),
            ("never", b"words", 0),
        ],
    )
    def test_people_hear_of_the_batches_that_they_want_to_hear_of(
        self, monkeypatch: pytest.MonkeyPatch, notify_on: str, body: bytes | None, told: int
    ) -> None:
        with function_world(monkeypatch, NOTIFY_ON=notify_on) as world:
            if body is None:
                world.put("a.jpg")
            else:
                world.put("a.jpg", body)
            world.call(notification(A))
            assert len(world.told()) == told

    def test_a_summary_has_the_counts_the_reasons_and_the_environment(self, world: World) -> None:
        world.put("a.jpg")
        world.put("b.jpg", b"words")
        world.call(queue(notification(A), notification(B)))
        (message,) = world.told()
        assert message["Subject"] == "imgmeta: 1 processed, 1 failed (test)"
        assert "Processed:   1" in message["Message"]
        assert "- b.jpg: not an image format that imgmeta reads" in message["Message"]

    def test_nobody_hears_of_a_batch_of_nothing(self, world: World) -> None:
        world.call({"Records": []})
        assert world.told() == []

    def test_a_topic_that_is_gone_fails_no_batch(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        world.clients.sns.delete_topic(TopicArn=world.topic)
        world.put("a.jpg")
        assert world.call(queue(notification(A))) == {"batchItemFailures": []}
        assert world.statuses("a.jpg") == ["processed"]
        logged = lines(capsys)
        assert [line["message"] for line in logged if line.get("level") == "ERROR"] == [
            "notification failed"
        ]
        assert metrics(logged)[0]["NotificationsFailed"] == [1.0]

    def test_a_topic_that_does_not_answer_is_not_waited_for(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def hang(*_: object) -> None:
            raise TransientError("the answer did not come in time")

        monkeypatch.setattr("imgmeta.adapters.sns.SNSNotifier.notify", hang)
        world.put("a.jpg")
        assert world.call(queue(notification(A)), Context()) == {"batchItemFailures": []}

    def test_without_a_topic_nobody_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with function_world(monkeypatch, NOTIFY_ON="all", SNS_TOPIC_ARN="") as world:
            world.put("a.jpg")
            assert world.call(queue(notification(A))) == {"batchItemFailures": []}


class TestDigest:
    def test_a_digest_counts_what_was_uploaded_in_its_time(self, world: World) -> None:
        world.put("a.jpg")
        world.put("b.jpg", b"words")
        world.call(notification(A, B))
        world.told()
        answer = world.call({"imgmeta": "digest", "hours": 24})
        assert json.loads(answer["body"]) == {"processed": 1, "failed": 1}
        (message,) = world.told()
        assert message["Subject"] == "imgmeta digest: 1 processed, 1 failed (test)"
        assert "16,213" in message["Message"]
        assert "- b.jpg: not an image format that imgmeta reads" in message["Message"]

    def test_what_is_older_or_gone_is_not_in_it(self, world: World) -> None:
        world.put("a.jpg")
        world.call(notification(A))
        key = {"ImageId": {"S": image_id(BUCKET, "a.jpg")}}
        long_ago = datetime.now(UTC) - timedelta(hours=30)
        world.clients.dynamodb.update_item(
            TableName="images",
            Key=key,
            UpdateExpression="SET UploadTimestamp = :at, UploadDay = :day",
            ExpressionAttributeValues={
                ":at": {"N": str(int(long_ago.timestamp()))},
                ":day": {"S": f"{long_ago:%Y-%m-%d}#{int(key['ImageId']['S'], 16) % 8}"},
            },
        )
        assert json.loads(world.call({"imgmeta": "digest"})["body"])["processed"] == 0
        longer = world.call({"imgmeta": "digest", "hours": 48})
        assert json.loads(longer["body"])["processed"] == 1

    @pytest.mark.parametrize(
        "hours", [0, -1, "24", [], True, float("nan"), float("inf"), 10**9, 1e300]
    )
    def test_hours_that_are_none_are_refused(self, world: World, hours: object) -> None:
        with pytest.raises(InvalidEventError, match="some hours"):
            world.call({"imgmeta": "digest", "hours": hours})
        assert world.told() == []

    def test_another_command_is_refused(self, world: World) -> None:
        with pytest.raises(InvalidEventError, match="digest"):
            world.call({"imgmeta": "dance"})

    def test_a_digest_without_a_topic_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with (
            function_world(monkeypatch, SNS_TOPIC_ARN="") as world,
            pytest.raises(ConfigurationError, match="SNS_TOPIC_ARN"),
        ):
            world.call({"imgmeta": "digest"})

    def test_a_digest_that_cannot_be_sent_is_raised(self, world: World) -> None:
        world.clients.sns.delete_topic(TopicArn=world.topic)
        with pytest.raises(PermanentError):
            world.call({"imgmeta": "digest"})


class TestLogs:
    def test_a_batch_is_one_line_and_each_failure_one(
        self, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.put("a.jpg", b"words")
        break_observing(monkeypatch, "b.jpg", error=TransientError("slow down"))
        world.call(queue(notification(A), notification(B), {"junk": 1}), Context())
        logged = [line for line in lines(capsys) if "_aws" not in line]
        assert [(line["level"], line["message"]) for line in logged] == [
            ("ERROR", "malformed"),
            ("WARNING", "failed"),
            ("ERROR", "error"),
            ("INFO", "batch"),
        ]
        assert (logged[1]["bucket"], logged[1]["key"]) == ("holiday", "a.jpg")
        assert (logged[2]["reason"], logged[2]["message_id"]) == ("slow down", "m-1")
        assert {line["request_id"] for line in logged} == {"request-1"}
        assert {line["environment"] for line in logged} == {"test"}
        assert "key" not in logged[3]

    def test_a_key_reaches_no_terminal(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        key = "\x1b[2J\u202e\u2028.jpg"
        world.put(key, b"words")
        world.call(notification(ObjectEvent(key)))
        printed = capsys.readouterr().out
        assert printed.isascii()
        assert all(line.isprintable() for line in printed.splitlines())
        assert key in [json.loads(line).get("key") for line in printed.splitlines()]

    def test_what_should_not_happen_is_logged_with_its_traceback(
        self, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_observing(monkeypatch, "a.jpg", error=ZeroDivisionError("hm"))
        answer = world.call(queue(notification(A)))
        assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
        (line,) = [line for line in lines(capsys) if line.get("message") == "unexpected"]
        assert line["exception_name"] == "ZeroDivisionError"
        assert "break_observing" in line["exception"] or "observe" in line["exception"]


class TestMetrics:
    def test_a_batch_is_measured(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.put("a.jpg")
        world.put("b.jpg", b"words")
        old = ObjectEvent("c.jpg", time=datetime.now(UTC) - timedelta(seconds=90))
        world.call(queue(notification(A, B), notification(old), notification(A)))
        (document,) = metrics(lines(capsys))
        assert {name: document[name] for name in ("service", "environment")} == {
            "service": "imgmeta",
            "environment": "test",
        }
        units = {
            metric["Name"]: metric["Unit"]
            for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        }
        assert units == {
            "ImagesProcessed": "Count",
            "ImagesFailed": "Count",
            "ImagesDeleted": "Count",
            "ImagesStale": "Count",
            "ImagesUnchanged": "Count",
            "BytesRead": "Bytes",
            "BatchDuration": "Milliseconds",
            "EventAge": "Milliseconds",
        }
        assert document["ImagesProcessed"] == [1.0]
        assert document["ImagesFailed"] == [1.0]
        assert document["ImagesDeleted"] == [1.0]
        assert document["ImagesUnchanged"] == [1.0]
        assert document["BytesRead"] == [16_213.0]
        assert len(document["EventAge"]) == 3
        assert 90_000 <= min(document["EventAge"]) < 150_000

    def test_the_ages_of_more_than_a_hundred_events_are_all_told(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        events = [ObjectEvent(f"{number}.jpg") for number in range(130)]
        world.call(notification(*events))
        ages = [age for document in metrics(lines(capsys)) for age in document.get("EventAge", [])]
        assert len(ages) == 130

    def test_one_invocation_is_not_in_the_metrics_of_the_next(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        world.put("a.jpg")
        world.call(notification(A))
        world.call({"Records": []})
        first, second = metrics(lines(capsys))
        assert (first["ImagesProcessed"], second["ImagesProcessed"]) == ([1.0], [0.0])
