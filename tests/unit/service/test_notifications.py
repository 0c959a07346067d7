"""Sending a notification is limited in time."""

from collections.abc import Callable
from math import inf
from threading import Event

import pytest

from imgmeta.core.notifications import Notification
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import PermanentError, TransientError
from imgmeta.service import notify_within

SUMMARY = BatchSummary(processed=1)


class FakeNotifier:
    """Runs an action, then keeps the notification."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._action = action
        self.sent: list[Notification] = []

    def notify(self, notification: Notification) -> None:
        self._action()
        self.sent.append(notification)


@pytest.mark.parametrize("seconds", [10.0, inf])
def test_notification_is_sent(seconds: float) -> None:
    notifier = FakeNotifier(lambda: None)
    notify_within(notifier, SUMMARY, seconds)
    assert notifier.sent == [SUMMARY]


@pytest.mark.parametrize("error", [PermanentError("no such topic"), TransientError("slow down")])
def test_error_of_the_notifier_is_raised(error: Exception) -> None:
    def refuse() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        notify_within(FakeNotifier(refuse), SUMMARY, 10)


@pytest.mark.parametrize("seconds", [0.01, 0, -3.0])
def test_hanging_notifier_times_out(seconds: float) -> None:
    release, continued = Event(), Event()

    def hang() -> None:
        assert release.wait(10)
        continued.set()

    with pytest.raises(TransientError, match="the notification timed out"):
        notify_within(FakeNotifier(hang), SUMMARY, seconds)
    release.set()
    assert seconds <= 0 or continued.wait(10), "the notification may still be sent"
