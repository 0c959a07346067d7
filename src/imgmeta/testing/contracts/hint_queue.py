"""The contract of `imgmeta.ports.HintQueue`. Each test quotes the port."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imgmeta.core.events import Delivery, Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import HintQueue
from imgmeta.testing.contracts.queue_harness import MANY, HintQueueHarness, receive_all
from imgmeta.testing.strategies.events import (
    ObjectEvent,
    bus_event,
    notification,
    published,
    setup_message,
)

__all__ = ["HintQueueContract"]

BEACH = Hint(
    ObjectLocation("holiday", "2026/beach 東\0+%20.jpg"),
    sequencer="00617F08299329D189".zfill(32),
    occurred_at=datetime(2026, 11, 23, 6, 30, 1, 234_567, tzinfo=UTC),
    alternate_key="2026/beach+.jpg",
    force=True,
)


def hint(name: object) -> Hint:
    return Hint(ObjectLocation("holiday", f"{name}.jpg"))


def keys(deliveries: list[Delivery]) -> list[str]:
    return sorted(each.location.key for found in deliveries for each in found.parsed.hints)


CALLS: dict[str, Callable[[HintQueue, list[Delivery]], object]] = {
    "send": lambda queue, _: queue.send([hint(1)]),
    "receive": lambda queue, _: queue.receive(),
    "settle": lambda queue, deliveries: queue.settle(deliveries),
}


class HintQueueContract:
    """The tests of a hint queue: override the fixture `hints`."""

    @pytest.fixture
    def hints(self) -> HintQueueHarness:
        """Return an empty queue."""
        msg = "override the fixture `hints`"
        raise NotImplementedError(msg)

    # The port: "Put hints in the queue; when it returns, the queue has all of them."
    @pytest.mark.parametrize("number", [0, 1, 10, 11, MANY])
    def test_every_sent_hint_arrives(self, hints: HintQueueHarness, number: int) -> None:
        hints.queue.send(map(hint, range(number)))
        assert keys(receive_all(hints.queue)) == sorted(f"{each}.jpg" for each in range(number))

    # The port: "A hint is delivered as it was sent, except for its `message_id`"
    def test_hint_arrives_unchanged(self, hints: HintQueueHarness) -> None:
        hints.queue.send([replace(BEACH, message_id="from another queue")])
        (delivery,) = hints.queue.receive()
        (found,) = delivery.parsed.hints
        assert replace(found, message_id="") == BEACH
        assert delivery.parsed.malformed == ()

    # The port: "every delivery has the ID that the queue gave the message."
    def test_message_keeps_its_id(self, hints: HintQueueHarness) -> None:
        hints.queue.send([hint(1), hint(2)])
        first = receive_all(hints.queue)
        hints.expire_visibility(first)
        ids, again = (
            {(each.message_id, each.location.key) for one in found for each in one.parsed.hints}
            for found in (first, receive_all(hints.queue))
        )
        assert ids == again
        assert len({message_id for message_id, _ in ids} - {""}) == 2

    def test_message_id_is_not_that_of_the_sns_envelope(self, hints: HintQueueHarness) -> None:
        hints.put(json.dumps(published(notification(ObjectEvent("a.jpg")))))
        (delivery,) = hints.queue.receive()
        (found,) = delivery.parsed.hints
        assert delivery.parsed.message_ids == (found.message_id,)
        assert found.message_id not in {"", "n-0"}

    # The port: "Any number of threads may send, receive and settle concurrently."
    def test_concurrent_threads_lose_no_message(self, hints: HintQueueHarness) -> None:
        def work(name: int) -> list[str]:
            hints.queue.send(hint(f"{name}-{each}") for each in range(12))
            found = receive_all(hints.queue)
            hints.queue.settle(found)
            return keys(found)

        with ThreadPoolExecutor(4) as threads:
            seen = [key for found in threads.map(work, range(8)) for key in found]
        # Messages that arrived after the last thread had received.
        left = receive_all(hints.queue)
        hints.queue.settle(left)
        seen += keys(left)
        assert set(seen) == {f"{name}-{each}.jpg" for name in range(8) for each in range(12)}
        assert hints.queue.receive() == []

    # The port: "When it raises, the queue may have some of them; sending them again does no harm."
    def test_hints_can_be_sent_again_after_an_error(self, hints: HintQueueHarness) -> None:
        def broken() -> Iterator[Hint]:
            yield from map(hint, range(12))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            hints.queue.send(broken())
        hints.queue.send(map(hint, range(12)))
        assert set(keys(receive_all(hints.queue))) == {f"{each}.jpg" for each in range(12)}

    # The port: "Hints are sent while the iterable is consumed, so any number may be given."
    def test_hints_are_sent_during_iteration(self, hints: HintQueueHarness) -> None:
        arrived: list[str] = []

        def many() -> Iterator[Hint]:
            yield from map(hint, range(MANY))
            arrived.extend(keys(receive_all(hints.queue)))

        hints.queue.send(many())
        assert len(arrived) >= MANY - 10

    # The port: "ValueError: a hint cannot be encoded as a message"
    def test_hint_that_cannot_be_encoded_is_not_sent(self, hints: HintQueueHarness) -> None:
        with pytest.raises(ValueError, match="bucket"):
            hints.queue.send([Hint(ObjectLocation("file://", "a.jpg"))])
        assert hints.queue.receive() == []

    # The port: "Return some of the waiting messages; an empty list if it finds none."
    def test_empty_queue_returns_no_messages(self, hints: HintQueueHarness) -> None:
        assert hints.queue.receive() == []

    # The port: "A returned message is not delivered again until its visibility timeout ends."
    def test_received_message_is_invisible_for_a_while(self, hints: HintQueueHarness) -> None:
        hints.queue.send(map(hint, range(MANY)))
        found = receive_all(hints.queue)
        assert len(found) == MANY
        assert len({each.receipt for each in found}) == MANY
        assert hints.queue.receive() == []

    # The port: "Messages are returned whatever they contain: `Delivery.parsed` reports unsupported
    # content as malformed."
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
    def test_message_with_any_body_is_returned(
        self, hints: HintQueueHarness, body: str, keys: int, malformed: int
    ) -> None:
        hints.put(body)
        (delivery,) = hints.queue.receive()
        assert len(delivery.parsed.hints) == keys
        assert len(delivery.parsed.malformed) == malformed
        hints.queue.settle([delivery])
        hints.expire_visibility([])
        assert hints.queue.receive() == []

    def test_malformed_message_does_not_block_others(self, hints: HintQueueHarness) -> None:
        hints.queue.send([hint(1)])
        hints.put("no event")
        hints.queue.send([hint(2)])
        assert keys(receive_all(hints.queue)) == ["1.jpg", "2.jpg"]

    # The port: "Remove the messages of these deliveries from the queue." And: "A message that is
    # not settled is delivered again after its visibility timeout."
    def test_only_unsettled_messages_are_delivered_again(self, hints: HintQueueHarness) -> None:
        hints.queue.send(map(hint, range(MANY)))
        found = receive_all(hints.queue)
        settled, left = found[::2], found[1::2]
        hints.queue.settle(settled)
        hints.expire_visibility(left)
        again = receive_all(hints.queue)
        assert keys(again) == keys(left)
        hints.queue.settle(again)
        assert hints.queue.receive() == []

    # The port: "Settling a delivery again does no harm."
    def test_delivery_can_be_settled_twice(self, hints: HintQueueHarness) -> None:
        hints.queue.send([hint(1), hint(2)])
        first, second = receive_all(hints.queue)
        hints.queue.settle([first, first])
        hints.queue.settle([first])
        hints.expire_visibility([second])
        assert keys(hints.queue.receive()) == keys([second])

    # The port: "Any number may be given."
    @pytest.mark.parametrize("number", [0, 1, 10, 11, MANY])
    def test_any_number_of_deliveries_can_be_settled(
        self, hints: HintQueueHarness, number: int
    ) -> None:
        hints.queue.send(map(hint, range(number)))
        hints.queue.settle(iter(receive_all(hints.queue)))
        hints.expire_visibility([])
        assert hints.queue.receive() == []

    # The port: "Every method raises TransientError when the queue cannot respond now"
    @pytest.mark.parametrize("call", CALLS)
    def test_temporarily_unavailable_queue_raises_transient_error(
        self, hints: HintQueueHarness, call: str
    ) -> None:
        if hints.fail_temporarily is None:
            pytest.skip("this queue cannot fail like that")
        hints.queue.send([hint(1)])
        found = hints.queue.receive()
        hints.fail_temporarily()
        with pytest.raises(TransientError):
            CALLS[call](hints.queue, found)

    # The port: "and PermanentError when it will not respond until something is changed."
    @pytest.mark.parametrize("call", CALLS)
    def test_permanently_unavailable_queue_raises_permanent_error(
        self, hints: HintQueueHarness, call: str
    ) -> None:
        if hints.fail_permanently is None:
            pytest.skip("this queue cannot fail like that")
        hints.queue.send([hint(1)])
        found = hints.queue.receive()
        hints.fail_permanently()
        with pytest.raises(PermanentError):
            CALLS[call](hints.queue, found)
