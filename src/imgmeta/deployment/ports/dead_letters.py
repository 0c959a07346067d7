"""The port for dead letters."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from imgmeta.deployment.core.dead_letters import DeadLetter

__all__ = ["DeadLetterQueue"]


class DeadLetterQueue(Protocol):
    """A dead-letter queue, and the queue to which its messages can be sent back.

    Any number of threads may use it concurrently. Methods raise TransientError when a queue cannot
    respond now, and PermanentError when it will not respond until something is changed.
    """

    def receive(self) -> list[DeadLetter]:
        """Return some of the waiting messages; an empty list if it finds none.

        A returned message is not returned again until its visibility timeout ends, unless it is
        released. Messages are returned whatever they contain.
        """
        ...

    @property
    def visibility(self) -> timedelta:
        """The visibility timeout: how long a returned message stays invisible."""
        ...

    def hold(self, letters: Iterable[DeadLetter]) -> None:
        """Start the visibility timeout of these letters again.

        Any number may be given. Holding a deleted message does no harm.
        """
        ...

    def release(self, letters: Iterable[DeadLetter]) -> None:
        """Make the messages of these letters visible again at once.

        Any number may be given. Releasing a deleted message does no harm.
        """
        ...

    def send_back(self, letters: Iterable[DeadLetter], *, mark: str) -> list[DeadLetter]:
        """Send copies of these letters to the queue; return those that the queue accepted.

        A copy has the same body and, unless the body leaves no room for it, `mark` in its attribute
        `REPLAY_ATTRIBUTE`. The letters stay in the dead-letter queue. Letters that the queue
        refuses are not returned; if it refuses all of them, it raises. When it raises, the queue
        may have some of the copies.
        """
        ...

    def delete(self, letters: Iterable[DeadLetter]) -> None:
        """Delete the messages of these letters. Deleting one again does no harm."""
        ...
