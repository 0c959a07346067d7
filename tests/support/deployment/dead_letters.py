"""A dead-letter queue, function logs and a queue gauge in memory."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

from imgmeta.deployment.core.dead_letters import REPLAY_ATTRIBUTE, DeadLetter
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.errors import PermanentError

__all__ = ["InMemoryDeadLetters", "InMemoryLogs", "SlowDeadLetters"]

_BATCH = 10


class InMemoryDeadLetters:
    """A dead-letter queue in memory, with the copies that were sent back.

    Attributes:
        refused: parts of the bodies that the queue refuses.
        sent: bodies and marks of the copies.
        requests: the number of requests for letters.
        held: the number of letters whose visibility timeout was started again.
        error: is raised by each request; None: none.
    """

    visibility = timedelta(minutes=1)

    def __init__(self, *letters: DeadLetter) -> None:
        self._letters = {letter.message_id: letter for letter in letters}
        self._waiting = deque(self._letters)
        self._lock = Lock()
        self.refused = ""
        self.sent: list[tuple[str, str]] = []
        self.requests = self.held = 0
        self.error: Exception | None = None

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
            self.requests += 1
            self._check()
            ids = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            for each in ids:
                self._letters[each] = replace(self._letters[each], receipt=uuid4().hex)
            return [self._letters[each] for each in ids]

    def hold(self, letters: Iterable[DeadLetter]) -> None:
        with self._lock:
            self._check()
            self.held += len(list(letters))

    def release(self, letters: Iterable[DeadLetter]) -> None:
        with self._lock:
            self._check()
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
                if self._letters.pop(letter.message_id, None) is not None:
                    with suppress(ValueError):
                        self._waiting.remove(letter.message_id)

    def come_back(self, body: str, mark: str) -> None:
        """Move a copy that failed again to the dead-letter queue."""
        self.put(body, attributes={REPLAY_ATTRIBUTE: mark})

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


class SlowDeadLetters(InMemoryDeadLetters):
    """A dead-letter queue whose requests take some seconds each, while timeouts go by.

    Attributes:
        now: the seconds since its creation.
    """

    def __init__(self, *, seconds: float) -> None:
        super().__init__()
        self.now = 0.0
        self._seconds = seconds
        self._visible_at: dict[str, float] = {}

    def receive(self) -> list[DeadLetter]:
        self.now += self._seconds
        lapsed = [each for each, time in self._visible_at.items() if time <= self.now]
        super().release(self._letters[each] for each in lapsed if each in self._letters)
        # SQS delivers roughly in the order in which the messages were sent.
        self._waiting.rotate(len(lapsed))
        for each in lapsed:
            del self._visible_at[each]
        found = super().receive()
        self._restart(found)
        return found

    def hold(self, letters: Iterable[DeadLetter]) -> None:
        given = list(letters)
        super().hold(given)
        self._restart([each for each in given if each.message_id in self._visible_at])

    def release(self, letters: Iterable[DeadLetter]) -> None:
        given = list(letters)
        super().release(given)
        for each in given:
            self._visible_at.pop(each.message_id, None)

    def _restart(self, letters: Iterable[DeadLetter]) -> None:
        end = self.now + self.visibility.total_seconds()
        self._visible_at |= {each.message_id: end for each in letters}


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

    def failed(self, letter: DeadLetter, reason: str) -> None:
        """Log that the function failed to process the message of a letter."""
        line = {"level": "ERROR", "message": "error", "message_id": letter.message_id}
        assert letter.sent_at is not None
        self.lines.append(LogEvent(letter.sent_at, json.dumps({**line, "reason": reason})))

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
