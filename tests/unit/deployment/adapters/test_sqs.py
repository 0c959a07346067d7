"""Tests of the batches of the dead-letter queue in Amazon SQS, and of rejected entries."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.exceptions import ClientError

from imgmeta.deployment.adapters.sqs import SQSDeadLetterQueue
from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.errors import PermanentError, TransientError

Rejection = tuple[str, bool] | None
"""The code of an entry's error, and whether the sender is at fault; None: not mentioned."""

THROTTLED = ("RequestThrottled", False)
INVALID = ("InvalidMessageContents", True)


class FakeSQS:
    """Rejects the given entries of each request, by their IDs, and records the requests."""

    def __init__(self, *rejections: dict[str, Rejection]) -> None:
        self._rejections = iter(rejections)
        self.requests: list[list[dict[str, Any]]] = []

    def send_message_batch(self, **request: Any) -> dict[str, object]:  # noqa: ANN401 - botocore's signature
        entries = request["Entries"]
        self.requests.append(entries)
        rejected = next(self._rejections, {})
        failed = [
            {"Id": name, "Code": each[0], "SenderFault": each[1], "Message": "no"}
            for name, each in rejected.items()
            if each is not None
        ]
        successful = [{"Id": each["Id"]} for each in entries if each["Id"] not in rejected]
        # SQS omits empty lists.
        response = {"Successful": successful, "Failed": failed}
        return {name: value for name, value in response.items() if value}

    delete_message_batch = change_message_visibility_batch = send_message_batch


def queue_of(client: FakeSQS) -> SQSDeadLetterQueue:
    return SQSDeadLetterQueue(cast("Any", client), "https://dead", "https://queue", pause=print)


def letters(*bodies: str) -> list[DeadLetter]:
    return [DeadLetter(body[:10], body, f"receipt {body[:10]}") for body in bodies]


def test_held_letters_get_the_timeout_of_received_ones_and_released_letters_none() -> None:
    sqs = FakeSQS()
    queue = queue_of(sqs)
    queue.hold(letters(*"abcdefghijk"))
    queue.release(letters("a"))
    timeouts = [[each["VisibilityTimeout"] for each in entries] for entries in sqs.requests]
    assert timeouts == [[60] * 10, [60], [0]]


def test_letters_that_were_not_released_are_released_again() -> None:
    sqs = FakeSQS({"0": THROTTLED, "2": None}, {"2": THROTTLED})
    queue_of(sqs).release(letters("a", "b", "c"))
    assert [[each["ReceiptHandle"][-1] for each in entries] for entries in sqs.requests] == [
        ["a", "b", "c"],
        ["a", "c"],
        ["c"],
    ]


def test_letters_that_cannot_be_released_are_an_error() -> None:
    rejection: dict[str, Rejection] = {"0": THROTTLED}
    with pytest.raises(TransientError, match="cannot change the visibility"):
        queue_of(FakeSQS(*[rejection] * 3)).release(letters("a"))


@pytest.mark.parametrize(
    "code", ["ReceiptHandleIsInvalid", "AWS.SimpleQueueService.MessageNotInflight"]
)
def test_releasing_a_visible_or_deleted_letter_does_no_harm(code: str) -> None:
    sqs = FakeSQS({"0": (code, True)})
    queue_of(sqs).release(letters("a", "b"))
    assert len(sqs.requests) == 1


def test_entries_that_failed_temporarily_are_sent_again() -> None:
    sqs = FakeSQS({"0": THROTTLED, "2": None}, {"2": THROTTLED})
    accepted = queue_of(sqs).send_back(letters("a", "b", "c"), mark="m")
    assert sorted(each.body for each in accepted) == ["a", "b", "c"]
    assert [[each["MessageBody"] for each in entries] for entries in sqs.requests] == [
        ["a", "b", "c"],
        ["a", "c"],
        ["c"],
    ]


def test_entries_that_failed_permanently_are_not_returned() -> None:
    sqs = FakeSQS({"1": INVALID})
    accepted = queue_of(sqs).send_back(letters("a", "b", "c"), mark="m")
    assert [each.body for each in accepted] == ["a", "c"]
    assert len(sqs.requests) == 1


@pytest.mark.parametrize(
    ("rejection", "kind"),
    [(INVALID, PermanentError), (THROTTLED, TransientError), (None, TransientError)],
)
def test_queue_that_accepts_nothing_is_an_error(
    rejection: Rejection, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as error:
        queue_of(FakeSQS(*[{"0": rejection}] * 3)).send_back(letters("a"), mark="m")
    assert str(error.value).startswith("cannot send messages to the queue https://queue: ")
    with pytest.raises(kind):
        queue_of(FakeSQS(*[{"0": rejection}] * 3)).delete(letters("a", "b"))


def test_message_that_is_gone_counts_as_deleted() -> None:
    sqs = FakeSQS({"0": ("ReceiptHandleIsInvalid", True)})
    queue_of(sqs).delete(letters("a", "b"))
    assert len(sqs.requests) == 1


def test_requests_stay_below_the_size_limit() -> None:
    sqs = FakeSQS()
    bodies = [f"{number} " + "ü" * 60_000 for number in range(5)]
    accepted = queue_of(sqs).send_back(letters(*bodies, "x" * 1_000_000), mark="m")
    assert len(accepted) == 6
    assert [len(entries) for entries in sqs.requests] == [2, 2, 1, 1]


class SizeLimitedSQS(FakeSQS):
    """Refuses requests of more than 1 MiB, including the attributes, as Amazon SQS does."""

    def send_message_batch(self, **request: Any) -> dict[str, object]:  # noqa: ANN401 - botocore's signature
        entries = request["Entries"]
        bodies = sum(len(each["MessageBody"].encode()) for each in entries)
        attributes = len(str([each.get("MessageAttributes", "") for each in entries]))
        if bodies + attributes > 1_048_576 + len(str([""])):
            error = {"Error": {"Code": "AWS.SimpleQueueService.BatchRequestTooLong"}}
            raise ClientError(cast("Any", error), "SendMessageBatch")
        return super().send_message_batch(**request)


def test_letter_without_room_for_the_mark_is_sent_without_it() -> None:
    sqs = SizeLimitedSQS()
    full = "x" * 1_048_576
    accepted = queue_of(sqs).send_back(letters("a", full, "b"), mark="m")
    assert [each.body for each in accepted] == ["a", full, "b"]
    assert ["MessageAttributes" in each for [each] in sqs.requests] == [True, False, True]
    with pytest.raises(PermanentError, match="BatchRequestTooLong"):
        queue_of(sqs).send_back(letters(f"{full}x"), mark="m")


def test_unknown_attributes_of_a_message_are_left_out() -> None:
    message = {
        "MessageId": "m1",
        "Body": "{}",
        "ReceiptHandle": "r",
        "MessageAttributes": {"binary": {"DataType": "Binary", "BinaryValue": b""}},
    }
    client = SimpleNamespace(receive_message=lambda **_: {"Messages": [message]})
    [letter] = SQSDeadLetterQueue(cast("Any", client), "d", "q").receive()
    assert (letter.message_id, letter.sent_at, letter.attributes) == ("m1", None, {})
