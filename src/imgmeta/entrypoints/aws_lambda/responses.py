"""What to answer: each of those that bring events has a form of its own to be told what failed."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from imgmeta.core.events import ParsedEvent, Transport
from imgmeta.core.notifications import Failure
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.text import printable, shorten
from imgmeta.core.transports import value_at
from imgmeta.errors import TransientError
from imgmeta.service import BatchResult

__all__ = ["Answered", "Document", "counts_response"]

Document = dict[str, object]
"""What can be written as a JSON object."""

_MAX_RESULT = 500
"""Characters of a task's result: it stands in the report of an S3 Batch Operations job."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a message, to be told to whoever brought it.

    Attributes:
        event: the message as it came.
        parsed: what it says.
        result: what became of that.
    """

    event: object
    parsed: ParsedEvent
    result: BatchResult

    def summary(self) -> BatchSummary:
        """Return the counts; an entry that cannot be understood is one that failed."""
        summary = sum(map(BatchSummary.of, self.result.outcomes), BatchSummary())
        malformed = tuple(
            Failure(entry.message_id or "a message", entry.reason)
            for entry in self.parsed.malformed
        )
        return summary + BatchSummary(failed=len(malformed), failures=malformed)

    def answer(self) -> Document:
        """Return the answer.

        Raises:
            TransientError: the only way in which this one is told that something was not done.
        """
        if self.parsed.transport is Transport.SQS:
            return self._to_queue()
        if self.parsed.transport is Transport.BATCH_OPERATIONS:
            return self._to_job()
        return self._to_caller()

    def _to_queue(self) -> Document:
        """Name the messages to deliver again; one that comes too often goes to the dead letters.

        AWS Lambda Developer Guide, "Handling errors for an SQS event source".
        """
        again = {item.message_id for item in self.result.outcomes if item.outcome is Outcome.ERROR}
        again |= {hint.message_id for hint in self.result.unfinished}
        again |= {entry.message_id for entry in self.parsed.malformed}
        if "" in again:
            # An answer cannot name it, and one with an empty name means the whole batch as well.
            msg = "a message without an id was not done: deliver the whole batch again"
            raise TransientError(msg)
        names = [name for name in dict.fromkeys(self.parsed.message_ids) if name in again]
        return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}

    def _to_job(self) -> Document:
        """Say how each task ended: Amazon S3 User Guide, "Invoke AWS Lambda function"."""
        ends = defaultdict[str, list[tuple[str, str]]](list)
        for name, code, text in self._ends():
            ends[name].append((code, shorten(printable(text), _MAX_RESULT)))
        worst = ("PermanentFailure", "TemporaryFailure", "Succeeded")
        return {
            "invocationSchemaVersion": value_at(self.event, "invocationSchemaVersion"),
            "treatMissingKeysAs": "TemporaryFailure",
            "invocationId": value_at(self.event, "invocationId"),
            "results": [
                {"taskId": name, "resultCode": code, "resultString": text}
                for name in dict.fromkeys(self.parsed.message_ids)
                for code, text in [min(ends[name], key=lambda end: worst.index(end[0]))]
            ],
        }

    def _ends(self) -> Iterator[tuple[str, str, str]]:
        for item in self.result.outcomes:
            yield item.message_id, _code(item), item.reason or item.outcome.value
        for hint in self.result.unfinished:
            yield hint.message_id, "TemporaryFailure", "not started: there was no time left"
        for entry in self.parsed.malformed:
            yield entry.message_id, "PermanentFailure", entry.reason

    def _to_caller(self) -> Document:
        """Answer as the function always has; raise if something would otherwise be lost.

        Lambda tries an asynchronous invocation again that raised, and then sends it to its
        failure destination: AWS Lambda Developer Guide, "Asynchronous invocation".
        """
        errors = [item for item in self.result.outcomes if item.outcome is Outcome.ERROR]
        undone = len(errors) + len(self.result.unfinished)
        if undone:
            total = len(self.result.outcomes) + len(self.result.unfinished)
            reason = errors[0].reason if errors else "there was no time left"
            msg = f"{undone:,} of {total:,} were not done: {reason}"
            raise TransientError(msg)
        summary = self.summary()
        return counts_response(summary.processed, summary.failed)


def counts_response(processed: int, failed: int) -> Document:
    """Return the answer to whoever brought no form of their own: the function's own, as ever."""
    return {"statusCode": 200, "body": json.dumps({"processed": processed, "failed": failed})}


def _code(item: ItemOutcome) -> str:
    if item.outcome is not Outcome.ERROR:
        return "Succeeded"
    return "TemporaryFailure" if item.retryable else "PermanentFailure"
