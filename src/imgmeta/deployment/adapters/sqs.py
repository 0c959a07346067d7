"""Depths of Amazon SQS queues."""

from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.text import printable
from imgmeta.deployment.core.stacks import QueueDepth

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

__all__ = ["SQSQueueGauge"]


class SQSQueueGauge:
    """How full queues of Amazon SQS are.

    Args:
        client: a client of Amazon SQS.
    """

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def depth(self, url: str) -> QueueDepth:
        """Return how many messages are in the queue, as the port says."""
        with translate_errors(f"the queue {printable(url)} cannot be looked at"):
            attributes = self._client.get_queue_attributes(
                QueueUrl=url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        return QueueDepth(
            waiting=int(attributes["ApproximateNumberOfMessages"]),
            in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )
