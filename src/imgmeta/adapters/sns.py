"""Notifications through an Amazon SNS topic."""

from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.notifications import Notification
from imgmeta.core.text import printable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

__all__ = ["SNSNotifier"]


class SNSNotifier:
    """Publishes notifications to a topic."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def notify(self, notification: Notification) -> None:
        """Publish the subject and the text: see `Notifier.notify`."""
        with translate_errors(f"cannot publish to the topic {printable(self._topic_arn)}"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=notification.subject(),
                Message=notification.text(),
            )
