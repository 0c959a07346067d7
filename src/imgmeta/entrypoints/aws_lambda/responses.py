"""Responses to the function's callers: each transport has its own way to report failures."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from imgmeta.core.event_values import value_at
from imgmeta.core.events import ParsedEvent, Transport
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.text import printable, shorten
from imgmeta.errors import TransientError
from imgmeta.service import BatchResult

__all__ = [
    "OUT_OF_TIME",
    "FailedCommand",
    "ProcessedEvent",
    "Response",
    "counts_response",
    "ping_response",
]

Response = dict[str, object]
"""A JSON object."""

_MAX_RESULT_STRING = 500
"""Longest `resultString` in characters; the report of the S3 Batch Operations job contains it."""

OUT_OF_TIME = "the time limit was reached"
"""The reason that an object or a command was not processed."""


@dataclass(frozen=True, slots=True)
class FailedCommand:
    """A command in a message that failed."""

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProcessedEvent:
    """A processed event, from which its response is built.

    Attributes:
        event: the event as received.
        parsed: its content.
        result: the outcomes and the unfinished hints.
        summary: counts of the outcomes.
        failed_commands: the commands that failed.
    """

    event: object
    parsed: ParsedEvent
    result: BatchResult
    summary: BatchSummary
    failed_commands: tuple[FailedCommand, ...] = ()

    def response(self) -> Response:
        """Return the response in the form that the event's transport expects.

        Raises:
            TransientError: processing is incomplete, and the transport retries only on an error.
        """
        if self.parsed.transport is Transport.SQS:
            return self._sqs_response()
        if self.parsed.transport is Transport.BATCH_OPERATIONS:
            return self._batch_operations_response()
        return self._direct_response()

    def _sqs_response(self) -> Response:
        """Return a partial batch response, which names the messages to retry.

        See AWS Lambda Developer Guide, "Handling errors for an SQS event source".
        """
        retry = {item.message_id for item in self.result.outcomes if item.outcome is Outcome.ERROR}
        retry |= {hint.message_id for hint in self.result.unfinished}
        retry |= {entry.message_id for entry in self.parsed.malformed}
        retry |= {command.message_id for command in self.failed_commands}
        if "" in retry:  # a message without an ID cannot be an item failure
            msg = "a message without an ID was not processed: retry the whole batch"
            raise TransientError(msg)
        ids = [each for each in dict.fromkeys(self.parsed.message_ids) if each in retry]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}

    def _batch_operations_response(self) -> Response:
        """Return a result for each task. See Amazon S3 User Guide, "Invoke AWS Lambda function"."""
        results = defaultdict[str, list[tuple[str, str]]](list)
        for task_id, code, text in self._task_results():
            results[task_id].append((code, shorten(printable(text), _MAX_RESULT_STRING)))
        worst_first = ("PermanentFailure", "TemporaryFailure", "Succeeded")
        return {
            "invocationSchemaVersion": value_at(self.event, "invocationSchemaVersion"),
            "treatMissingKeysAs": "TemporaryFailure",
            "invocationId": value_at(self.event, "invocationId"),
            "results": [
                {"taskId": task_id, "resultCode": code, "resultString": text}
                for task_id in dict.fromkeys(self.parsed.message_ids)
                for code, text in [min(results[task_id], key=lambda r: worst_first.index(r[0]))]
            ],
        }

    def _task_results(self) -> Iterator[tuple[str, str, str]]:
        for item in self.result.outcomes:
            yield item.message_id, _result_code(item), item.reason or item.outcome.value
        for hint in self.result.unfinished:
            yield hint.message_id, "TemporaryFailure", f"not processed: {OUT_OF_TIME}"
        for entry in self.parsed.malformed:
            yield entry.message_id, "PermanentFailure", entry.reason

    def _direct_response(self) -> Response:
        """Return the counts; raise if any of the events was not processed.

        Lambda retries an asynchronous invocation that raises, and then sends it to its failure
        destination. See AWS Lambda Developer Guide, "Asynchronous invocation".
        """
        reasons = [item.reason for item in self.result.outcomes if item.outcome is Outcome.ERROR]
        reasons += [command.reason for command in self.failed_commands]
        not_processed = len(reasons) + len(self.result.unfinished)
        if not_processed:
            total = len(self.result.outcomes) + len(self.result.unfinished)
            total += len(self.parsed.digests) + len(self.parsed.audits)
            reason = reasons[0] if reasons else OUT_OF_TIME
            msg = f"{not_processed:,} of {total:,} events were not processed: {reason}"
            raise TransientError(msg)
        return counts_response(self.summary.processed, self.summary.failed)


def counts_response(processed: int, failed: int) -> Response:
    """Return the response to a caller whose transport does not define a response."""
    return {"statusCode": 200, "body": json.dumps({"processed": processed, "failed": failed})}


def ping_response() -> Response:
    """Return the response to a probe: the function could be imported and configured."""
    return {"statusCode": 200, "body": json.dumps({"version": version("imgmeta")})}


def _result_code(item: ItemOutcome) -> str:
    if item.outcome is not Outcome.ERROR:
        return "Succeeded"
    return "TemporaryFailure" if item.retryable else "PermanentFailure"
