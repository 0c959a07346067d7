"""Replay of dead letters: send them back to the queue, and see which come back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Event, Lock

from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.core.letter_groups import LetterSummary
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.ports import DeadLetterQueue, QueueGauge
from imgmeta.deployment.service.held_letters import HeldLetters
from imgmeta.deployment.service.survey import MAX_LETTERS, Survey, letter_is_needed
from imgmeta.deployment.service.threads import run_together
from imgmeta.ports import ImageRepository

__all__ = [
    "UNREAD_SECONDS",
    "Replay",
    "ReplayCounts",
    "Selection",
    "depths_until_drained",
    "depths_until_visible",
]

_IDLE_READINGS = 3
"""The numbers of messages are approximate, so that one reading of zero proves nothing."""

UNREAD_SECONDS = 30
"""Lambda reads a queue every second or more often, unless the event source mapping is disabled."""


@dataclass(frozen=True)
class Selection:
    """The letters to replay: surveyed ones, and others like them if the survey was incomplete.

    Attributes:
        found: the survey, with reasons.
        reason: part of the reasons of the letters, in any case; empty: all letters.
        started: letters that were first sent later were not in the queue at the start.
    """

    found: Survey
    reason: str
    started: datetime

    @cached_property
    def letters(self) -> list[LetterSummary]:
        """The surveyed letters to replay."""
        return [each for each in self.found.letters if self._matches(each.reason)]

    def includes(self, letter: DeadLetter) -> bool:
        """Return whether to replay a letter."""
        if self.found.is_complete or letter.message_id in self._surveyed_ids:
            return letter.message_id in self._ids
        is_older = letter.sent_at is None or letter.sent_at <= self.started
        return is_older and self._matches(letter.reason)

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(each.message_id for each in self.letters)

    @cached_property
    def _surveyed_ids(self) -> frozenset[str]:
        return frozenset(each.message_id for each in self.found.letters)

    def _matches(self, reason: str) -> bool:
        return self.reason.casefold() in reason.casefold()


@dataclass(slots=True)
class ReplayCounts:
    """The numbers of letters of a replay.

    Attributes:
        sent: accepted by the queue, and deleted from the dead-letter queue.
        dropped: deleted without sending them, since the index is as new already.
        refused: refused by the queue, and left in the dead-letter queue.
    """

    sent: int = 0
    dropped: int = 0
    refused: int = 0

    @property
    def finished(self) -> int:
        """Number of letters that left the dead-letter queue."""
        return self.sent + self.dropped


@dataclass(slots=True)
class Replay:
    """One replay of dead letters.

    A letter is deleted only after the queue has accepted its copy. If the process is killed, each
    thread may have one batch that was sent and not deleted, which is then sent again by the next
    replay; processing a hint again does no harm. A letter that is delivered again, since it became
    visible before it was deleted, is not sent again, and stays.

    Attributes:
        queue: the dead-letter queue.
        repository: the index, to drop the letters that are no longer needed.
        wants: whether to send a letter. A letter that this replay sent itself is never sent again.
        mark: marks the copies; different in each replay.
        clock: returns the seconds since any fixed time.
        limit: the number of letters to send or drop; None: all.
        counts: the numbers of letters so far.
    """

    queue: DeadLetterQueue
    repository: ImageRepository
    wants: Callable[[DeadLetter], bool]
    mark: str
    clock: Callable[[], float]
    limit: int | None = None
    counts: ReplayCounts = field(default_factory=ReplayCounts)
    _stop: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _chosen: set[str] = field(default_factory=set[str])
    _left: HeldLetters = field(init=False)

    def __post_init__(self) -> None:
        self._left = HeldLetters(self.queue, self.clock)

    def run(self, on_progress: Callable[[ReplayCounts], object] = lambda _: None) -> None:
        """Send the letters until none is left that is wanted.

        Args:
            on_progress: takes the numbers so far, now and then. If it raises, the replay ends after
                the batches in progress.

        Raises:
            AdapterError: a queue or the index fails. The letters that were not sent stay.
        """
        try:
            run_together(self._replay_batches, self._stop, lambda: on_progress(self.counts))
        finally:
            self._left.release()

    def _replay_batches(self) -> None:
        while not self._stop.is_set() and (found := self.queue.receive()):
            chosen, is_new = self._choose(found)
            self._left.renew()
            if chosen:
                self._finish(chosen)
            elif not is_new or self._is_at_limit or len(self._left) >= MAX_LETTERS:
                return

    @property
    def _is_at_limit(self) -> bool:
        return self.limit is not None and len(self._chosen) >= self.limit

    def _choose(self, found: Iterable[DeadLetter]) -> tuple[list[DeadLetter], bool]:
        """Return the letters to send or drop, and whether any letter is received the first time.

        The others stay invisible to this process until the end.
        """
        chosen, left, is_new = list[DeadLetter](), list[DeadLetter](), False
        with self._lock:
            for letter in found:
                is_known = letter in self._left or letter.message_id in self._chosen
                is_new |= not is_known
                is_own = letter.mark == self.mark
                if is_known or is_own or self._is_at_limit or not self.wants(letter):
                    left.append(letter)
                else:
                    self._chosen.add(letter.message_id)
                    chosen.append(letter)
            self._left.add(left)
        return chosen, is_new

    def _finish(self, letters: list[DeadLetter]) -> None:
        """Send or drop letters, and delete them."""
        needed = [each for each in letters if letter_is_needed(each, self.repository)]
        dropped = [each for each in letters if each not in needed]
        accepted = self.queue.send_back(needed, mark=self.mark) if needed else []
        self.queue.delete([*accepted, *dropped])
        accepted_ids = {each.message_id for each in accepted}
        refused = [each for each in needed if each.message_id not in accepted_ids]
        with self._lock:
            self._left.add(refused)
            self.counts.sent += len(accepted)
            self.counts.dropped += len(dropped)
            self.counts.refused += len(refused)


def depths_until_visible(
    gauge: QueueGauge, url: str, sleep: Callable[[float], None], *, seconds: float
) -> Iterator[QueueDepth]:
    """Yield the depth of a queue every second while another process has received messages.

    A process that was killed leaves its messages invisible until their visibility timeout ends.

    Raises:
        AdapterError: the queue cannot be read.
    """
    for _ in range(int(seconds)):
        depth = gauge.depth(url)
        if not depth.in_flight:
            return
        yield depth
        sleep(1.0)


def depths_until_drained(
    gauge: QueueGauge, url: str, sleep: Callable[[float], None], *, seconds: float
) -> Iterator[QueueDepth]:
    """Yield the depth of a queue every second until it is empty, or the time is over.

    It also ends if nothing reads the queue: no message is in flight, and their number is the same
    for half a minute.

    Raises:
        AdapterError: the queue cannot be read.
    """
    readings, last = 0, QueueDepth(0, 0)
    for _ in range(int(seconds)):
        depth = gauge.depth(url)
        yield depth
        readings = readings + 1 if depth == last and not depth.in_flight else 1
        last = depth
        if depth.in_flight == 0 and readings == (
            UNREAD_SECONDS if depth.waiting else _IDLE_READINGS
        ):
            return
        sleep(1.0)
