"""The subscriptions of Amazon SNS topics."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.text import printable
from imgmeta.deployment.core.findings import Subscription

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

__all__ = ["SNSSubscriptions"]

_ARN = "arn:"
"""The start of the ARN of a confirmed subscription. Others have `PendingConfirmation` or `Deleted`
in its place: Amazon SNS Developer Guide, "Confirming an Amazon SNS subscription"."""


class SNSSubscriptions:
    """The subscriptions to the topics of one account and region."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def of_topic(self, topic: str) -> Iterator[Subscription]:
        """Yield the subscriptions to the topic: see `Subscriptions.of_topic`."""
        token = ""
        while True:
            with translate_errors(f"cannot read the subscriptions of {printable(topic)}"):
                response = self._client.list_subscriptions_by_topic(
                    TopicArn=topic, **({"NextToken": token} if token else {})
                )
            for each in response["Subscriptions"]:
                is_confirmed = each.get("SubscriptionArn", "").startswith(_ARN)
                yield Subscription(each.get("Protocol", ""), each.get("Endpoint", ""), is_confirmed)
            if not (token := response.get("NextToken", "")):
                return
