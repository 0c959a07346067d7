"""Every sentence of `imgmeta.ports.HintQueue`, against every adapter."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contract.messaging_adapters import HintQueueScene
from imgmeta.core.events import Delivery, Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import HintQueue
from support.strategies.events import ObjectEvent, bus_event, notification, published, setup_message

MANY = 35
"""More than three batches of SQS's."""

BEACH = Hint(
    ObjectLocation("holiday", "2026/beach 東\0+%20.jpg"),
    sequencer="00617F08299329D189".zfill(32),
    occurred_at=datetime(2026, 11, 23, 6, 30, 1, 234_567, tzinfo=UTC),
    alternate_key="2026/beach+.jpg",
    force=True,
)


def hint(name: object) -> Hint:
    return Hint(ObjectLocation("holiday", f"{name}.jpg"))


def named(deliveries: list[Delivery]) -> list[str]:
    return sorted(each.location.key for found in deliveries for each in found.parsed.hints)


def everything(queue: HintQueue) -> list[Delivery]:
    """Receive until nothing waits."""
    found: list[Delivery] = []
    while batch := queue.receive():
        found += batch
    return found


# The port: "Put these hints in the queue; when it returns, all of them are."
@pytest.mark.parametrize("number", [0, 1, 10, 11, MANY])
def test_every_hint_that_was_sent_arrives(hints: HintQueueScene, number: int) -> None:
    hints.queue.send(map(hint, range(number)))
    assert named(everything(hints.queue)) == sorted(f"{each}.jpg" for each in range(number))


# The port: "A hint arrives as it was sent, but for its `message_id`"
def test_a_hint_arrives_as_it_was_sent(hints: HintQueueScene) -> None:
    hints.queue.send([replace(BEACH, message_id="another queue's")])
    (delivery,) = hints.queue.receive()
    (found,) = delivery.parsed.hints
    assert replace(found, message_id="") == BEACH
    assert delivery.parsed.malformed == ()


# The port: "that is the one which the queue gave its message, in every delivery of it."
def test_a_message_keeps_its_id(hints: HintQueueScene) -> None:
    hints.queue.send([hint(1), hint(2)])
    first = everything(hints.queue)
    hints.lapse(first)
    ids, again = (
        {(each.message_id, each.location.key) for one in found for each in one.parsed.hints}
        for found in (first, everything(hints.queue))
    )
    assert ids == again
    assert len({message_id for message_id, _ in ids} - {""}) == 2


def test_the_id_of_an_envelope_is_not_the_message_s(hints: HintQueueScene) -> None:
    hints.put(json.dumps(published(notification(ObjectEvent("a.jpg")))))
    (delivery,) = hints.queue.receive()
    (found,) = delivery.parsed.hints
    assert delivery.parsed.message_ids == (found.message_id,)
    assert found.message_id not in {"", "n-0"}


# The port: "Any number of threads may send, receive and settle at once."
def test_threads_share_a_queue_and_lose_nothing(hints: HintQueueScene) -> None:
    def work(name: int) -> list[str]:
        hints.queue.send(hint(f"{name}-{each}") for each in range(12))
        found = everything(hints.queue)
        hints.queue.settle(found)
        return named(found)

    with ThreadPoolExecutor(4) as threads:
        seen = [key for found in threads.map(work, range(8)) for key in found]
    # What waited, and was not found to wait by the thread that looked last.
    left = everything(hints.queue)
    hints.queue.settle(left)
    seen += named(left)
    assert set(seen) == {f"{name}-{each}.jpg" for name in range(8) for each in range(12)}
    assert hints.queue.receive() == []


# The port: "When it raises, some of them may be: sending them again does no harm."
def test_hints_may_be_sent_again(hints: HintQueueScene) -> None:
    def broken() -> Iterator[Hint]:
        yield from map(hint, range(12))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        hints.queue.send(broken())
    hints.queue.send(map(hint, range(12)))
    assert set(named(everything(hints.queue))) == {f"{each}.jpg" for each in range(12)}


# The port: "Hints are sent while they are still being iterated over: any number may be given."
def test_hints_are_sent_while_others_are_still_to_come(hints: HintQueueScene) -> None:
    arrived: list[str] = []

    def many() -> Iterator[Hint]:
        yield from map(hint, range(MANY))
        arrived.extend(named(everything(hints.queue)))

    hints.queue.send(many())
    assert len(arrived) >= MANY - 10


# The port: "ValueError: no message can say one of them"
def test_what_no_message_can_say_is_not_sent(hints: HintQueueScene) -> None:
    with pytest.raises(ValueError, match="bucket"):
        hints.queue.send([Hint(ObjectLocation("file://", "a.jpg"))])
    assert hints.queue.receive() == []


