"""The function in the cloud: AWS Lambda calls `handler` with whatever brings events.

Nothing is made at import; the first event finds the clients made, and all later ones too.
"""

import os
from functools import cache

from imgmeta.bootstrap.function import open_function
from imgmeta.config import Settings
from imgmeta.entrypoints.aws_lambda.event_handler import Context, EventHandler
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry

__all__ = ["handler"]


def handler(event: object, context: Context | None) -> object:
    """Look into the objects that an event names, and answer in the form of what brought it.

    Understood are S3 event notifications, directly or in SQS, SNS, or SNS in SQS; S3's events by
    EventBridge, likewise; S3 Batch Operations invocations 1.0 and 2.0; S3's test events; and
    `{"imgmeta": "digest", "hours": 24}`, which sends a digest of what was uploaded since.

    Args:
        event: decoded from JSON.
        context: of the invocation; None: nothing limits its time.

    Returns:
        What can be written as JSON: `batchItemFailures` to SQS, `results` to S3 Batch Operations,
        else `statusCode` and a `body` with the counts.

    Raises:
        InvalidEventError: the event is none of these, so that there is nothing to look into.
        TransientError: not all of a message that SQS did not bring could be looked into; whoever
            brought it tries again.
    """
    return _invocation().run(event, context)


@cache
def _invocation() -> EventHandler:
    settings = Settings.from_environment(os.environ)
    return EventHandler(open_function(settings), Telemetry(settings))
