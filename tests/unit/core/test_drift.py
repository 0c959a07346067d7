from collections.abc import Iterator, Sequence
from itertools import count, islice

from imgmeta.core.drift import Comparison, Difference, IndexEntry, compare
from imgmeta.core.objects import ListedObject, Listing, UnlistedObject, UnlistedPrefix
from imgmeta.testing.strategies.record_examples import image_record


def never(_entry: IndexEntry) -> bool:
    return False


def index_entry(key: str, *, etag: str | None = "e1") -> IndexEntry:
    return IndexEntry.of(image_record(key, etag=etag))


def differences(listing: Sequence[Listing], index: Sequence[IndexEntry]) -> list[Comparison]:
    return list(compare(listing, index, outdated=never, forbidden=never))


def test_every_kind_of_difference_is_yielded_in_key_order() -> None:
    listing = [
        ListedObject("b", 3, "e1"),
        ListedObject("c", 3, "e2"),
        ListedObject("d", 4, "e1"),
        ListedObject("e", 3, "e1"),
        ListedObject("f", 3, "e1"),
    ]
    index = [index_entry(key) for key in "abcdfg"]
    comparisons = compare(
        listing, index, outdated=lambda entry: entry.object_key == "f", forbidden=never
    )
    assert list(comparisons) == [
        Comparison("a", Difference.GONE),
        Comparison("b", Difference.SAME),
        Comparison("c", Difference.CHANGED),
        Comparison("d", Difference.CHANGED),
        Comparison("e", Difference.NEW),
        Comparison("f", Difference.OUTDATED),
        Comparison("g", Difference.GONE),
    ]


def test_unreadable_record_is_a_difference_with_or_without_an_object() -> None:
    index = [
        IndexEntry.of_unreadable("a", "damaged"),
        index_entry("b"),
        IndexEntry.of_unreadable("c", "damaged"),
        IndexEntry.of_unreadable("d", "damaged"),
    ]
    listing = [ListedObject("b", 3, "e1"), ListedObject("c", 3, "e1")]
    assert differences(listing, index) == [
        Comparison("a", Difference.UNREADABLE, "damaged"),
        Comparison("b", Difference.SAME),
        Comparison("c", Difference.UNREADABLE, "damaged"),
        Comparison("d", Difference.UNREADABLE, "damaged"),
    ]


def test_records_below_an_unlisted_prefix_are_not_gone() -> None:
    listing: list[Listing] = [UnlistedPrefix("b/", "permission denied"), ListedObject("c", 3, "e1")]
    index = [index_entry(key) for key in ("a", "b/1", "b/2", "b0", "c")]
    assert differences(listing, index) == [
        Comparison("a", Difference.GONE),
        Comparison("b/", Difference.UNKNOWN, "permission denied"),
        Comparison("b0", Difference.GONE),
        Comparison("c", Difference.SAME),
    ]


def test_unlisted_object_does_not_cover_keys_that_start_with_its_key() -> None:
    listing: list[Listing] = [
        UnlistedObject("a", "permission denied"),
        ListedObject("ab", 3, "e1"),
    ]
    index = [index_entry(key) for key in ("a", "aa", "ab")]
    assert differences(listing, index) == [
        Comparison("a", Difference.UNKNOWN, "permission denied"),
        Comparison("aa", Difference.GONE),
        Comparison("ab", Difference.SAME),
    ]


def test_record_without_an_etag_is_changed() -> None:
    listing = [ListedObject("a", 3, "e1")]
    assert differences(listing, [index_entry("a", etag=None)]) == [
        Comparison("a", Difference.CHANGED)
    ]


def test_changed_object_is_not_checked_for_being_outdated() -> None:
    def fail(_entry: IndexEntry) -> bool:
        raise AssertionError

    listing = [ListedObject("a", 9, "e1")]
    assert next(compare(listing, [index_entry("a")], outdated=fail, forbidden=fail)).key == "a"


def test_sequences_are_consumed_lazily() -> None:
    consumed = {"listing": 0, "index": 0}

    def listing() -> Iterator[ListedObject]:
        for number in count():
            consumed["listing"] += 1
            yield ListedObject(f"{number:09}", 3, "e1")

    def index() -> Iterator[IndexEntry]:
        for number in count(0, 2):
            consumed["index"] += 1
            yield index_entry(f"{number:09}")

    comparisons = list(islice(compare(listing(), index(), outdated=never, forbidden=never), 100))
    assert [each.difference for each in comparisons[:3]] == [
        Difference.SAME,
        Difference.NEW,
        Difference.SAME,
    ]
    assert consumed["listing"] <= 101
    assert consumed["index"] <= 51
