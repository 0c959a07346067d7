"""A queue is measured from time to time, and sent messages are counted in between."""

from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.service.queue_pressure import MAX_WAITING, POLL, QueuePressure


class Queue:
    """A gauge and a timer."""

    def __init__(self) -> None:
        self.now = 3_600.0
        self.depths = [QueueDepth(0, 0), QueueDepth(MAX_WAITING, 0)]

    def depth(self, url: str) -> QueueDepth:
        assert url == "url"
        return self.depths.pop(0)

    def timer(self) -> float:
        return self.now


def test_queue_is_measured_again_after_a_while() -> None:
    queue = Queue()
    pressure = QueuePressure(queue, "url", queue.timer)
    depths = [pressure.depth]
    assert not pressure.is_full()
    queue.now += POLL.total_seconds() - 0.5
    assert not pressure.is_full()
    depths.append(pressure.depth)
    queue.now += 0.5
    assert pressure.is_full()
    assert [*depths, pressure.depth] == [None, 0, MAX_WAITING]


def test_sent_messages_fill_the_queue_until_it_is_measured_again() -> None:
    queue = Queue()
    pressure = QueuePressure(queue, "url", queue.timer)
    assert not pressure.is_full()
    pressure.note_sent(MAX_WAITING - 1)
    assert not pressure.is_full()
    pressure.note_sent(1)
    assert pressure.is_full()
    assert pressure.depth == MAX_WAITING
    pressure.measure()
    assert pressure.depth == MAX_WAITING
