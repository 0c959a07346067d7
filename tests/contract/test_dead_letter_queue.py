"""Contract tests of `imgmeta.deployment.ports.DeadLetterQueue`, for every adapter."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contract.aws_accounts import on_aws
from imgmeta.deployment.core.dead_letters import REPLAY_ATTRIBUTE, DeadLetter
from imgmeta.deployment.ports import DeadLetterQueue
from imgmeta.errors import PermanentError, TransientError
from support.aws.moto import respond_with_error
from support.deployment.dead_letters import InMemoryDeadLetters

MANY = 13
"""More than one batch of SQS."""


@dataclass
class Harness:
    """An empty dead-letter queue, with access to both queues.

    Attributes:
        queue: the queue to test.
        put: adds a message with a body and attributes.
        sent: returns bodies and marks of the messages that were sent back.
        fail: makes each request fail; with an error code of SQS, where there is one.
    """

    queue: DeadLetterQueue
    put: Callable[..., object]
    sent: Callable[[], list[tuple[str, str]]]
    fail: Callable[[str], object]


def in_memory(_: pytest.FixtureRequest, __: ExitStack) -> Harness:
    queue = InMemoryDeadLetters()

    def put(body: str, **attributes: str) -> None:
        queue.put(body, datetime.now(UTC), attributes)

    def fail(code: str) -> None:
        queue.error = PermanentError(code) if code == "AccessDenied" else TransientError(code)

    return Harness(queue, put, lambda: queue.sent, fail)


def on_sqs(clients: Any) -> Harness:  # noqa: ANN401 - imgmeta's clients need the extra aws
    from imgmeta.deployment.adapters.sqs import SQSDeadLetterQueue  # noqa: PLC0415 - as above

    sqs, name = clients.sqs, uuid4().hex
    dead = sqs.create_queue(QueueName=f"dead-{name}")["QueueUrl"]
    target = sqs.create_queue(QueueName=f"queue-{name}")["QueueUrl"]

    def put(body: str, **attributes: str) -> None:
        typed = {
            each: {"DataType": "String", "StringValue": text} for each, text in attributes.items()
        }
        sqs.send_message(QueueUrl=dead, MessageBody=body, MessageAttributes=typed)

    def sent() -> list[tuple[str, str]]:
        found = list[tuple[str, str]]()
        while batch := sqs.receive_message(
            QueueUrl=target, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            found += [
                (each["Body"], each["MessageAttributes"][REPLAY_ATTRIBUTE]["StringValue"])
                for each in batch
            ]
        return found

    queue = SQSDeadLetterQueue(sqs, dead, target, wait=timedelta(), pause=lambda _: None)
    return Harness(
        queue,
        put,
        sent,
        lambda code: respond_with_error(sqs, "sqs", code, 400),
    )


@pytest.fixture(
    params=[
        pytest.param(in_memory, id="memory"),
        *on_aws(on_sqs),
    ]
)
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


def receive_all(queue: DeadLetterQueue) -> list[DeadLetter]:
    found = list[DeadLetter]()
    while batch := queue.receive():
        found += batch
    return found


def bodies(letters: list[DeadLetter]) -> list[str]:
    return sorted(each.body for each in letters)


# The port: "Return some of the waiting messages; an empty list if it finds none."
def test_messages_are_returned_with_their_attributes(harness: Harness) -> None:
    assert harness.queue.receive() == []
    harness.put("no JSON", ERROR_CODE="NO_PERMISSIONS")
    [letter] = harness.queue.receive()
    assert (letter.body, letter.attributes) == ("no JSON", {"ERROR_CODE": "NO_PERMISSIONS"})
    assert letter.message_id
    assert letter.sent_at is not None
    assert abs(datetime.now(UTC) - letter.sent_at) < timedelta(minutes=20)


# The port: "A returned message is not returned again until its visibility timeout ends, unless it
# is released." "Any number may be given. Releasing a deleted message does no harm."
def test_released_messages_are_returned_again(harness: Harness) -> None:
    expected = sorted(f"body {number}" for number in range(MANY))
    for each in expected:
        harness.put(each)
    letters = receive_all(harness.queue)
    assert bodies(letters) == expected
    assert harness.queue.receive() == []
    harness.queue.release(iter(letters))
    again = receive_all(harness.queue)
    assert bodies(again) == expected
    harness.queue.delete(again)
    harness.queue.release(again)
    assert receive_all(harness.queue) == []


# The port: "Start the visibility timeout of these letters again. Any number may be given. Holding a
# deleted message does no harm."
def test_held_messages_stay_invisible_until_they_are_released(harness: Harness) -> None:
    expected = sorted(f"body {number}" for number in range(MANY))
    for each in expected:
        harness.put(each)
    letters = receive_all(harness.queue)
    assert harness.queue.visibility >= timedelta(minutes=1)
    harness.queue.hold(iter(letters))
    assert harness.queue.receive() == []
    harness.queue.release(letters)
    again = receive_all(harness.queue)
    assert bodies(again) == expected
    harness.queue.delete(again)
    harness.queue.hold(again)
    assert receive_all(harness.queue) == []


# The port: "Send copies of these letters to the queue; return those that the queue accepted." "A
# copy has the same body and … `mark` in its attribute". "The letters stay in the dead-letter
# queue."
def test_copies_have_the_body_and_the_mark(harness: Harness) -> None:
    expected = sorted(f"{number} {'ü' * 20_000}" for number in range(MANY))
    for each in expected:
        harness.put(each)
    letters = receive_all(harness.queue)
    assert bodies(harness.queue.send_back(letters, mark="first")) == expected
    assert sorted(harness.sent()) == [(each, "first") for each in expected]
    harness.queue.release(letters)
    assert bodies(receive_all(harness.queue)) == expected


def test_mark_is_an_attribute_of_the_letter(harness: Harness) -> None:
    harness.put("{}", **{REPLAY_ATTRIBUTE: "first"})
    [letter] = harness.queue.receive()
    assert letter.mark == "first"


# The port: "Delete the messages of these letters. Deleting one again does no harm."
def test_deleted_messages_are_gone(harness: Harness) -> None:
    harness.put("{}")
    letters = harness.queue.receive()
    harness.queue.delete(letters)
    harness.queue.delete(letters)
    harness.queue.delete([])
    assert harness.queue.send_back([], mark="none") == []
    assert receive_all(harness.queue) == []


# The port: "Methods raise TransientError when a queue cannot respond now, and PermanentError when
# it will not respond until something is changed."
@pytest.mark.parametrize(
    ("code", "kind"), [("RequestThrottled", TransientError), ("AccessDenied", PermanentError)]
)
def test_failed_request_is_an_error(harness: Harness, code: str, kind: type[Exception]) -> None:
    harness.put("{}")
    letters = harness.queue.receive()
    harness.fail(code)
    for request in (
        harness.queue.receive,
        lambda: harness.queue.hold(letters),
        lambda: harness.queue.release(letters),
        lambda: harness.queue.send_back(letters, mark="any"),
        lambda: harness.queue.delete(letters),
    ):
        with pytest.raises(kind):
            request()
