"""Telling people takes no longer than there is time for it."""

from collections.abc import Callable
from math import inf
from threading import Event

import pytest

from imgmeta.core.notifications import Notification
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import PermanentError, TransientError
from imgmeta.service import notify_within

SUMMARY = BatchSummary(processed=1)


class Teller:
    """Remembers what it was told, after doing what it is made with."""

    def __init__(self, first: Callable[[], object]) -> None:
        self._first = first
        self.told: list[Notification] = []

    def notify(self, message: Notification) -> None:
        self._first()
        self.told.append(message)


@pytest.mark.parametrize("seconds", [10.0, inf])
def test_a_message_that_is_sent_in_time_is_sent(seconds: float) -> None:
    teller = Teller(lambda: None)
    notify_within(teller, SUMMARY, seconds)
    assert teller.told == [SUMMARY]


@pytest.mark.parametrize("error", [PermanentError("no such topic"), TransientError("slow down")])
def test_what_the_notifier_raises_is_raised(error: Exception) -> None:
    def refuse() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        notify_within(Teller(refuse), SUMMARY, 10)


@pytest.mark.parametrize("seconds", [0.01, 0, -3.0])
def test_nobody_waits_for_a_notifier_that_hangs(seconds: float) -> None:
    release, gone_on = Event(), Event()

    def hang() -> None:
        assert release.wait(10)
        gone_on.set()

    with pytest.raises(TransientError, match="could not be told in time"):
        notify_within(Teller(hang), SUMMARY, seconds)
    release.set()
    assert seconds <= 0 or gone_on.wait(10), "what is under way may still be sent"