# The port: "Return some of the messages that wait; none if none is found to wait."
def test_an_empty_queue_delivers_nothing(hints: HintQueueScene) -> None:
    assert hints.queue.receive() == []


# The port: "A message that is returned is not delivered to anyone else for a while."
def test_what_was_delivered_is_not_delivered_again_at_once(hints: HintQueueScene) -> None:
    hints.queue.send(map(hint, range(MANY)))
    found = everything(hints.queue)
    assert len(found) == MANY
    assert len({each.receipt for each in found}) == MANY
    assert hints.queue.receive() == []


# The port: "Whatever is in it, it is returned: what is no event is malformed in
# `Delivery.parsed`."
@pytest.mark.parametrize(
    ("body", "keys", "malformed"),
    [
        (json.dumps(notification(ObjectEvent("a.jpg"), ObjectEvent("b.jpg"))), 2, 0),
        (json.dumps(published(notification(ObjectEvent("a.jpg")))), 1, 0),
        (json.dumps(bus_event(ObjectEvent("a.jpg"))), 1, 0),
        (json.dumps(setup_message()), 0, 0),
        ("no event", 0, 1),
        ("<&>\"'\t\n\r東\U0010ffff", 0, 1),
        ("{" * 9_999, 0, 1),
    ],
    ids=["S3", "SNS", "EventBridge", "test event", "text", "odd characters", "deep"],
)
def test_whatever_waits_is_delivered(
    hints: HintQueueScene, body: str, keys: int, malformed: int
) -> None:
    hints.put(body)
    (delivery,) = hints.queue.receive()
    assert len(delivery.parsed.hints) == keys
    assert len(delivery.parsed.malformed) == malformed
    hints.queue.settle([delivery])
    hints.lapse([])
    assert hints.queue.receive() == []


def test_what_is_malformed_does_not_stand_in_the_way_of_others(hints: HintQueueScene) -> None:
    hints.queue.send([hint(1)])
    hints.put("no event")
    hints.queue.send([hint(2)])
    assert named(everything(hints.queue)) == ["1.jpg", "2.jpg"]


# The port: "Say of these deliveries that their messages need not be delivered again." And: "A
# message that is not settled is delivered again, after that while."
def test_what_is_settled_is_gone_and_the_rest_comes_again(hints: HintQueueScene) -> None:
    hints.queue.send(map(hint, range(MANY)))
    found = everything(hints.queue)
    settled, left = found[::2], found[1::2]
    hints.queue.settle(settled)
    hints.lapse(left)
    again = everything(hints.queue)
    assert named(again) == named(left)
    hints.queue.settle(again)
    assert hints.queue.receive() == []


# The port: "Settling a delivery again does no harm."
def test_a_delivery_may_be_settled_again(hints: HintQueueScene) -> None:
    hints.queue.send([hint(1), hint(2)])
    first, second = everything(hints.queue)
    hints.queue.settle([first, first])
    hints.queue.settle([first])
    hints.lapse([second])
    assert named(hints.queue.receive()) == named([second])


# The port: "Any number may be given."
@pytest.mark.parametrize("number", [0, 1, 10, 11, MANY])
def test_any_number_of_deliveries_is_settled(hints: HintQueueScene, number: int) -> None:
    hints.queue.send(map(hint, range(number)))
    hints.queue.settle(iter(everything(hints.queue)))
    hints.lapse([])
    assert hints.queue.receive() == []


CALLS: dict[str, Callable[[HintQueue, list[Delivery]], object]] = {
    "send": lambda queue, _: queue.send([hint(1)]),
    "receive": lambda queue, _: queue.receive(),
    "settle": lambda queue, deliveries: queue.settle(deliveries),
}


# The port: "Every method raises TransientError when the queue cannot answer now"
@pytest.mark.parametrize("call", CALLS)
def test_a_queue_that_cannot_answer_now_is_a_transient_error(
    hints: HintQueueScene, call: str
) -> None:
    if hints.refuse_now is None:
        pytest.skip("this queue always answers")
    hints.queue.send([hint(1)])
    found = hints.queue.receive()
    hints.refuse_now()
    with pytest.raises(TransientError):
        CALLS[call](hints.queue, found)


# The port: "and PermanentError when it will not answer until somebody changes something."
@pytest.mark.parametrize("call", CALLS)
def test_a_queue_that_is_gone_is_a_permanent_error(hints: HintQueueScene, call: str) -> None:
    if hints.refuse_forever is None:
        pytest.skip("this queue always answers")
    hints.queue.send([hint(1)])
    found = hints.queue.receive()
    hints.refuse_forever()
    with pytest.raises(PermanentError):
        CALLS[call](hints.queue, found)
