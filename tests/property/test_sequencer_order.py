"""Comparison of sequencers: Amazon S3 User Guide, "Event message structure".

Pad the shorter value with zeros on the left, then compare the texts. That orders them by number.
"""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.ordering import SEQUENCER_WIDTH, normalize_sequencer

numbers = st.integers(0, 16**20) | st.integers(0, 16**SEQUENCER_WIDTH - 1)


@st.composite
def formatted(draw: st.DrawFn, number: int) -> str:
    digits = draw(st.sampled_from(["{:x}", "{:X}"])).format(number)
    return digits.zfill(draw(st.integers(0, SEQUENCER_WIDTH + 8)))


@given(numbers, numbers, st.data())
def test_normalized_sequencers_sort_like_their_numbers(
    one: int, other: int, data: st.DataObject
) -> None:
    left = normalize_sequencer(data.draw(formatted(one)))
    right = normalize_sequencer(data.draw(formatted(other)))
    assert left is not None
    assert right is not None
    assert (left < right, left == right) == (one < other, one == other)


@given(numbers, st.data())
def test_normalization_is_idempotent(number: int, data: st.DataObject) -> None:
    normal = normalize_sequencer(data.draw(formatted(number)))
    assert normal is not None
    assert len(normal) == SEQUENCER_WIDTH
    assert int(normal, 16) == number
    assert normalize_sequencer(normal) == normal


@given(st.text(st.characters()))
def test_text_that_is_not_a_number_has_no_normalized_form(text: str) -> None:
    normal = normalize_sequencer(text)
    assert normal is None or int(normal, 16) == int(text, 16)
