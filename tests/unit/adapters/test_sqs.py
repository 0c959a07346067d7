"""What Amazon SQS is asked, and what becomes of the entries that it does not take."""

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
from imgmeta.core.objects import ObjectLocation
from imgmeta.errors import AdapterError, PermanentError, TransientError
from support.strategies.events import hints

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/images"
HINTS = [Hint(ObjectLocation("holiday", f"{number}.jpg")) for number in range(25)]
LONGEST = Hint(ObjectLocation("holiday", "\x01" * 1_024), alternate_key="\x02" * 1_024)
SLOW_DOWN = ("RequestThrottled", False)
WRONG = ("InvalidMessageContents", True)

Refusal = tuple[str, bool]

PASSING: list[Refusal | None] = [
    SLOW_DOWN,
    ("KmsThrottled", True),
    ("KMSThrottling", True),
    ("OverLimit", True),
    ("InternalError", False),
    None,  # SQS says nothing of the entry
]


class Queue:
    """Takes what SQS takes, but for the entries that it is told to refuse, and remembers it."""

    def __init__(
        self, *refusals: dict[int, Refusal | None], read_timeout: float | None = 60
    ) -> None:
        self.refusals = iter(refusals)
        self.requests: list[list[dict[str, str]]] = []
        self.taken: list[str] = []
        self.waits: list[int] = []
        self.meta = SimpleNamespace(config=SimpleNamespace(read_timeout=read_timeout))

    def send_message_batch(self, **request: Any) -> dict[str, object]:  # noqa: ANN401 - as botocore has it
        return self._answer(**request)

    delete_message_batch = send_message_batch

    def receive_message(self, **request: Any) -> dict[str, object]:  # noqa: ANN401 - as botocore has it
        assert request["QueueUrl"] == URL
        assert request["MaxNumberOfMessages"] == 10
        self.waits.append(request["WaitTimeSeconds"])
        return {}

    def _answer(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, object]:  # noqa: N803 - AWS's names
        assert QueueUrl == URL
        assert 0 < len(Entries) <= 10
        assert len({entry["Id"] for entry in Entries}) == len(Entries)
        texts = [entry.get("MessageBody") or entry["ReceiptHandle"] for entry in Entries]
        assert sum(len(text.encode()) for text in texts) <= 262_144
        self.requests.append(Entries)
        refused = next(self.refusals, {})
        answer: dict[str, list[object]] = {}
        for place, (entry, text) in enumerate(zip(Entries, texts, strict=True)):
            if place not in refused:
                self.taken.append(text)
                answer.setdefault("Successful", []).append({"Id": entry["Id"]})
            elif (refusal := refused[place]) is not None:
                code, fault = refusal
                failed = {"Id": entry["Id"], "Code": code, "SenderFault": fault}
                answer.setdefault("Failed", []).append(failed)
        return dict(answer)


class World:
    """A hint queue, the queue of SQS's behind it, and the pauses that it made."""

    def __init__(self, *refusals: dict[int, Refusal | None]) -> None:
        self.sqs = Queue(*refusals)
        self.pauses: list[float] = []
        client = cast("SQSClient", self.sqs)
        self.queue = SQSHintQueue(client, URL, pause=self.pauses.append)

    def do(self, call: str, number: int) -> None:
        """Send or settle so many."""
        if call == "send":
            self.queue.send(HINTS[:number])
        else:
            self.queue.settle(deliveries(number))


def deliveries(number: int) -> Iterator[Delivery]:
    return (Delivery(ParsedEvent(None), f"receipt {each}") for each in range(number))


both = pytest.mark.parametrize("call", ["send", "settle"])


@both
def test_requests_are_of_ten_entries(call: str) -> None:
    world = World()
    world.do(call, 25)
    assert [len(request) for request in world.sqs.requests] == [10, 10, 5]
    assert world.pauses == []


def test_the_longest_hints_share_a_request() -> None:
    world = World()
    world.queue.send([LONGEST] * 10)
    assert len(world.sqs.requests) == 1


@given(st.lists(hints(), max_size=25))
def test_any_hints_are_put_in_requests_that_sqs_takes(some: list[Hint]) -> None:
    world = World()
    world.queue.send(some)
    assert len(world.sqs.taken) == len(some)
    assert len(world.sqs.requests) == -(-len(some) // 10)


@both
@pytest.mark.parametrize("refusal", PASSING)
def test_only_what_was_not_taken_is_tried_again(call: str, refusal: Refusal | None) -> None:
    world = World({1: refusal, 3: refusal}, {0: refusal})
    world.do(call, 5)
    assert [len(request) for request in world.sqs.requests] == [5, 2, 1]
    assert len(set(world.sqs.taken)) == len(world.sqs.taken) == 5


@both
@pytest.mark.parametrize("refusal", PASSING)
def test_pauses_grow_and_end(call: str, refusal: Refusal | None) -> None:
    world = World(*[{0: refusal}] * 99)
    with pytest.raises(TransientError):
        world.do(call, 1)
    assert world.pauses == sorted(set(world.pauses))
    assert len(world.pauses) == len(world.sqs.requests) - 1 == 5
    assert sum(world.pauses) < 10


@both
def test_what_sqs_will_never_take_is_not_tried_again(call: str) -> None:
    world = World({0: SLOW_DOWN, 1: WRONG})
    with pytest.raises(PermanentError, match=f"{URL}.*InvalidMessageContents"):
        world.do(call, 3)
    assert len(world.sqs.requests) == 1
    assert len(world.sqs.taken) == 1


@both
def test_a_failure_ends_what_would_have_followed(call: str) -> None:
    world = World({0: WRONG})
    with pytest.raises(AdapterError):
        world.do(call, 25)
    assert len(world.sqs.requests) == 1


@pytest.mark.parametrize(
    ("wait", "read_timeout", "asked"),
    [
        (timedelta(), 60, 0),
        (timedelta(seconds=20), 60, 20),
        (timedelta(seconds=20), None, 20),
        (timedelta(seconds=2.9), 60, 2),
        (timedelta(seconds=20), 10.0, 8),
        (timedelta(seconds=20), 1, 0),
    ],
)
def test_a_wait_ends_before_the_client_stops_listening(
    wait: timedelta, read_timeout: float | None, asked: int
) -> None:
    sqs = Queue(read_timeout=read_timeout)
    assert SQSHintQueue(cast("SQSClient", sqs), URL, wait=wait).receive() == []
    assert sqs.waits == [asked]


@pytest.mark.parametrize("seconds", [-0.1, 20.1, 99])
def test_a_wait_that_sqs_does_not_know_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="0 to 20 seconds"):
        SQSHintQueue(cast("SQSClient", Queue()), URL, wait=timedelta(seconds=seconds))


def test_a_message_that_nobody_settles_ends_in_the_dead_letter_queue() -> None:
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
        queue, graves = (SQSHintQueue(sqs, each, wait=timedelta()) for each in (url, dead))
        queue.send(HINTS[:1])
        sqs.send_message(QueueUrl=url, MessageBody="no event")

        assert [len(queue.receive()) for _ in range(3)] == [2, 2, 0]
        buried = graves.receive()

    assert [hint.location for each in buried for hint in each.parsed.hints] == [HINTS[0].location]
    assert sum(len(each.parsed.malformed) for each in buried) == 1
