"""Tests of batch notifications, as NOTIFY_ON selects them, and of digests."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import (
    ConfigurationError,
    IfRevision,
    ImgmetaError,
    InvalidEventError,
    PermanentError,
    Status,
    TransientError,
)
from imgmeta.core.outcomes import NotifyOn
from imgmeta.testing.strategies.documents import Document
from imgmeta.testing.strategies.events import (
    failed_invocation,
    notification,
    queue,
    setup_message,
)
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import moved
from support.function.harness import (
    Context,
    InMemoryFunction,
    emulated_function,
    event,
    make_settings,
    parse_log,
)

ALL = make_settings(notify_on=NotifyOn.ALL)


def batch(*keys: str) -> Document:
    return queue(*(notification(event(key)) for key in keys))


class TestBatches:
    @pytest.mark.parametrize(
        ("notify_on", "subjects"),
        [
            (
                NotifyOn.ALL,
                [
                    "imgmeta: 1 processed, no failures (prod)",
                    "imgmeta: 0 processed, 1 failed (prod)",
                ],
            ),
            (NotifyOn.FAILURES, ["imgmeta: 0 processed, 1 failed (prod)"]),
            (NotifyOn.NEVER, []),
        ],
    )
    def test_notify_on_selects_the_batches(self, notify_on: NotifyOn, subjects: list[str]) -> None:
        function = InMemoryFunction(make_settings(notify_on=notify_on))
        function.put("good.jpg")
        function.put("bad.jpg", content=0)
        for each in (batch("good.jpg"), batch("bad.jpg"), queue(setup_message())):
            function(each)
        assert [subject for subject, _ in function.topic.published] == subjects

    def test_text_has_counts_failures_and_environment(self) -> None:
        function = InMemoryFunction(ALL)
        function.put("good.jpg")
        function.put("bad\n.jpg", content=0)
        mixed = queue(notification(*map(event, ["good.jpg", "bad\n.jpg", "gone.jpg"])), "poison")
        function(mixed)
        ((_, text),) = function.topic.published
        assert "Environment: prod\nProcessed:   1\nFailed:      2\nDeleted:     1\n" in text
        assert "Bytes read:  16\n" in text
        assert "- bad\\n.jpg: not an image\n" in text
        assert "- m-1: not a supported message or event\n" in text

    def test_notification_is_sent_before_an_error_is_raised(self) -> None:
        function = InMemoryFunction(ALL)
        function.fail("a.jpg", TransientError("slow down"))
        with pytest.raises(TransientError):
            function(notification(event("a.jpg")))
        assert ["- a.jpg: slow down" in text for _, text in function.topic.published] == [True]

    def test_no_topic_means_no_notification(self) -> None:
        function = InMemoryFunction(replace(ALL, topic_arn=""))
        function.put("a.jpg")
        assert function(batch("a.jpg")) == {"batchItemFailures": []}
        assert function.topic.published == []

    @pytest.mark.parametrize("error", [PermanentError("no topic"), RuntimeError("no new thread")])
    def test_failing_topic_does_not_fail_the_batch(
        self, error: Exception, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail() -> None:
            raise error

        function = InMemoryFunction(ALL)
        function.topic.before_publish = fail
        function.put("a.jpg")
        assert function(batch("a.jpg")) == {"batchItemFailures": []}
        assert function.widths() == {"a.jpg": 5}
        assert notification_failures(capsys) == (1, [logged_reason(error)])

    def test_hanging_topic_does_not_fail_the_batch(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        release = Event()
        function = InMemoryFunction(ALL)
        function.topic.before_publish = lambda: release.wait(60)
        function.put("a.jpg")
        assert function(batch("a.jpg"), Context(0.9)) == {"batchItemFailures": []}
        release.set()
        assert notification_failures(capsys) == (1, ["the notification timed out"])

    def test_sent_notification_is_not_counted_as_failed(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        InMemoryFunction(ALL)(batch("a.jpg"))
        assert notification_failures(capsys) == (0, [])


class TestEmulatedTopic:
    def test_subscribers_receive_counts_and_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with emulated_function(monkeypatch, NOTIFY_ON="all") as aws:
            aws.put("a.jpg", b"no image")
            aws.handler(upload("a.jpg"))
            ((subject, text),) = aws.receive_notifications()
        assert subject == "imgmeta: 0 processed, 1 failed (prod)"
        assert "Environment: prod\n" in text
        assert "- a.jpg: " in text

    def test_deleted_topic_does_not_fail_the_batch(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with emulated_function(monkeypatch, NOTIFY_ON="all") as aws:
            aws.clients.sns.delete_topic(TopicArn=aws.topic)
            assert aws.handler(upload("a.jpg")) == {"batchItemFailures": []}
            assert set(aws.items()) == {"a.jpg"}
            count, (reason,) = notification_failures(capsys)
            assert (count, "cannot publish" in reason) == (1, True)
            with pytest.raises(PermanentError, match="cannot publish"):
                aws.handler({"imgmeta": "digest"})


TRUNCATED = {"status": Status.FAILED, "error": "cut short"}


class TestDigest:
    def test_digest_covers_exactly_its_period(self) -> None:
        function = function_with_records(
            (timedelta(hours=1), {"file_size": 1_000}),
            (
                timedelta(hours=23),
                TRUNCATED | {"file_size": 234},
            ),
            (timedelta(hours=25), TRUNCATED | {"file_size": 7}),
        )
        assert function({"imgmeta": "digest", "hours": 24}) == {
            "statusCode": 200,
            "body": '{"processed": 1, "failed": 1}',
        }
        ((subject, text),) = function.topic.published
        assert subject == "imgmeta digest: 1 processed, 1 failed (prod)"
        assert "Processed:   1\nFailed:      1\nBytes:       1,234\n" in text
        assert text.endswith("\nFailed:\n- 1.jpg: cut short\n")

    def test_digest_counts_uploads_that_are_not_indexed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with emulated_function(monkeypatch, IMAGE_BUCKET="holiday") as aws:
            aws.put("clip.MP4", b"video")
            aws.put("a.jpg", b"no image")
            aws.handler({"imgmeta": "digest"}, Context(30))
            aws.handler({"imgmeta": "digest"}, Context(5))
            texts = [text for _, text in aws.receive_notifications()]
        for expected in ("1 (1 video)", "at least 0"):
            assert sum(f"\nNot indexed: {expected}\n" in text for text in texts) == 1

    def test_period_is_24_hours_by_default(self) -> None:
        function = function_with_records((timedelta(hours=23), {}), (timedelta(hours=25), {}))
        assert json.loads(function({"imgmeta": "digest"})["body"]) == {"processed": 1, "failed": 0}
        (text,) = (text for _, text in function.topic.published)
        since, until = (text.partition(f"{name}:")[2].split("\n")[0] for name in ("Since", "Until"))
        assert parse_time(until) - parse_time(since) == timedelta(days=1)

    @pytest.mark.parametrize("hours", [0.5, 1, 24 * 366, None])
    def test_hours_may_be_any_number_up_to_a_year(self, hours: float | None) -> None:
        function = function_with_records((timedelta(minutes=20), {}))
        response = function({"imgmeta": "digest", "hours": hours})
        assert json.loads(response["body"]) == {"processed": 1, "failed": 0}

    @pytest.mark.parametrize(
        "hours",
        [0, -1, math.nan, math.inf, -math.inf, "24", "", [], {}, True, False, 8_785, 10**400],
        ids=lambda hours: str(hours)[:9],
    )
    def test_invalid_hours_are_an_error(self, hours: object) -> None:
        function = function_with_records()
        with pytest.raises(
            InvalidEventError, match="expected a number greater than 0 and at most 8,784"
        ):
            function({"imgmeta": "digest", "hours": hours})
        assert function.topic.published == []

    @pytest.mark.parametrize("command", ["sync", "", "Digest", 1, [], {}, False])
    def test_unknown_command_error_names_the_digest_command(self, command: object) -> None:
        with pytest.raises(InvalidEventError, match='"imgmeta": "digest"'):
            InMemoryFunction(ALL)({"imgmeta": command})

    def test_missing_topic_is_an_error_before_the_index_is_read(self) -> None:
        function = InMemoryFunction(replace(ALL, topic_arn=""))
        function.indexing.repository.uploaded_between = fail_if_called  # type: ignore[method-assign]  # must not be called
        with pytest.raises(ConfigurationError, match="SNS_TOPIC_ARN"):
            function({"imgmeta": "digest"})

    def test_unsent_digest_is_an_error(self) -> None:
        def fail() -> None:
            raise TransientError("slow down")

        function = InMemoryFunction(ALL)
        function.topic.before_publish = fail
        with pytest.raises(TransientError, match="slow down"):
            function({"imgmeta": "digest"})

    @pytest.mark.parametrize("wrap", [lambda command: command, failed_invocation])
    def test_digest_in_a_message_is_sent(self, wrap: Callable[[object], object]) -> None:
        function = InMemoryFunction(make_settings())
        function.put("a.jpg")
        commands = [{"imgmeta": "digest"}, {"imgmeta": "digest", "hours": 48}]
        messages = queue(notification(event("a.jpg")), *map(wrap, [*commands, commands[0]]))
        assert function(messages) == {"batchItemFailures": []}
        assert [subject for subject, _ in function.topic.published] == [
            "imgmeta digest: 0 processed, no failures (prod)"
        ] * 2

    @pytest.mark.parametrize("error", [TransientError("slow down"), RuntimeError("no new thread")])
    def test_unsent_digest_in_a_message_is_retried(
        self, error: Exception, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail() -> None:
            raise error

        function = InMemoryFunction(make_settings())
        function.topic.before_publish = fail
        function.put("a.jpg")
        digest = failed_invocation({"imgmeta": "digest"})
        assert function(queue(notification(event("a.jpg")), digest)) == {
            "batchItemFailures": [{"itemIdentifier": "m-1"}]
        }
        assert function.widths() == {"a.jpg": 5}
        assert notification_failures(capsys) == (1, [logged_reason(error)])

    def test_unsent_digest_in_an_event_raises_the_reason(self) -> None:
        function = InMemoryFunction(replace(ALL, topic_arn=""))
        with pytest.raises(TransientError, match=r"1 of 1 events .* set SNS_TOPIC_ARN"):
            function(failed_invocation({"imgmeta": "digest"}))

    @pytest.mark.parametrize("notify_on", NotifyOn)
    def test_digest_is_sent_whatever_notify_on_says(self, notify_on: NotifyOn) -> None:
        function = InMemoryFunction(make_settings(notify_on=notify_on))
        function({"imgmeta": "digest"})
        assert len(function.topic.published) == 1


def upload(key: str) -> Document:
    return queue(notification(replace(event(key), bucket="holiday")))


def fail_if_called(*_: object, **__: object) -> Any:  # noqa: ANN401 - replaces any method
    pytest.fail("the index was read")


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text.strip().removesuffix(" UTC"))


def logged_reason(error: Exception) -> str:
    return str(error) if isinstance(error, ImgmetaError) else f"unexpected {type(error).__name__}"


def notification_failures(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Return the counted failures and their logged reasons."""
    documents = parse_log(capsys.readouterr().out)
    counts = [sum(each.get("NotificationsFailed", [])) for each in documents]
    failed = [each for each in documents if each.get("message") == "notification failed"]
    return int(sum(counts)), [each["reason"] for each in failed]


def function_with_records(*uploads: tuple[timedelta, dict[str, Any]]) -> InMemoryFunction:
    """Return a function whose index has objects of these ages and field values."""
    function = InMemoryFunction(ALL)
    for number, (age, changes) in enumerate(uploads):
        uploaded_at = datetime.now(UTC).replace(microsecond=0) - age
        times = {"upload_timestamp": int(uploaded_at.timestamp()), "upload_date": uploaded_at}
        record = moved(image_record(), "photos", f"{number}.jpg", **times | changes)
        function.indexing.repository.put(record, IfRevision(None))
    return function
