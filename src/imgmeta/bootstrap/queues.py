"""Queues of hints."""

from datetime import timedelta

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.ports import HintQueue

__all__ = ["open_hint_queue"]


def open_hint_queue(
    aws: AWSConnection, url: str, *, wait: timedelta = timedelta(seconds=1)
) -> HintQueue:
    """Return the queue of hints at a URL.

    Args:
        aws: the AWS clients.
        url: the URL of an Amazon SQS queue.
        wait: how long `receive` waits for a message, 0 to 20 seconds.

    Raises:
        ConfigurationError: boto3 is not installed.
    """
    client = aws.clients.sqs
    from imgmeta.adapters.sqs import SQSHintQueue

    return SQSHintQueue(client, url, wait=wait)
