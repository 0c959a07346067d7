"""Tests of the requests to Amazon SNS, by the limits of its API Reference, "Publish"."""

import re
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given

pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.adapters.sns import SNSNotifier
from imgmeta.core.notifications import Failure, Notification
from imgmeta.core.outcomes import BatchSummary
from imgmeta.testing.strategies.notifications import digests, summaries

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

TOPIC = "arn:aws:sns:eu-central-1:111122223333:images"
LONG = BatchSummary(failed=9_999, failures=(Failure("東" * 600, "cut short"),) * 1_000)


class Topic:
    """A fake SNS client that checks the limits of SNS and records messages."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803 - the names in the API
        assert TopicArn == TOPIC
        assert re.fullmatch(r"[!-~][ -~]{0,98}", Subject)
        assert 0 < len(Message.encode()) <= 262_144
        self.published.append((Subject, Message))


def published(message: Notification) -> list[tuple[str, str]]:
    topic = Topic()
    SNSNotifier(cast("SNSClient", topic), TOPIC).notify(message)
    return topic.published


@given(summaries() | digests())
def test_any_notification_is_valid_for_sns(message: Notification) -> None:
    assert published(message) == [(message.subject(), message.text())]


def test_notification_with_too_many_failures_is_cut() -> None:
    ((_, text),) = published(LONG)
    assert text.endswith(" more\n")
