"""People hear of batches as NOTIFY_ON says, and of a period when a digest is asked for."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import (
    ConfigurationError,
    IfRevision,
    InvalidEventError,
    PermanentError,
    Status,
    TransientError,
)
from imgmeta.core.outcomes import NotifyOn
from support.function.world import (
    Context,
    FunctionWorld,
    event,
    in_the_cloud,
    lines_of,
    with_settings,
)
from support.strategies.events import Document, notification, queue, setup_message
from support.strategies.record_examples import image_record
from support.strategies.records import moved

ALL = with_settings(notify_on=NotifyOn.ALL)


def batch(*keys: str) -> Document:
    return queue(*(notification(event(key)) for key in keys))


class TestBatches:
    @pytest.mark.parametrize(
        ("notify_on", "subjects"),
        [
            (
                NotifyOn.ALL,
                [
                    "imgmeta: 1 processed, all well (prod)",
                    "imgmeta: 0 processed, 1 failed (prod)",
                ],
            ),
            (NotifyOn.FAILURES, ["imgmeta: 0 processed, 1 failed (prod)"]),
            (NotifyOn.NEVER, []),
        ],
    )
    def test_people_hear_of_the_batches_that_the_setting_names(
        self, notify_on: NotifyOn, subjects: list[str]
    ) -> None:
        function = FunctionWorld(with_settings(notify_on=notify_on))
        function.put("good.jpg")
        function.put("bad.jpg", content=0)
        for each in (batch("good.jpg"), batch("bad.jpg"), queue(setup_message())):
            function(each)
        assert [subject for subject, _ in function.topic.told] == subjects

    def test_the_text_holds_counts_failures_and_the_environment(self) -> None:
        function = FunctionWorld(ALL)
        function.put("good.jpg")
        function.put("bad\n.jpg", content=0)
        mixed = queue(notification(*map(event, ["good.jpg", "bad\n.jpg", "gone.jpg"])), "poison")
        function(mixed)
        ((_, text),) = function.topic.told
        assert "Environment: prod\nProcessed:   1\nFailed:      2\nDeleted:     1\n" in text
        assert "Bytes read:  16\n" in text
        assert "- bad\\n.jpg: not an image\n" in text
        assert "- m-1: neither a message nor an event that imgmeta knows\n" in text

    def test_people_hear_of_what_was_not_done_before_it_is_raised(self) -> None:
        function = FunctionWorld(ALL)
        function.fail("a.jpg", TransientError("slow down"))
        with pytest.raises(TransientError):
            function(notification(event("a.jpg")))
        assert ["- a.jpg: slow down" in text for _, text in function.topic.told] == [True]

    def test_without_a_topic_nobody_is_told(self) -> None:
        function = FunctionWorld(replace(ALL, topic_arn=""))
        function.put("a.jpg")
        assert function(batch("a.jpg")) == {"batchItemFailures": []}
        assert function.topic.told == []

    @pytest.mark.parametrize("error", [PermanentError("no topic"), RuntimeError("no new thread")])
    def test_a_topic_that_fails_fails_no_batch(
        self, error: Exception, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail() -> None:
            raise error

        function = FunctionWorld(ALL)
        function.topic.first = fail
        function.put("a.jpg")
        assert function(batch("a.jpg")) == {"batchItemFailures": []}
        assert function.widths() == {"a.jpg": 5}
        assert notification_failures(capsys) == (1, [reason_of(error)])

    def test_a_topic_that_hangs_fails_no_batch(self, capsys: pytest.CaptureFixture[str]) -> None:
        release = Event()
        function = FunctionWorld(ALL)
        function.topic.first = lambda: release.wait(10)
        function.put("a.jpg")
        assert function(batch("a.jpg"), Context(0.9)) == {"batchItemFailures": []}
        release.set()
        assert notification_failures(capsys) == (1, ["people could not be told in time"])

    def test_a_batch_that_is_told_of_counts_no_failure(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        FunctionWorld(ALL)(batch("a.jpg"))
        assert notification_failures(capsys) == (0, [])


class TestInTheCloud:
    def test_who_subscribed_receives_counts_and_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with in_the_cloud(monkeypatch, NOTIFY_ON="all") as cloud:
            cloud.put("a.jpg", b"no image")
            cloud.handler(holiday("a.jpg"))
            ((subject, text),) = cloud.told()
        assert subject == "imgmeta: 0 processed, 1 failed (prod)"
        assert "Environment: prod\n" in text
        assert "- a.jpg: " in text

    def test_a_topic_that_is_gone_fails_no_batch(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with in_the_cloud(monkeypatch, NOTIFY_ON="all") as cloud:
            cloud.clients.sns.delete_topic(TopicArn=cloud.topic)
            assert cloud.handler(holiday("a.jpg")) == {"batchItemFailures": []}
            assert set(cloud.items()) == {"a.jpg"}
            count, (reason,) = notification_failures(capsys)
            assert (count, "cannot publish" in reason) == (1, True)
            with pytest.raises(PermanentError, match="cannot publish"):
                cloud.handler({"imgmeta": "digest"})


CUT_SHORT = {"status": Status.FAILED, "error": "cut short"}


class TestDigest:
    def test_it_tells_of_the_period_and_of_nothing_else(self) -> None:
        function = with_records(
            (timedelta(hours=1), {"file_size": 1_000}),
            (
                timedelta(hours=23),
                CUT_SHORT | {"file_size": 234},
            ),
            (timedelta(hours=25), CUT_SHORT | {"file_size": 7}),
        )
        assert function({"imgmeta": "digest", "hours": 24}) == {
            "statusCode": 200,
            "body": '{"processed": 1, "failed": 1}',
        }
        ((subject, text),) = function.topic.told
        assert subject == "imgmeta digest: 1 processed, 1 failed (prod)"
        assert "Processed:   1\nFailed:      1\nBytes:       1,234\n" in text
        assert text.endswith("\nFailed:\n- 1.jpg: cut short\n")

    def test_it_is_of_a_day_where_nothing_else_is_said(self) -> None:
        function = with_records((timedelta(hours=23), {}), (timedelta(hours=25), {}))
        assert json.loads(function({"imgmeta": "digest"})["body"]) == {"processed": 1, "failed": 0}
        (text,) = (text for _, text in function.topic.told)
        since, until = (text.partition(f"{name}:")[2].split("\n")[0] for name in ("Since", "Until"))
        assert moment(until) - moment(since) == timedelta(days=1)

    @pytest.mark.parametrize("hours", [0.5, 1, 24 * 366, None])
    def test_hours_may_be_any_number_up_to_a_year(self, hours: float | None) -> None:
        function = with_records((timedelta(minutes=20), {}))
        answered = function({"imgmeta": "digest", "hours": hours})
        assert json.loads(answered["body"]) == {"processed": 1, "failed": 0}

    @pytest.mark.parametrize(
        "hours",
        [0, -1, math.nan, math.inf, -math.inf, "24", "", [], {}, True, False, 8_785, 10**400],
        ids=lambda hours: str(hours)[:9],
    )
    def test_hours_that_are_none_are_refused_with_what_to_give(self, hours: object) -> None:
        function = with_records()
        with pytest.raises(InvalidEventError, match="give a number above 0, up to 8,784"):
            function({"imgmeta": "digest", "hours": hours})
        assert function.topic.told == []

    @pytest.mark.parametrize("command", ["sync", "", "Digest", 1, [], {}, False])
    def test_an_unknown_command_is_refused_with_the_one_that_there_is(
        self, command: object
    ) -> None:
        with pytest.raises(InvalidEventError, match='"imgmeta": "digest"'):
            FunctionWorld(ALL)({"imgmeta": command})

    def test_without_a_topic_it_says_what_to_set_before_it_reads_the_index(self) -> None:
        function = FunctionWorld(replace(ALL, topic_arn=""))
        function.world.repository.uploaded_between = never  # type: ignore[method-assign]  # a trap
        with pytest.raises(ConfigurationError, match="SNS_TOPIC_ARN"):
            function({"imgmeta": "digest"})

    def test_one_that_cannot_be_sent_is_raised_so_that_it_is_tried_again(self) -> None:
        def fail() -> None:
            raise TransientError("slow down")

        function = FunctionWorld(ALL)
        function.topic.first = fail
        with pytest.raises(TransientError, match="slow down"):
            function({"imgmeta": "digest"})

    @pytest.mark.parametrize("notify_on", NotifyOn)
    def test_who_asks_for_it_gets_it_whatever_is_said_of_batches(self, notify_on: NotifyOn) -> None:
        function = FunctionWorld(with_settings(notify_on=notify_on))
        function({"imgmeta": "digest"})
        assert len(function.topic.told) == 1


def holiday(key: str) -> Document:
    return queue(notification(replace(event(key), bucket="holiday")))


def never(*_: object, **__: object) -> Any:  # noqa: ANN401 - in place of anything
    pytest.fail("asked")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.strip().removesuffix(" UTC"))


def reason_of(error: Exception) -> str:
    return str(error) if isinstance(error, PermanentError) else f"unexpected {type(error).__name__}"


def notification_failures(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Return how many the metrics count, and the reasons that are logged."""
    documents = lines_of(capsys.readouterr().out)
    counts = [sum(each.get("NotificationsFailed", [])) for each in documents]
    failed = [each for each in documents if each.get("message") == "notification failed"]
    return int(sum(counts)), [each["reason"] for each in failed]


def with_records(*uploads: tuple[timedelta, dict[str, Any]]) -> FunctionWorld:
    """Return the function over an index of objects that were uploaded so long ago."""
    function = FunctionWorld(ALL)
    for number, (ago, changes) in enumerate(uploads):
        upload = datetime.now(UTC).replace(microsecond=0) - ago
        times = {"upload_timestamp": int(upload.timestamp()), "upload_date": upload}
        record = moved(image_record(), "photos", f"{number}.jpg", **times | changes)
        function.world.repository.put(record, IfRevision(None))
    return function
