"""Parsing never raises for any JSON value, and its result is always valid."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.core.events import parse_event
from imgmeta.testing.strategies.documents import damaged, json_values
from imgmeta.testing.strategies.events import (
    DELIVERIES,
    ObjectEvent,
    invocation,
    notification,
    queue,
)

EVENT = ObjectEvent("a b.jpg")
documents: list[object] = [
    *(deliver(EVENT) for deliver in DELIVERIES.values()),
    queue(notification(EVENT, EVENT), notification(EVENT)),
    invocation("1.0", "a.jpg", "b+c.jpg"),
    invocation("2.0", "a.jpg"),
]


def check(event: object) -> None:
    parsed = parse_event(event)
    for hint in parsed.hints:
        assert hint.location.bucket
        assert 0 < len(hint.location.key.encode()) <= 1_024
        assert hint.location.image_id
        assert hint.sequencer is None or len(hint.sequencer) == 32
        assert hint.occurred_at is None or hint.occurred_at.utcoffset() is not None
        assert hint.alternate_key != hint.location.key
    for entry in parsed.malformed:
        assert entry.reason.isprintable()
        assert 0 < len(entry.reason) < 200
    assert {hint.message_id for hint in parsed.hints} <= {*parsed.message_ids, ""}
    assert {entry.message_id for entry in parsed.malformed} <= {*parsed.message_ids, ""}
    assert (parsed.transport is not None) or not parsed.hints


@given(json_values)
def test_any_value_is_parsed(value: object) -> None:
    check(value)
    check(json.dumps(value))


@given(st.text(st.characters()) | st.binary())
def test_any_text_is_parsed(text: str | bytes) -> None:
    check(text)


@settings(max_examples=settings().max_examples * 5)
@given(st.sampled_from(documents).flatmap(damaged).flatmap(damaged))
def test_any_damaged_event_is_parsed(event: object) -> None:
    check(event)
