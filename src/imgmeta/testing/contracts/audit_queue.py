"""The contract of `imgmeta.ports.AuditQueue`. Each test quotes the port."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from imgmeta.core.events import Hint
from imgmeta.core.hints import AuditRequest
from imgmeta.core.objects import ObjectLocation
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import AuditQueue
from imgmeta.testing.contracts.queue_harness import MANY, AuditQueueHarness, receive_all

__all__ = ["AuditQueueContract"]

NEXT = AuditRequest("holiday", after="2026/beach 東\0+%20.jpg", keys=5_000, drift=3)


def hint(number: int) -> Hint:
    return Hint(ObjectLocation("holiday", f"{number}.jpg"), audit=True)


CALLS: dict[str, Callable[[AuditQueue], object]] = {
    "send_later": lambda queue: queue.send_later([hint(1)]),
    "send_audits": lambda queue: queue.send_audits([NEXT]),
}


class AuditQueueContract:
    """The tests of a hint queue that audits use: override the fixture `hints`."""

    @pytest.fixture
    def hints(self) -> AuditQueueHarness:
        """Return an empty queue."""
        msg = "override the fixture `hints`"
        raise NotImplementedError(msg)

    # The port: "Put hints in the queue, which delivers them after at least a minute."
    def test_hints_are_delivered_unchanged_after_the_delay(self, hints: AuditQueueHarness) -> None:
        hints.audits.send_later(map(hint, range(MANY)))
        assert hints.queue.receive() == []
        hints.expire_delay()
        found = [each for delivery in receive_all(hints.queue) for each in delivery.parsed.hints]
        assert {replace(each, message_id="") for each in found} == set(map(hint, range(MANY)))
        assert len({each.message_id for each in found}) == MANY

    # The port: "Put requests in the queue, which delivers them as sent, except for `message_id`."
    @pytest.mark.parametrize("number", [0, 1, 11])
    def test_requests_are_delivered_unchanged(self, hints: AuditQueueHarness, number: int) -> None:
        requests = [replace(NEXT, keys=each) for each in range(number)]
        hints.audits.send_audits(replace(each, message_id="another") for each in requests)
        deliveries = receive_all(hints.queue)
        found = [each for delivery in deliveries for each in delivery.parsed.audits]
        assert [
            replace(each, message_id="") for each in sorted(found, key=lambda each: each.keys)
        ] == (requests)
        ids = [message_id for each in deliveries for message_id in each.parsed.message_ids]
        assert [each.message_id for each in found] == ids

    # The port: "when it raises, it may have some of them."
    def test_messages_can_be_sent_again_after_an_error(self, hints: AuditQueueHarness) -> None:
        def broken() -> Iterator[Hint]:
            yield from map(hint, range(12))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            hints.audits.send_later(broken())
        hints.audits.send_later(map(hint, range(12)))
        hints.expire_delay()
        found = [each for delivery in receive_all(hints.queue) for each in delivery.parsed.hints]
        assert {replace(each, message_id="") for each in found} == set(map(hint, range(12)))

    # The port: "Its methods raise the errors of `HintQueue.send`": ValueError
    def test_message_that_cannot_be_encoded_is_not_sent(self, hints: AuditQueueHarness) -> None:
        with pytest.raises(ValueError, match="bucket"):
            hints.audits.send_later([Hint(ObjectLocation("file://", "a.jpg"))])
        with pytest.raises(ValueError, match="bucket"):
            hints.audits.send_audits([AuditRequest("file://")])
        hints.expire_delay()
        assert hints.queue.receive() == []

    # The same: TransientError
    @pytest.mark.parametrize("call", CALLS)
    def test_temporarily_unavailable_queue_raises_transient_error(
        self, hints: AuditQueueHarness, call: str
    ) -> None:
        if hints.fail_temporarily is None:
            pytest.skip("this queue cannot fail like that")
        hints.fail_temporarily()
        with pytest.raises(TransientError):
            CALLS[call](hints.audits)

    # The same: PermanentError
    @pytest.mark.parametrize("call", CALLS)
    def test_permanently_unavailable_queue_raises_permanent_error(
        self, hints: AuditQueueHarness, call: str
    ) -> None:
        if hints.fail_permanently is None:
            pytest.skip("this queue cannot fail like that")
        hints.fail_permanently()
        with pytest.raises(PermanentError):
            CALLS[call](hints.audits)
