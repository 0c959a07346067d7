"""Received dead letters that stay invisible to other processes as long as they are needed."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Lock

from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.ports import DeadLetterQueue

__all__ = ["HeldLetters"]


@dataclass(slots=True)
class HeldLetters:
    """Letters without their bodies, whose visibility timeout is renewed after half of it.

    The timeout can therefore be short, however many letters there are, and however slow the queue
    is. If the process is killed, the next one has to wait only that long.

    Any number of threads may use it concurrently.

    Attributes:
        queue: the queue that the letters were received from.
        clock: returns the seconds since any fixed time.
    """

    queue: DeadLetterQueue
    clock: Callable[[], float]
    _letters: dict[str, DeadLetter] = field(default_factory=dict[str, DeadLetter])
    _due: deque[tuple[float, list[str]]] = field(default_factory=deque[tuple[float, list[str]]])
    _lock: Lock = field(default_factory=Lock)

    def __len__(self) -> int:
        return len(self._letters)

    def __contains__(self, letter: DeadLetter) -> bool:
        return letter.message_id in self._letters

    def add(self, letters: Iterable[DeadLetter]) -> None:
        """Hold letters that were just received; of each, only the newest receipt is valid."""
        with self._lock:
            added = {each.message_id: replace(each, body="") for each in letters}
            self._letters |= added
            self._schedule(list(added))

    def renew(self) -> None:
        """Renew the visibility timeouts that are half over.

        Raises:
            AdapterError: the queue fails.
        """
        while ids := self._take_due():
            self.queue.hold([self._letters[each] for each in ids])
            with self._lock:
                self._schedule(ids)

    def release(self) -> None:
        """Make all letters visible again.

        Raises:
            AdapterError: the queue fails.
        """
        self.queue.release(self._letters.values())

    def _take_due(self) -> list[str]:
        with self._lock:
            if self._due and self._due[0][0] <= self.clock():
                return self._due.popleft()[1]
            return []

    def _schedule(self, ids: list[str]) -> None:
        if ids:
            self._due.append((self.clock() + self.queue.visibility.total_seconds() / 2, ids))
