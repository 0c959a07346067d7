"""The Lambda function, `handler`. The first event creates the clients; later events reuse them."""

import os
from functools import cache

from imgmeta.entrypoints.garbage_collection import garbage_collection_paused

with garbage_collection_paused():
    from imgmeta.bootstrap.function import open_function
    from imgmeta.config import Settings
    from imgmeta.entrypoints.aws_lambda.event_handler import Context, EventHandler
    from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry

__all__ = ["handler"]


def handler(event: object, context: Context | None) -> object:
    """Process the objects that an event names; return the response that its transport expects.

    Supported: the events that `imgmeta.core.events.parse_event` supports, and the commands to send
    a digest of recent uploads, `{"imgmeta": "digest", "hours": 24}`, to compare the index with its
    buckets, `{"imgmeta": "audit"}`, and to return imgmeta's version, `{"imgmeta": "ping"}`.

    Args:
        event: decoded JSON.
        context: Lambda's context object; None: no time limit.

    Returns:
        A JSON-serializable value: `batchItemFailures` for SQS, `results` for S3 Batch Operations,
        otherwise `statusCode` and a `body` with the counts.

    Raises:
        ConfigurationError: a setting is missing or invalid.
        InvalidEventError: the event is invalid or not supported.
        PermanentError: the digest cannot be created or sent.
        TransientError: processing is incomplete, and the event source retries only on an error.
    """
    return _event_handler().run(event, context)


@cache
def _event_handler() -> EventHandler:
    settings = Settings.from_environment(os.environ)
    with garbage_collection_paused():
        return EventHandler(open_function(settings), Telemetry(settings))
