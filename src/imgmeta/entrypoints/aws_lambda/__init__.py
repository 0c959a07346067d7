"""The Lambda function: AWS Lambda calls `handler` with each event.

Importing it creates nothing; the first event creates the clients, and later ones reuse them.
"""

import os
from functools import cache

from imgmeta.bootstrap.function import open_function
from imgmeta.config import Settings
from imgmeta.entrypoints.aws_lambda.event_handler import Context, EventHandler
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry

__all__ = ["handler"]


def handler(event: object, context: Context | None) -> object:
    """Process the objects that an event names; return the response that its transport expects.

    Supported: S3 event notifications and S3's EventBridge events, directly or through SQS, SNS, or
    SNS and SQS; S3 Batch Operations invocations 1.0 and 2.0; S3 test events; and the command
    `{"imgmeta": "digest", "hours": 24}`, which sends a digest of recent uploads.

    Args:
        event: decoded JSON.
        context: Lambda's context object; None: no time limit.

    Returns:
        A JSON-serializable value: `batchItemFailures` for SQS, `results` for S3 Batch Operations,
        otherwise `statusCode` and a `body` with the counts.

    Raises:
        InvalidEventError: the event is not supported.
        TransientError: some objects could not be processed, and only an error makes AWS retry.
    """
    return _event_handler().run(event, context)


@cache
def _event_handler() -> EventHandler:
    settings = Settings.from_environment(os.environ)
    return EventHandler(open_function(settings), Telemetry(settings))
