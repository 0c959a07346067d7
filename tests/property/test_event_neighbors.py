"""A malformed entry is reported and does not affect its neighbors."""

import json
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.events import parse_event
from imgmeta.testing.strategies.documents import Document, damaged
from imgmeta.testing.strategies.events import (
    ObjectEvent,
    bus_event,
    invocation,
    notification,
    notified,
    own_message,
    published,
    queue,
    queued,
    topic,
)

FIRST, MIDDLE, LAST = (ObjectEvent(f"{name}.jpg") for name in ("first", "middle", "last"))


def records_of(document: Document) -> list[object]:
    return cast("list[object]", document["Records"])


CONTENTS: dict[str, Callable[[ObjectEvent], object]] = {
    "S3": notification,
    "S3 in SNS": lambda event: published(notification(event)),
    "imgmeta": own_message,
    "EventBridge": bus_event,
    "EventBridge in SNS": lambda event: published(bus_event(event)),
}


def keys_in(event: object) -> set[str]:
    return {hint.location.key for hint in parse_event(event).hints}


@given(damaged(notified(MIDDLE)))
def test_records_of_a_notification_are_independent(record: object) -> None:
    event = {"Records": [notified(FIRST), record, notified(LAST)]}
    assert keys_in(event) >= {"first.jpg", "last.jpg"}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@given(data=st.data())
def test_messages_of_a_queue_are_independent(
    content: Callable[[ObjectEvent], object], data: st.DataObject
) -> None:
    batch = records_of(queue(*(content(event) for event in (FIRST, MIDDLE, LAST))))
    if data.draw(st.booleans()):
        batch[1] = data.draw(damaged(batch[1]))
    else:
        batch[1] = queued(data.draw(damaged(content(MIDDLE))), "m-1")
    parsed = parse_event({"Records": batch})
    hints = {(hint.message_id, hint.location.key) for hint in parsed.hints}
    assert hints >= {("m-0", "first.jpg"), ("m-2", "last.jpg")}
    assert not {entry.message_id for entry in parsed.malformed} & {"m-0", "m-2"}


@given(damaged(cast("list[object]", topic(notification(MIDDLE))["Records"])[0]))
def test_notifications_of_a_topic_are_independent(record: object) -> None:
    first, last = (records_of(topic(notification(event)))[0] for event in (FIRST, LAST))
    assert keys_in({"Records": [first, record, last]}) >= {"first.jpg", "last.jpg"}


@given(damaged(notified(MIDDLE)))
def test_message_with_a_damaged_record_gives_its_other_hints(record: object) -> None:
    body = {"Records": [notified(FIRST), record, notified(LAST)]}
    parsed = parse_event(queue(published(body)))
    assert {hint.location.key for hint in parsed.hints} >= {"first.jpg", "last.jpg"}
    assert {entry.message_id for entry in parsed.malformed} <= {"m-0"}


@given(st.sampled_from(["1.0", "2.0"]), st.data())
def test_tasks_of_an_invocation_are_independent(version: str, data: st.DataObject) -> None:
    event = invocation(version, "first.jpg", "middle.jpg", "last.jpg")
    tasks = cast("list[object]", event["tasks"])
    tasks[1] = data.draw(damaged(tasks[1]))
    parsed = parse_event(json.dumps(event))
    hints = {(hint.message_id, hint.location.key) for hint in parsed.hints}
    assert hints >= {("t-0", "first.jpg"), ("t-2", "last.jpg")}
