"""The function notifies the recipients of IMGMETA_NOTIFY besides its topic."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta.core.notifiers import parse_recipients
from imgmeta.core.outcomes import NotifyOn
from imgmeta.testing.strategies.documents import Document
from imgmeta.testing.strategies.events import notification, queue
from support.function.harness import InMemoryFunction, event, make_settings, parse_log
from support.http.webhook_server import webhook_server

ALL = make_settings(notify_on=NotifyOn.ALL)


def batch(key: str) -> Document:
    return queue(notification(event(key)))


def failures(capsys: pytest.CaptureFixture[str]) -> list[str]:
    log = parse_log(capsys.readouterr().out)
    return [each["reason"] for each in log if each.get("message") == "notification failed"]


def test_batch_and_digest_are_sent_to_topic_and_other_recipients() -> None:
    with webhook_server() as stub:
        settings = replace(ALL, recipients=parse_recipients(stub.url))
        function = InMemoryFunction(settings)
        function.put("a.jpg")
        function(batch("a.jpg"))
        function({"imgmeta": "digest"})
    contents = [*map(json.loads, stub.bodies)]
    assert [each["summary"]["Kind"] for each in contents] == ["batch", "digest"]
    assert len(function.topic.published) == 2


def test_recipients_suffice_without_a_topic() -> None:
    with webhook_server() as stub:
        settings = replace(ALL, topic_arn="", recipients=parse_recipients(stub.url))
        function = InMemoryFunction(settings)
        function({"imgmeta": "digest"})
    assert len(stub.bodies) == 1
    assert function.topic.published == []


def test_failing_recipient_fails_neither_the_batch_nor_the_topic(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with webhook_server() as stub:
        stub.statuses = [404]
        function = InMemoryFunction(replace(ALL, recipients=parse_recipients(stub.url)))
        function.put("a.jpg")
        assert function(batch("a.jpg")) == {"batchItemFailures": []}
    assert len(function.topic.published) == 1
    (reason,) = failures(capsys)
    assert "HTTP 404" in reason
    assert "s3cr3t" not in reason


def test_unknown_scheme_does_not_fail_the_batch(capsys: pytest.CaptureFixture[str]) -> None:
    function = InMemoryFunction(replace(ALL, recipients=parse_recipients("other:x")))
    assert function(batch("a.jpg")) == {"batchItemFailures": []}
    (reason,) = failures(capsys)
    assert "no installed package provides other:" in reason
