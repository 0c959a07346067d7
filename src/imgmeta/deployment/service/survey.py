"""A survey of a dead-letter queue: every letter is received once, and returned to the queue."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock

from imgmeta.deployment.core.dead_letters import DeadLetter, is_needed
from imgmeta.deployment.core.letter_groups import UNKNOWN_REASON, UNREAD_REASON, LetterSummary
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.ports import DeadLetterQueue, FunctionLogs
from imgmeta.deployment.service.failure_log import explain
from imgmeta.deployment.service.held_letters import HeldLetters
from imgmeta.deployment.service.threads import run_together
from imgmeta.errors import AdapterError, InvalidRecordError
from imgmeta.ports import ImageRepository

__all__ = ["MAX_LETTERS", "Survey", "letter_is_needed", "survey", "survey_time"]

MAX_LETTERS = 50_000
"""Letters that one survey looks at. SQS allows 120,000 messages in flight: Amazon SQS Developer
Guide, "Message quotas"."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The letters of a dead-letter queue.

    Attributes:
        letters: the letters, at most as many as were to be surveyed.
        is_complete: whether the queue has no others.
        log_error: why the log could not be read for their reasons; empty if it could.
    """

    letters: list[LetterSummary]
    is_complete: bool
    log_error: str = ""

    def explained(self, logs: FunctionLogs, log_group: str, now: datetime) -> "Survey":
        """Return the survey with the reasons that the function's log tells.

        An unreadable log is reported in the survey, since letters can be shown and sent back
        without their reasons. Letters whose reason stays unknown have the reason `UNKNOWN_REASON`
        or, if the log is unreadable, `UNREAD_REASON`.
        """
        letters, log_error = self.letters, ""
        try:
            letters = explain(letters, logs, log_group, now)
        except AdapterError as error:
            log_error = str(error)
        unknown = UNREAD_REASON if log_error else UNKNOWN_REASON
        named = [replace(each, reason=each.reason or unknown) for each in letters]
        return replace(self, letters=named, log_error=log_error)


def survey(
    queue: DeadLetterQueue,
    clock: Callable[[], float],
    *,
    repository: ImageRepository | None = None,
    limit: int = MAX_LETTERS,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Survey:
    """Return the letters of a queue; they stay in it, and are visible again at the end.

    Args:
        queue: the queue.
        clock: returns the seconds since any fixed time.
        repository: the index, to decide whether a letter is still needed; None: do not decide.
        limit: the number of letters to look at.
        on_progress: takes the number of letters so far. If it raises, the survey ends.

    Raises:
        AdapterError: the queue or the index fails.
    """
    run = _Run(queue, repository, limit, HeldLetters(queue, clock))
    try:
        run_together(run.receive_all, run.stop, lambda: on_progress(len(run.letters)))
    finally:
        run.held.release()
    letters = list(run.letters.values())[:limit]
    return Survey(letters, is_complete=not run.is_full and not run.has_lapsed)


def survey_time(depth: QueueDepth) -> timedelta:
    """Return the visibility timeout for a survey.

    Half of it suffices to renew the timeouts of all letters at 400 letters a second.
    """
    letters = min(depth.total, MAX_LETTERS)
    return timedelta(seconds=30 + letters // 200)


@dataclass(slots=True)
class _Run:
    queue: DeadLetterQueue
    repository: ImageRepository | None
    limit: int
    held: HeldLetters
    stop: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    letters: dict[str, LetterSummary] = field(default_factory=dict[str, LetterSummary])
    has_lapsed: bool = False

    @property
    def is_full(self) -> bool:
        return len(self.letters) >= self.limit

    def receive_all(self) -> None:
        """Receive letters until there are no new ones."""
        while not self.stop.is_set() and not self.is_full and (found := self.queue.receive()):
            with self.lock:
                new = [each for each in found if each.message_id not in self.letters]
            self.held.add(found)
            self.held.renew()
            if not new:
                # The visibility of letters has ended before it was renewed.
                self.has_lapsed = True
                return
            summaries = [
                LetterSummary.of(each, needed=letter_is_needed(each, self.repository))
                for each in new
            ]
            with self.lock:
                self.letters |= {each.message_id: each for each in summaries}


def letter_is_needed(letter: DeadLetter, repository: ImageRepository | None) -> bool:
    """Return whether processing a letter may change the index.

    It is not needed if it consists of hints and none of them is (`is_needed`). An unreadable record
    has to be written again.

    Raises:
        AdapterError: the index cannot be read.
    """
    parsed = letter.parsed
    if repository is None or not parsed.hints:
        return True
    if parsed.malformed or parsed.digests or parsed.audits:
        return True
    for hint in parsed.hints:
        if hint.force or hint.sequencer is None:
            return True
        try:
            record = repository.get(hint.location.image_id)
        except InvalidRecordError:
            return True
        if is_needed(hint, record):
            return True
    return False
