"""Metrics that AWS services emit, and their dimensions."""

from typing import NamedTuple

__all__ = ["EMITTED", "Emitted"]


class Emitted(NamedTuple):
    """Metrics of a service; each is emitted with each of the sets of dimensions."""

    names: frozenset[str]
    dimensions: tuple[frozenset[str], ...]
    page: str
    seconds: int
    """Shortest period between two values."""


def _emitted(names: str, dimensions: str, page: str, seconds: int = 60) -> Emitted:
    sets = (frozenset(each.split("+")) for each in dimensions.split())
    return Emitted(frozenset(names.split()), tuple(sets), page, seconds)


EMITTED = {
    "AWS/Lambda": _emitted(
        "Invocations Errors Throttles Duration ConcurrentExecutions DeadLetterErrors"
        " DestinationDeliveryFailures AsyncEventsDropped",
        "FunctionName FunctionName+Resource",
        'AWS Lambda Developer Guide, "Types of metrics for Lambda functions"',
    ),
    "AWS/SQS": _emitted(
        "ApproximateAgeOfOldestMessage ApproximateNumberOfMessagesDelayed"
        " ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesVisible"
        " NumberOfEmptyReceives NumberOfMessagesDeleted NumberOfMessagesReceived"
        " NumberOfMessagesSent SentMessageSize",
        "QueueName",
        'Amazon SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS"',
    ),
    "AWS/DynamoDB": _emitted(
        "ConsumedReadCapacityUnits ConsumedWriteCapacityUnits ReadThrottleEvents"
        " WriteThrottleEvents",
        "TableName TableName+GlobalSecondaryIndexName",
        'Amazon DynamoDB Developer Guide, "DynamoDB metrics and dimensions"',
    ),
    "AWS/S3": _emitted(
        "NumberOfObjects",
        "BucketName+StorageType",
        'Amazon S3 User Guide, "Metrics and dimensions", storage metrics, once a day;'
        " NumberOfObjects is only emitted with the StorageType AllStorageTypes",
        seconds=86400,
    ),
}
