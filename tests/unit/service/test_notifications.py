"""Sending a notification is limited in time."""

from collections.abc import Callable
from math import inf
from threading import Event

import pytest

from imgmeta.core.notifications import Notification
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from imgmeta.service import NotifierGroup, notify_within

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
        assert release.wait(60)
        continued.set()

    with pytest.raises(TransientError, match="the notification timed out"):
        notify_within(FakeNotifier(hang), SUMMARY, seconds)
    release.set()
    assert seconds <= 0 or continued.wait(60), "the notification may still be sent"


def failing(error: Exception) -> FakeNotifier:
    def refuse() -> None:
        raise error

    return FakeNotifier(refuse)


@pytest.mark.parametrize(
    ("errors", "kind", "message"),
    [
        ([PermanentError("no topic")], PermanentError, "no topic"),
        ([TransientError("busy")], TransientError, "busy"),
        ([PermanentError("a"), PermanentError("b")], PermanentError, "a; b"),
        ([PermanentError("a"), TransientError("b")], TransientError, "a; b"),
        ([ConfigurationError("a"), PermanentError("b")], PermanentError, "a; b"),
        ([RuntimeError("bug")], RuntimeError, "bug"),
        ([PermanentError("a"), RuntimeError("bug")], RuntimeError, "bug"),
    ],
)
def test_failure_of_one_notifier_does_not_stop_the_others(
    errors: list[Exception], kind: type[Exception], message: str
) -> None:
    first, last = FakeNotifier(lambda: None), FakeNotifier(lambda: None)

    with pytest.raises(kind) as caught:
        NotifierGroup([first, *map(failing, errors), last]).notify(SUMMARY)

    assert type(caught.value) is kind
    assert str(caught.value) == message
    assert (first.sent, last.sent) == ([SUMMARY], [SUMMARY])


def test_slow_notifier_does_not_delay_the_others() -> None:
    release = Event()
    first = FakeNotifier(lambda: release.wait(60))
    NotifierGroup([first, FakeNotifier(release.set)]).notify(SUMMARY)
    assert first.sent == [SUMMARY]
