"""Switching the delivery of events to Amazon EventBridge."""

import pytest

from imgmeta.deployment.service.event_delivery import EventDelivery
from imgmeta.errors import PermanentError, TransientError
from support.deployment.notifications import InMemoryNotifications, notification_document

BUCKET = "my-photos"
FLAG = "<EventBridgeConfiguration/>"
FOREIGN = "<QueueConfiguration><Id>a</Id></QueueConfiguration>"
LATER = "<TopicConfiguration><Id>b</Id></TopicConfiguration>"


@pytest.fixture
def notifications() -> InMemoryNotifications:
    notifications = InMemoryNotifications()
    notifications.add(BUCKET, FOREIGN)
    return notifications


def switch(notifications: InMemoryNotifications, *, enabled: bool = True) -> list[float]:
    """Switch the delivery; return the pauses."""
    pauses = list[float]()
    EventDelivery(notifications, pauses.append).switch(BUCKET, enabled=enabled)
    return pauses


def test_switching_on_and_off_restores_the_document(notifications: InMemoryNotifications) -> None:
    switch(notifications)
    assert notifications.documents[BUCKET] == notification_document(FOREIGN, FLAG)
    switch(notifications, enabled=False)
    assert notifications.documents[BUCKET] == notification_document(FOREIGN)


def test_delivery_in_the_wanted_state_is_not_written(notifications: InMemoryNotifications) -> None:
    switch(notifications, enabled=False)
    switch(notifications)
    switch(notifications)
    assert notifications.puts == [BUCKET]


def test_change_between_the_reads_is_kept(notifications: InMemoryNotifications) -> None:
    def change_once(bucket: str) -> None:
        notifications.after_get = lambda _: None
        notifications.add(bucket, FOREIGN, LATER)

    notifications.after_get = change_once
    assert switch(notifications) == [0.5, 0.0]
    assert notifications.documents[BUCKET] == notification_document(FOREIGN, LATER, FLAG)


def test_change_that_undoes_the_write_is_merged(notifications: InMemoryNotifications) -> None:
    def change_once(bucket: str) -> None:
        notifications.after_put = lambda _: None
        notifications.add(bucket, LATER)

    notifications.after_put = change_once
    switch(notifications)
    assert notifications.documents[BUCKET] == notification_document(LATER, FLAG)


def test_change_on_top_of_the_write_is_kept(notifications: InMemoryNotifications) -> None:
    notifications.after_put = lambda bucket: notifications.add(bucket, FOREIGN, FLAG, LATER)
    switch(notifications)
    assert notifications.documents[BUCKET] == notification_document(FOREIGN, FLAG, LATER)
    assert notifications.puts == [BUCKET]


def test_endless_changes_are_reported(notifications: InMemoryNotifications) -> None:
    numbers = iter(range(100))
    notifications.after_put = lambda bucket: notifications.add(bucket, LATER * (next(numbers) + 1))
    message = "the notifications of the bucket my-photos do not stay as written"
    with pytest.raises(TransientError, match=message):
        switch(notifications)
    assert notifications.puts == [BUCKET] * 5


def test_write_that_is_shown_late_is_awaited(notifications: InMemoryNotifications) -> None:
    notifications.stale_reads = 4
    assert switch(notifications) == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert notifications.puts == [BUCKET]


def test_change_that_restores_the_old_state_is_overwritten(
    notifications: InMemoryNotifications,
) -> None:
    def restore_once(bucket: str) -> None:
        notifications.after_put = lambda _: None
        notifications.add(bucket, FOREIGN)

    notifications.after_put = restore_once
    switch(notifications)
    assert notifications.documents[BUCKET] == notification_document(FOREIGN, FLAG)


def test_write_that_is_never_shown_is_reported(notifications: InMemoryNotifications) -> None:
    notifications.after_put = lambda bucket: notifications.add(bucket, FOREIGN)
    with pytest.raises(TransientError, match="do not stay as written"):
        switch(notifications)


def test_denied_write_is_reported(notifications: InMemoryNotifications) -> None:
    notifications.put_errors[BUCKET] = PermanentError("denied")
    with pytest.raises(PermanentError, match="denied"):
        switch(notifications)
    assert notifications.documents[BUCKET] == notification_document(FOREIGN)
