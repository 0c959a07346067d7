"""An encoded hint is parsed to the same hint through every envelope.

Amazon SQS API Reference, "SendMessage": a message may contain only the characters #x9, #xA, #xD,
#x20 to #xD7FF, #xE000 to #xFFFD and #x10000 to #x10FFFF.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imgmeta.core.events import Hint, encode_hint, parse_event
from imgmeta.core.objects import ObjectLocation
from imgmeta.testing.strategies.events import hints, published, queue, topic

ENVELOPES: dict[str, Callable[[object], object]] = {
    "none": json.dumps,
    "SQS": queue,
    "SNS": topic,
    "SNS in SQS": lambda content: queue(published(content)),
}


@pytest.mark.parametrize("envelope", ENVELOPES)
@given(hint=hints())
def test_hint_survives_every_envelope(envelope: str, hint: Hint) -> None:
    event = ENVELOPES[envelope](json.loads(encode_hint(hint)))
    parsed = parse_event(event)
    assert [replace(each, message_id="") for each in parsed.hints] == [hint]
    assert parsed.malformed == ()


@given(hints(message_ids=st.text()))
def test_message_does_not_contain_the_message_id(hint: Hint) -> None:
    assert encode_hint(hint) == encode_hint(replace(hint, message_id=""))


@example(Hint(ObjectLocation("holiday", "\0\x1f\ufffe\uffff\U0010ffff")))
@given(hints())
def test_message_is_short_and_valid_in_sqs(hint: Hint) -> None:
    message = encode_hint(hint)
    assert re.fullmatch("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+", message)
    assert len(message.encode()) < 16_384
