"""People are told, and nobody waits for that for ever."""

import threading
from math import inf

import pytest

from imgmeta import BatchSummary, Message, PermanentError, TransientError
from imgmeta.service import notify_within

SUMMARY = BatchSummary(processed=3)


class Teller:
    """Remembers what it was told to send, or does not answer."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.told: list[Message] = []
        self.answer = threading.Event()
        self.answer.set()

    def notify(self, message: Message) -> None:
        self.answer.wait(20)
        if self.error:
            raise self.error
        self.told.append(message)


@pytest.mark.parametrize("seconds", [inf, 20.0])
def test_the_message_is_sent(seconds: float) -> None:
    teller = Teller()
    notify_within(teller, SUMMARY, seconds)
    assert teller.told == [SUMMARY]


@pytest.mark.parametrize("error", [TransientError("later"), PermanentError("never")])
def test_what_cannot_be_sent_is_raised(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        notify_within(Teller(error), SUMMARY, 20)


@pytest.mark.parametrize("seconds", [0.01, 0, -1.0])
def test_what_takes_too_long_is_not_waited_for(seconds: float) -> None:
    teller = Teller()
    teller.answer.clear()
    with pytest.raises(TransientError, match="in time"):
        notify_within(teller, SUMMARY, seconds)
    teller.answer.set()
