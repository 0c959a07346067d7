"""What Amazon SNS is asked: see its API Reference, "Publish", for what it takes."""

import re
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given

pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.adapters.sns import SNSNotifier
from imgmeta.core.notifications import Failure, Notification
from imgmeta.core.outcomes import BatchSummary
from support.strategies.notifications import digests, summaries

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

TOPIC = "arn:aws:sns:eu-central-1:111122223333:images"
LONG = BatchSummary(failed=9_999, failures=(Failure("東" * 600, "cut short"),) * 1_000)


class Topic:
    """Takes what SNS takes, and remembers it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803 - AWS's names
        assert TopicArn == TOPIC
        assert re.fullmatch(r"[!-~][ -~]{0,98}", Subject)
        assert 0 < len(Message.encode()) <= 262_144
        self.told.append((Subject, Message))


def told(message: Notification) -> list[tuple[str, str]]:
    topic = Topic()
    SNSNotifier(cast("SNSClient", topic), TOPIC).notify(message)
    return topic.told


@given(summaries() | digests())
def test_any_message_is_one_that_sns_takes(message: Notification) -> None:
    assert told(message) == [(message.subject(), message.text())]


def test_a_message_with_more_failures_than_sns_takes_is_cut() -> None:
    ((_, text),) = told(LONG)
    assert text.endswith(" more\n")
