"""An index that holds the first 1,024 bytes of a key answers as one of whole keys would."""

from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("botocore")

from imgmeta.adapters.dynamodb.keys import (
    MAX_KEY_BYTES,
    indexed_key,
    key_range,
    sorted_by_key,
)

characters = "a\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"
ends = st.text(characters, max_size=4)
stems = st.sampled_from(
    ["", "k" * 1019, "k" * 1021, "k" * 1024, "\u20ac" * 341, "\U0010ffff" * 256]
)
keys = st.builds(str.__add__, stems, ends).filter(bool)
places = keys | st.builds(
    str.__add__, stems, st.text([*characters, "\ud800", "\udfff"], max_size=3)
)


@example({"a", "\ud7ff", "\ue000", "b"}, "", "\ud800")
@example({"a\ud7ff", "a\ue000", "b"}, "a", "a\udfff")
@given(st.sets(keys, max_size=12), places | st.just(""), st.none() | places)
def test_a_range_yields_the_keys_in_order(stored: set[str], prefix: str, after: str | None) -> None:
    index = sorted((indexed_key(key).encode(), key) for key in stored)
    expected = sorted(k for k in stored if k.startswith(prefix) and (after is None or k > after))
    within = key_range(prefix, after)
    if within is None:
        assert expected == []
        return
    start, end = within.start.encode(), None if within.end is None else within.end.encode()
    read = [
        (indexed.decode(), key)
        for indexed, key in index
        if indexed >= start and (end is None or indexed <= end)
    ]
    found = list(sorted_by_key(read, lambda key: key))
    assert [key for key in found if within.matches(key)] == expected
    if within.is_exact:
        assert found == expected


@given(keys)
def test_a_key_in_the_index_is_the_beginning_of_a_key_and_fits(key: str) -> None:
    indexed = indexed_key(key)
    assert key.startswith(indexed)
    assert len(indexed.encode()) <= MAX_KEY_BYTES
    assert indexed == key or len(indexed.encode()) > MAX_KEY_BYTES - 4


@given(places | st.just(""), st.none() | places)
def test_the_ends_of_a_range_are_keys_that_dynamodb_takes(prefix: str, after: str | None) -> None:
    within = key_range(prefix, after)
    if within is None:
        return
    assert all(category(character) != "Cs" for character in within.start)
    assert len(within.start.encode()) <= MAX_KEY_BYTES
    if within.end is not None:
        assert within.start
        assert within.start.encode() <= within.end.encode()
        assert len(within.end.encode()) == MAX_KEY_BYTES
