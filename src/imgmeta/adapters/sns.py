"""Messages to people, through a topic of Amazon SNS."""

from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translated
from imgmeta.core.notifications import Notification
from imgmeta.core.text import printable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

__all__ = ["SNSNotifier"]


class SNSNotifier:
    """Publishes each message to a topic, which passes it on to everyone who subscribed.

    Args:
        client: a client of Amazon SNS.
        topic_arn: the topic's ARN.
    """

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def notify(self, message: Notification) -> None:
        """Publish the message's subject and text, as the port says."""
        with translated(f"the topic {printable(self._topic_arn)} cannot be told"):
            self._client.publish(
                TopicArn=self._topic_arn, Subject=message.subject(), Message=message.text()
            )
