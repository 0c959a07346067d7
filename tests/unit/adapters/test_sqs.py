"""Tests of the requests to Amazon SQS, and of the retries of rejected entries."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.adapters.sqs import SQSHintQueue
from imgmeta.core.events import Delivery, Hint, ParsedEvent
from imgmeta.core.hints import AuditRequest
from imgmeta.core.objects import ObjectLocation
from imgmeta.errors import AdapterError, PermanentError, TransientError
from imgmeta.testing.strategies.events import hints

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/images"
HINTS = [Hint(ObjectLocation("holiday", f"{number}.jpg")) for number in range(25)]
LONGEST = Hint(ObjectLocation("holiday", "\x01" * 1_024), alternate_key="\x02" * 1_024)
SLOW_DOWN = ("RequestThrottled", False)
WRONG = ("InvalidMessageContents", True)

Refusal = tuple[str, bool]

RETRYABLE: list[Refusal | None] = [
    SLOW_DOWN,
    ("KmsThrottled", True),
    ("KMSThrottling", True),
    ("OverLimit", True),
    ("InternalError", False),
    None,  # the response does not mention the entry
]


class FakeSQS:
    """A fake SQS client that rejects the given entries, and records requests and entries."""

    def __init__(
        self, *refusals: dict[int, Refusal | None], read_timeout: float | None = 60
    ) -> None:
        self.refusals = iter(refusals)
        self.requests: list[list[dict[str, str]]] = []
        self.accepted: list[str] = []
        self.waits: list[int] = []
        self.meta = SimpleNamespace(config=SimpleNamespace(read_timeout=read_timeout))

    def send_message_batch(self, **request: Any) -> dict[str, object]:  # noqa: ANN401 - botocore's signature
        return self._respond(**request)

    delete_message_batch = send_message_batch

    def receive_message(self, **request: Any) -> dict[str, object]:  # noqa: ANN401 - botocore's signature
        assert request["QueueUrl"] == URL
        assert request["MaxNumberOfMessages"] == 10
        self.waits.append(request["WaitTimeSeconds"])
        return {}

    def _respond(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, object]:  # noqa: N803 - the names in the API
        assert QueueUrl == URL
        assert 0 < len(Entries) <= 10
        assert len({entry["Id"] for entry in Entries}) == len(Entries)
        texts = [entry.get("MessageBody") or entry["ReceiptHandle"] for entry in Entries]
        assert sum(len(text.encode()) for text in texts) <= 262_144
        self.requests.append(Entries)
        refused = next(self.refusals, {})
        response: dict[str, list[object]] = {}
        for place, (entry, text) in enumerate(zip(Entries, texts, strict=True)):
            if place not in refused:
                self.accepted.append(text)
                response.setdefault("Successful", []).append({"Id": entry["Id"]})
            elif (refusal := refused[place]) is not None:
                code, fault = refusal
                failed = {"Id": entry["Id"], "Code": code, "SenderFault": fault}
                response.setdefault("Failed", []).append(failed)
        return dict(response)


class Fixture:
    """A hint queue with a fake SQS client, and its retry delays."""

    def __init__(self, *refusals: dict[int, Refusal | None]) -> None:
        self.sqs = FakeSQS(*refusals)
        self.pauses: list[float] = []
        client = cast("SQSClient", self.sqs)
        self.queue = SQSHintQueue(client, URL, pause=self.pauses.append)

    def run(self, call: str, number: int) -> None:
        """Send or settle a number of hints."""
        if call == "send":
            self.queue.send(HINTS[:number])
        else:
            self.queue.settle(deliveries(number))


def deliveries(number: int) -> Iterator[Delivery]:
    return (Delivery(ParsedEvent(None), f"receipt {each}") for each in range(number))


both = pytest.mark.parametrize("call", ["send", "settle"])


@both
def test_requests_have_ten_entries(call: str) -> None:
    fixture = Fixture()
    fixture.run(call, 25)
    assert [len(request) for request in fixture.sqs.requests] == [10, 10, 5]
    assert fixture.pauses == []


def test_the_longest_hints_share_a_request() -> None:
    fixture = Fixture()
    fixture.queue.send([LONGEST] * 10)
    assert len(fixture.sqs.requests) == 1


def test_only_hints_of_audits_are_delayed() -> None:
    fixture = Fixture()
    fixture.queue.send(HINTS[:1])
    fixture.queue.send_audits([AuditRequest("holiday")])
    fixture.queue.send_later(HINTS[:12])
    delays = [[each.get("DelaySeconds") for each in entries] for entries in fixture.sqs.requests]
    assert delays == [[None], [None], [60] * 10, [60] * 2]


@given(st.lists(hints(), max_size=25))
def test_any_hints_make_valid_requests(some: list[Hint]) -> None:
    fixture = Fixture()
    fixture.queue.send(some)
    assert len(fixture.sqs.accepted) == len(some)
    assert len(fixture.sqs.requests) == -(-len(some) // 10)


@both
@pytest.mark.parametrize("refusal", RETRYABLE)
def test_only_rejected_entries_are_retried(call: str, refusal: Refusal | None) -> None:
    fixture = Fixture({1: refusal, 3: refusal}, {0: refusal})
    fixture.run(call, 5)
    assert [len(request) for request in fixture.sqs.requests] == [5, 2, 1]
    assert len(set(fixture.sqs.accepted)) == len(fixture.sqs.accepted) == 5


@both
@pytest.mark.parametrize("refusal", RETRYABLE)
def test_retry_delays_grow_and_end(call: str, refusal: Refusal | None) -> None:
    fixture = Fixture(*[{0: refusal}] * 99)
    with pytest.raises(TransientError):
        fixture.run(call, 1)
    assert fixture.pauses == sorted(set(fixture.pauses))
    assert len(fixture.pauses) == len(fixture.sqs.requests) - 1 == 5
    assert sum(fixture.pauses) < 10


@both
def test_permanently_rejected_entry_is_not_retried(call: str) -> None:
    fixture = Fixture({0: SLOW_DOWN, 1: WRONG})
    with pytest.raises(PermanentError, match=f"{URL}.*InvalidMessageContents"):
        fixture.run(call, 3)
    assert len(fixture.sqs.requests) == 1
    assert len(fixture.sqs.accepted) == 1


@both
def test_failure_stops_further_requests(call: str) -> None:
    fixture = Fixture({0: WRONG})
    with pytest.raises(AdapterError):
        fixture.run(call, 25)
    assert len(fixture.sqs.requests) == 1


@pytest.mark.parametrize(
    ("wait", "read_timeout", "expected"),
    [
        (timedelta(), 60, 0),
        (timedelta(seconds=20), 60, 20),
        (timedelta(seconds=20), None, 20),
        (timedelta(seconds=2.9), 60, 2),
        (timedelta(seconds=20), 10.0, 8),
        (timedelta(seconds=20), 1, 0),
    ],
)
def test_wait_is_shorter_than_read_timeout(
    wait: timedelta, read_timeout: float | None, expected: int
) -> None:
    sqs = FakeSQS(read_timeout=read_timeout)
    assert SQSHintQueue(cast("SQSClient", sqs), URL, wait=wait).receive() == []
    assert sqs.waits == [expected]


@pytest.mark.parametrize("seconds", [-0.1, 20.1, 99])
def test_invalid_wait_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="0 to 20 seconds"):
        SQSHintQueue(cast("SQSClient", FakeSQS()), URL, wait=timedelta(seconds=seconds))


def test_unsettled_message_moves_to_dead_letter_queue() -> None:
    pytest.importorskip("moto", reason="the group test-aws")
    from contract.messaging_adapters import aws_clients  # noqa: PLC0415 - needs moto

    with ExitStack() as cleanup:
        _, sqs = aws_clients(cleanup)
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        policy = (
            f'{{"maxReceiveCount": 2, "deadLetterTargetArn": "{arn["Attributes"]["QueueArn"]}"}}'
        )
        url = sqs.create_queue(
            QueueName="images", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"}
        )["QueueUrl"]
        queue, dead_letters = (SQSHintQueue(sqs, each, wait=timedelta()) for each in (url, dead))
        queue.send(HINTS[:1])
        sqs.send_message(QueueUrl=url, MessageBody="no event")

        assert [len(queue.receive()) for _ in range(3)] == [2, 2, 0]
        received = dead_letters.receive()

    assert [hint.location for each in received for hint in each.parsed.hints] == [HINTS[0].location]
    assert sum(len(each.parsed.malformed) for each in received) == 1
