"""The depths of Amazon SQS queues."""

from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.text import printable, redact_url
from imgmeta.deployment.core.stacks import QueueDepth

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

__all__ = ["SQSQueueGauge"]


class SQSQueueGauge:
    """Measures the queues of one account and region."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def depth(self, url: str) -> QueueDepth:
        """Return the approximate numbers of messages in the queue: see `QueueGauge.depth`."""
        with translate_errors(f"cannot read the queue {printable(redact_url(url))}"):
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
