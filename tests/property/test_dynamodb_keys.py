"""An index of the first 1,024 bytes of each key gives the same results as one of complete keys."""

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
key_texts = keys | st.builds(
    str.__add__, stems, st.text([*characters, "\ud800", "\udfff"], max_size=3)
)


@example({"a", "\ud7ff", "\ue000", "b"}, "", "\ud800")
@example({"a\ud7ff", "a\ue000", "b"}, "a", "a\udfff")
@given(st.sets(keys, max_size=12), key_texts | st.just(""), st.none() | key_texts)
def test_range_yields_the_keys_in_order(stored: set[str], prefix: str, after: str | None) -> None:
    index = sorted((indexed_key(key).encode(), key) for key in stored)
    expected = sorted(k for k in stored if k.startswith(prefix) and (after is None or k > after))
    range_ = key_range(prefix, after)
    if range_ is None:
        assert expected == []
        return
    start, end = range_.start.encode(), None if range_.end is None else range_.end.encode()
    read = [
        (indexed.decode(), key)
        for indexed, key in index
        if indexed >= start and (end is None or indexed <= end)
    ]
    sorted_keys = list(sorted_by_key(read, lambda key: key))
    assert [key for key in sorted_keys if range_.matches(key)] == expected
    if range_.is_exact:
        assert sorted_keys == expected


@given(keys)
def test_indexed_key_is_a_prefix_of_the_key_within_the_limit(key: str) -> None:
    indexed = indexed_key(key)
    assert key.startswith(indexed)
    assert len(indexed.encode()) <= MAX_KEY_BYTES
    assert indexed == key or len(indexed.encode()) > MAX_KEY_BYTES - 4


@given(key_texts | st.just(""), st.none() | key_texts)
def test_ends_of_a_range_are_valid_dynamodb_keys(prefix: str, after: str | None) -> None:
    range_ = key_range(prefix, after)
    if range_ is None:
        return
    assert all(category(character) != "Cs" for character in range_.start)
    assert len(range_.start.encode()) <= MAX_KEY_BYTES
    if range_.end is not None:
        assert range_.start
        assert range_.start.encode() <= range_.end.encode()
        assert len(range_.end.encode()) == MAX_KEY_BYTES
