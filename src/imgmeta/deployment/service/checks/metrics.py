"""Throttled requests and the queue's messages in the last 15 minutes, from metrics."""

from collections.abc import Mapping
from datetime import datetime

from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.findings import MetricQuery, QueueTraffic
from imgmeta.deployment.ports import Metrics
from imgmeta.deployment.service.checks.errors import PERIOD

__all__ = ["queue_traffic", "throttles"]

_INDEXES = ("UploadTimestampIndex", "BucketKeyIndex")
"""Names in the template."""

_EVENTS = ("WriteThrottleEvents", "ReadThrottleEvents")


def throttles(metrics: Metrics, index: DeployedIndex, now: datetime) -> Mapping[str, int]:
    """Return the throttled requests of the function, the table and each of its indexes.

    Source: Amazon DynamoDB Developer Guide, "DynamoDB metrics and dimensions": the throttles of an
    index are counted only with its own dimension.

    Raises:
        AdapterError: the metrics cannot be read.
    """
    function = (("FunctionName", index.function.rpartition(":")[2]),)
    table = (("TableName", index.table),)
    queries = {MetricQuery("AWS/Lambda", "Throttles", function): "function"}
    for event in _EVENTS:
        queries[MetricQuery("AWS/DynamoDB", event, table)] = "table"
        for name in _INDEXES:
            dimensions = (*table, ("GlobalSecondaryIndexName", name))
            queries[MetricQuery("AWS/DynamoDB", event, dimensions)] = f"index {name}"
    counts = dict.fromkeys(queries.values(), 0)
    found = metrics.read(list(queries), since=now - PERIOD, until=now)
    for name, values in zip(queries.values(), found, strict=True):
        counts[name] += int(sum(values.values()))
    return counts


def queue_traffic(metrics: Metrics, index: DeployedIndex, now: datetime) -> QueueTraffic:
    """Return the age of the queue's oldest message, and the numbers of its messages.

    The queue itself tells no age, and receiving a message to look at it would count as a delivery.

    Raises:
        AdapterError: the metrics cannot be read.
    """
    queue = (("QueueName", index.queue_url.rpartition("/")[2]),)
    oldest, received, deleted, in_flight = metrics.read(
        [
            MetricQuery("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum"),
            MetricQuery("AWS/SQS", "NumberOfMessagesReceived", queue),
            MetricQuery("AWS/SQS", "NumberOfMessagesDeleted", queue),
            MetricQuery("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", queue, "Maximum"),
        ],
        since=now - PERIOD,
        until=now,
    )
    return QueueTraffic(
        oldest_seconds=next(reversed(oldest.values()), None),
        received=int(sum(received.values())),
        deleted=int(sum(deleted.values())),
        in_flight=int(max(in_flight.values(), default=0)),
    )
