"""The streaming comparison gives the same result as a comparison of two dictionaries."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.drift import Comparison, Difference, IndexEntry, compare
from imgmeta.core.objects import ListedObject, Listing, UnlistedObject, UnlistedPrefix
from imgmeta.testing.strategies.record_examples import image_record

key_texts = st.text("ab/\uffff\U00010000é", min_size=1, max_size=4)
objects = st.builds(ListedObject, key_texts, st.integers(3, 4), st.sampled_from(["e1", "e2"]))
entries = st.builds(
    image_record,
    key_texts,
    etag=st.sampled_from(["e1", "e2", None]),
    reader_version=st.integers(1, 2),
).map(IndexEntry.of)


def key_order(key: str) -> bytes:
    return key.encode()


def outdated(entry: IndexEntry) -> bool:
    return entry.reader_version == 1


def never(_entry: IndexEntry) -> bool:
    return False


def compare_dictionaries(
    listed: dict[str, ListedObject],
    stored: dict[str, IndexEntry],
    unlisted: set[str],
    unknown: set[str],
) -> dict[str, Difference]:
    differences = dict.fromkeys(unlisted | unknown, Difference.UNKNOWN)
    for key in listed.keys() | stored.keys():
        if key.startswith(tuple(unlisted)) or key in unknown:
            continue
        if key not in listed:
            differences[key] = Difference.GONE
        elif key not in stored:
            differences[key] = Difference.NEW
        elif (listed[key].etag, listed[key].size) != (stored[key].etag, stored[key].file_size):
            differences[key] = Difference.CHANGED
        elif outdated(stored[key]):
            differences[key] = Difference.OUTDATED
        else:
            differences[key] = Difference.SAME
    return differences


@given(
    st.dictionaries(key_texts, objects, max_size=12),
    st.dictionaries(key_texts, entries, max_size=12),
    st.sets(key_texts.map(lambda key: f"{key}/"), max_size=3),
    st.sets(key_texts, max_size=3),
)
def test_comparison_equals_that_of_dictionaries(
    objects_by_name: dict[str, ListedObject],
    entries_by_name: dict[str, IndexEntry],
    prefixes: set[str],
    keys: set[str],
) -> None:
    unlisted = {key for key in prefixes if not key.startswith(tuple(prefixes - {key}))}
    unknown = {key for key in keys if not key.startswith(tuple(unlisted))}
    hidden = tuple(unlisted)
    listed = {
        each.key: each
        for each in objects_by_name.values()
        if not each.key.startswith(hidden) and each.key not in unknown
    }
    stored = {each.object_key: each for each in entries_by_name.values()}
    listing: list[Listing] = [
        *listed.values(),
        *(UnlistedPrefix(key, "no") for key in unlisted),
        *(UnlistedObject(key, "no") for key in unknown),
    ]
    listing.sort(key=lambda each: key_order(each.key))
    index = sorted(stored.values(), key=lambda each: key_order(each.object_key))

    comparisons = list(compare(listing, index, outdated=outdated, forbidden=never))

    assert {each.key: each.difference for each in comparisons} == compare_dictionaries(
        listed, stored, unlisted, unknown
    )
    assert [each.key for each in comparisons] == sorted(
        {each.key for each in comparisons}, key=key_order
    )
    assert all(
        (each.reason == "no") == (each.difference is Difference.UNKNOWN) for each in comparisons
    )


@given(st.lists(objects, max_size=5, unique_by=lambda each: each.key))
def test_unchanged_objects_are_the_same(listed: list[ListedObject]) -> None:
    listed.sort(key=lambda each: key_order(each.key))
    index = [
        IndexEntry.of(image_record(each.key, etag=each.etag, file_size=each.size))
        for each in listed
    ]
    comparisons = compare(listed, index, outdated=never, forbidden=never)
    assert list(comparisons) == [Comparison(each.key, Difference.SAME) for each in listed]
