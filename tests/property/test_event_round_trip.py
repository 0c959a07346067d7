"""One event is one hint, whatever delivers it (but for the name of the message it came in)."""

from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.events import Hint, parse_event
from imgmeta.core.objects import ObjectLocation
from support.strategies.events import (
    DELIVERIES,
    ObjectEvent,
    buckets,
    invocation,
    keys,
    object_events,
)


@pytest.mark.parametrize("delivery", DELIVERIES)
@given(event=object_events)
def test_an_event_is_the_same_hint_through_every_transport(
    delivery: str, event: ObjectEvent
) -> None:
    parsed = parse_event(DELIVERIES[delivery](event))
    (hint,) = parsed.hints
    assert parsed.malformed == ()
    assert replace(hint, message_id="") == Hint(
        ObjectLocation(event.bucket, event.key),
        sequencer=event.sequencer and event.sequencer.zfill(32),
        occurred_at=event.time,
    )


@given(buckets, st.lists(keys, min_size=1, max_size=5), st.sampled_from(["1.0", "2.0"]))
def test_every_task_s_key_is_the_one_that_was_encoded(
    bucket: str, listed: list[str], version: str
) -> None:
    for encode in (quote, quote_plus):
        parsed = parse_event(invocation(version, *map(encode, listed), bucket=bucket))
        assert parsed.malformed == ()
        assert [hint.location for hint in parsed.hints] == [
            ObjectLocation(bucket, key) for key in listed
        ]


@given(keys)
def test_a_manifest_that_leaves_plus_signs_as_they_are_is_read_by_the_alternate(key: str) -> None:
    (hint,) = parse_event(invocation("2.0", quote(key, safe="/+"))).hints
    assert key in {hint.location.key, hint.alternate_key}
