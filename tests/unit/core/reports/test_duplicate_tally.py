import sys
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.duplicates import ContentEntry, group_duplicates
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.reports import DuplicateImages, Listed
from imgmeta.core.reports.duplicates import DuplicateTally, FoundDuplicates


def entry(key: str, size: int, content: str | None, etag: str | None = None) -> ContentEntry:
    content_hash = None if content is None else f"sha256:{content:0>64}"
    return ContentEntry(ObjectLocation("holiday", key), size, content_hash, etag)


def found(entries: Iterable[ContentEntry], limit: int = 5) -> FoundDuplicates:
    tally = DuplicateTally(limit)
    for each in entries:
        tally.add(each)
    return tally.found()


def test_images_of_equal_size_and_hash_are_duplicates() -> None:
    result = found([entry("b", 9, "1"), entry("a", 9, "1"), entry("c", 9, "2"), entry("d", 8, "1")])
    images = (ObjectLocation("holiday", "a"), ObjectLocation("holiday", "b"))
    assert result.groups == Listed((DuplicateImages(images, 2, 9, 0),), 1)
    assert (result.images, result.other_bytes, result.uncompared) == (2, 9, 0)


def test_groups_that_free_most_are_first() -> None:
    entries = [
        entry(f"{size}/{number}", size, "1") for size in (9, 5) for number in range(12 - size)
    ]
    result = found(entries, limit=1)
    assert [(group.file_size, group.number) for group in result.groups.first] == [(5, 7)]
    assert (result.groups.total, result.images, result.other_bytes) == (2, 10, 48)


def test_group_names_its_first_images_only() -> None:
    (group,) = found(entry(f"{number}", 9, "1") for number in range(8)).groups.first
    assert [location.key for location in group.images] == ["0", "1", "2", "3", "4"]
    assert group.number == 8


@pytest.mark.parametrize(("bucket", "links"), [("file://", 2), ("holiday", 0)])
def test_only_local_files_with_the_same_etag_may_be_links(bucket: str, links: int) -> None:
    entries = [entry(f"{number}", 9, "1", "e" if number < 2 else None) for number in range(3)]
    moved = [each._replace(location=ObjectLocation(bucket, each.location.key)) for each in entries]
    (group,) = found(moved).groups.first
    assert group.possible_links == links


def test_image_without_a_comparable_hash_is_not_compared() -> None:
    assert found([entry("a", 9, "1"), entry("b", 9, None)]).uncompared == 1
    assert found([entry("a", 9, None)]).uncompared == 0


def test_images_are_released_after_those_of_their_size() -> None:
    tally, first = DuplicateTally(limit=5), entry("a", 9, "1")
    references = sys.getrefcount(first)
    tally.add(first)
    assert sys.getrefcount(first) == references + 1
    tally.add(entry("b", 8, "1"))
    assert sys.getrefcount(first) == references


def test_empty_files_are_no_duplicates() -> None:
    assert found([entry("a", 0, "1"), entry("b", 0, "1")]) == (Listed((), 0), 0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, "1", "2"]))))
def test_duplicates_are_those_of_group_duplicates(images: list[tuple[int, str | None]]) -> None:
    entries = [entry(f"{number:03}", *image) for number, image in enumerate(images)]
    groups = group_duplicates(entries)
    result = found(sorted(entries, key=lambda each: -each.size), limit=100)
    assert [(group.images, group.file_size, group.number) for group in result.groups.first] == [
        (tuple(image.location for image in group.images[:5]), group.size, len(group.images))
        for group in groups
    ]
    assert result.other_bytes == sum(group.other_bytes for group in groups)
