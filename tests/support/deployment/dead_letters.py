"""A dead-letter queue, function logs and a queue gauge in memory."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from uuid import uuid4

from imgmeta.deployment.core.dead_letters import REPLAY_ATTRIBUTE, DeadLetter
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.errors import PermanentError, TransientError

__all__ = ["InMemoryDeadLetters", "InMemoryLogs"]

_BATCH = 10


class InMemoryDeadLetters:
    """A dead-letter queue in memory, with the copies that were sent back.

    Attributes:
        refused: parts of the bodies that the queue refuses.
        sent: bodies and marks of the copies.
        failing: whether requests fail.
    """

    def __init__(self, *letters: DeadLetter) -> None:
        self._letters = {letter.message_id: letter for letter in letters}
        self._waiting = deque(self._letters)
        self._lock = Lock()
        self.refused = ""
        self.sent: list[tuple[str, str]] = []
        self.failing = False

    def put(
        self,
        body: str,
        sent_at: datetime | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> DeadLetter:
        """Add a message with any body."""
        letter = DeadLetter(uuid4().hex, body, uuid4().hex, sent_at, attributes or {})
        with self._lock:
            self._letters[letter.message_id] = letter
            self._waiting.append(letter.message_id)
        return letter

    @property
    def bodies(self) -> list[str]:
        """The bodies of all messages, whether visible or not."""
        return [each.body for each in self._letters.values()]

    @property
    def visible(self) -> int:
        return len(self._waiting)

    def receive(self) -> list[DeadLetter]:
        with self._lock:
            self._check()
            ids = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            for each in ids:
                self._letters[each] = replace(self._letters[each], receipt=uuid4().hex)
            return [self._letters[each] for each in ids]

    def release(self, letters: Iterable[DeadLetter]) -> None:
        with self._lock:
            for letter in letters:
                if letter.message_id in self._letters and letter.message_id not in self._waiting:
                    self._waiting.append(letter.message_id)

    def send_back(self, letters: Iterable[DeadLetter], *, mark: str) -> list[DeadLetter]:
        with self._lock:
            self._check()
            given = list(letters)
            accepted = [each for each in given if not self.refused or self.refused not in each.body]
            if given and not accepted:
                msg = "refused"
                raise PermanentError(msg)
            self.sent += [(each.body, mark) for each in accepted]
            return accepted

    def delete(self, letters: Iterable[DeadLetter]) -> None:
        with self._lock:
            self._check()
            for letter in letters:
                self._letters.pop(letter.message_id, None)

    def come_back(self, body: str, mark: str) -> None:
        """Move a copy that failed again to the dead-letter queue."""
        self.put(body, attributes={REPLAY_ATTRIBUTE: mark})

    def _check(self) -> None:
        if self.failing:
            msg = "the queue is unavailable"
            raise TransientError(msg)


@dataclass
class InMemoryLogs:
    """Log events in memory.

    Attributes:
        lines: the events of the only log group.
        requests: the period and pattern of each request.
        error: is raised by each request; None: none.
    """

    lines: list[LogEvent] = field(default_factory=list[LogEvent])
    requests: list[tuple[datetime, datetime, str]] = field(
        default_factory=list[tuple[datetime, datetime, str]]
    )
    error: Exception | None = None

    def events(
        self, log_group: str, *, since: datetime, until: datetime, pattern: str = ""
    ) -> Iterator[LogEvent]:
        assert log_group
        self.requests.append((since, until, pattern))
        if self.error is not None:
            raise self.error
        term = pattern.strip('"')
        for event in sorted(self.lines, key=lambda each: each.timestamp):
            if since <= event.timestamp < until and term in event.text:
                yield event
