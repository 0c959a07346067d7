"""An event gives the same hint through every transport, except for the message ID."""

from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.events import Hint, parse_event
from imgmeta.core.objects import ObjectLocation
from imgmeta.testing.strategies.events import (
    DELIVERIES,
    ObjectEvent,
    buckets,
    invocation,
    keys,
    object_events,
)


@pytest.mark.parametrize("delivery", DELIVERIES)
@given(event=object_events)
def test_event_gives_the_same_hint_through_every_transport(
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
def test_keys_of_tasks_are_decoded(bucket: str, keys: list[str], version: str) -> None:
    for encode in (quote, quote_plus):
        parsed = parse_event(invocation(version, *map(encode, keys), bucket=bucket))
        assert parsed.malformed == ()
        assert [hint.location for hint in parsed.hints] == [
            ObjectLocation(bucket, key) for key in keys
        ]


@given(keys)
def test_manifest_with_unencoded_plus_signs_gives_the_key_or_its_alternate(key: str) -> None:
    (hint,) = parse_event(invocation("2.0", quote(key, safe="/+"))).hints
    assert key in {hint.location.key, hint.alternate_key}
