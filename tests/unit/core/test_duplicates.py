from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.duplicates import (
    ContentEntry,
    DuplicateGroup,
    group_duplicates,
    hash_requests,
    without_links,
)
from imgmeta.core.objects import ObjectLocation


def place(key: str) -> ObjectLocation:
    return ObjectLocation("holiday", key)


def text_of(kind: HashKind, content: str) -> str:
    return str(ContentHash(kind, content * kind.digits))


def entry(key: str, content: str = "a", kind: HashKind | None = HashKind.MD5) -> ContentEntry:
    return ContentEntry(place(key), 3, None if kind is None else text_of(kind, content))


MD5, SHA1, SHA256 = HashKind.MD5, HashKind.SHA1, HashKind.SHA256


@pytest.mark.parametrize(
    ("kinds", "requested"),
    [
        ([], {}),
        ([None], {}),
        ([MD5, MD5], {}),
        ([None, None], {0: {MD5, SHA1, SHA256}, 1: {MD5, SHA1, SHA256}}),
        ([None, MD5], {0: {MD5}}),
        ([None, MD5, SHA256], {0: {MD5, SHA256}}),
        ([MD5, MD5, SHA256], {2: {MD5}}),
        ([MD5, SHA256], {0: {SHA256}}),
        ([MD5, SHA1], {0: {SHA1}}),
    ],
)
def test_hashes_of_one_kind_are_requested(
    kinds: list[HashKind | None], requested: Mapping[int, set[HashKind]]
) -> None:
    entries = [entry(str(number), kind=kind) for number, kind in enumerate(kinds)]

    requests = {int(each.entry.location.key): set(each.kinds) for each in hash_requests(entries)}
    assert requests == requested


def test_groups_that_free_most_bytes_are_first() -> None:
    entries = [
        ContentEntry(place("a1"), 5, text_of(MD5, "a")),
        ContentEntry(place("b2"), 20, text_of(MD5, "b")),
        ContentEntry(place("b1"), 20, text_of(MD5, "b")),
        ContentEntry(place("c"), 90, text_of(MD5, "c")),
        ContentEntry(place("a3"), 5, text_of(MD5, "a")),
        ContentEntry(place("a2"), 5, text_of(MD5, "a")),
    ]

    groups = group_duplicates(entries)
    assert [[each.location.key for each in group.images] for group in groups] == [
        ["b1", "b2"],
        ["a1", "a2", "a3"],
    ]
    assert [group.other_bytes for group in groups] == [20, 10]


def test_groups_that_free_as_much_are_ordered_by_location() -> None:
    entries = [
        entry(key, content)
        for key, content in zip("dcba", "xyxy".replace("x", "e").replace("y", "f"), strict=True)
    ]

    assert [group.images[0].location.key for group in group_duplicates(entries)] == ["a", "b"]


def test_empty_and_unhashed_files_are_no_duplicates() -> None:
    empty = [ContentEntry(place(key), 0, text_of(MD5, "a")) for key in "ab"]

    assert group_duplicates([*empty, entry("c", kind=None), entry("d", kind=None)]) == []


def test_hashes_of_different_kinds_are_not_mixed() -> None:
    assert group_duplicates([entry("a", kind=MD5), entry("b", kind=SHA256)]) == []


def test_links_are_left_out() -> None:
    group = DuplicateGroup(text_of(MD5, "a"), 3, tuple(map(entry, "abcd")))
    links = DuplicateGroup(text_of(MD5, "b"), 99, tuple(map(entry, "ef")))
    ids = {place("a"): 1, place("c"): 1, place("d"): 2, place("e"): 3, place("f"): 3}

    (rest,) = without_links([links, group], ids)
    assert [each.location.key for each in rest.images] == ["a", "b", "d"]
    assert rest.other_bytes == 6


contents = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.sampled_from(HashKind) | st.none()),
    max_size=12,
)


@given(contents)
def test_groups_are_those_of_comparing_each_pair(
    contents: list[tuple[int, str, HashKind | None]],
) -> None:
    entries = [
        ContentEntry(place(str(number)), size, None if kind is None else text_of(kind, content))
        for number, (size, content, kind) in enumerate(contents)
    ]
    pairs = {
        frozenset((first.location, second.location))
        for first in entries
        for second in entries
        if first is not second
        and first.size == second.size > 0
        and first.content_hash == second.content_hash is not None
    }

    groups = group_duplicates(entries)
    assert pairs == {
        frozenset((first.location, second.location))
        for group in groups
        for first in group.images
        for second in group.images
        if first != second
    }
    members = [each.location for group in groups for each in group.images]
    assert len(members) == len(set(members))
    assert groups == sorted(
        groups, key=lambda group: (-group.other_bytes, group.images[0].location)
    )


@given(st.lists(st.sampled_from(HashKind) | st.none(), max_size=8))
def test_two_rounds_of_requests_make_all_hashes_comparable(kinds: list[HashKind | None]) -> None:
    entries = {str(number): entry(str(number), kind=kind) for number, kind in enumerate(kinds)}
    for _ in range(2):
        for request in hash_requests(entries.values()):
            key = request.entry.location.key
            entries[key] = entry(key, kind=max(request.kinds))

    assert hash_requests(entries.values()) == []
    if len(entries) > 1:
        assert len({each.kind for each in entries.values()}) == 1


def test_only_images_with_equal_etags_may_be_links() -> None:
    etags = {"a": "x", "b": "y", "c": "x", "d": None, "e": None}
    images = tuple(entry(key)._replace(etag=etag) for key, etag in etags.items())

    group = DuplicateGroup(text_of(MD5, "a"), 3, images)
    assert [each.key for each in group.possible_links] == ["a", "c"]


def test_damaged_hash_is_computed_again() -> None:
    damaged = entry("a")._replace(content_hash="damaged")

    assert [each.entry for each in hash_requests([damaged, entry("b")])] == [damaged]
    assert len(hash_requests([damaged, damaged])) == 2
