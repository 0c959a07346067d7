"""The streaming merge says of each key what a comparison of two whole dictionaries says."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.drift import Comparison, Difference, compare
from imgmeta.core.objects import ListedObject, Listing, UnlistedObject, UnlistedPrefix
from imgmeta.core.records import ImageRecord
from support.strategies.record_examples import image_record

key_texts = st.text("ab/\uffff\U00010000é", min_size=1, max_size=4)
objects = st.builds(ListedObject, key_texts, st.integers(3, 4), st.sampled_from(["e1", "e2"]))
records = st.builds(
    image_record,
    key_texts,
    etag=st.sampled_from(["e1", "e2", None]),
    reader_version=st.integers(1, 2),
)


def in_key_order(key: str) -> bytes:
    return key.encode()


def outdated(record: ImageRecord) -> bool:
    return record.reader_version == 1


def by_hand(
    listed: dict[str, ListedObject],
    stored: dict[str, ImageRecord],
    unlisted: set[str],
    blurred: set[str],
) -> dict[str, Difference]:
    found = dict.fromkeys(unlisted | blurred, Difference.UNKNOWN)
    for key in listed.keys() | stored.keys():
        if key.startswith(tuple(unlisted)) or key in blurred:
            continue
        if key not in listed:
            found[key] = Difference.GONE
        elif key not in stored:
            found[key] = Difference.NEW
        elif (listed[key].etag, listed[key].size) != (stored[key].etag, stored[key].file_size):
            found[key] = Difference.CHANGED
        elif outdated(stored[key]):
            found[key] = Difference.OUTDATED
        else:
            found[key] = Difference.SAME
    return found


@given(
    st.dictionaries(key_texts, objects, max_size=12),
    st.dictionaries(key_texts, records, max_size=12),
    st.sets(key_texts.map(lambda key: f"{key}/"), max_size=3),
    st.sets(key_texts, max_size=3),
)
def test_the_merge_finds_what_whole_dictionaries_show(
    some: dict[str, ListedObject],
    others: dict[str, ImageRecord],
    unreadable: set[str],
    known_by_key: set[str],
) -> None:
    unlisted = {key for key in unreadable if not key.startswith(tuple(unreadable - {key}))}
    blurred = {key for key in known_by_key if not key.startswith(tuple(unlisted))}
    hidden = tuple(unlisted)
    listed = {
        one.key: one
        for one in some.values()
        if not one.key.startswith(hidden) and one.key not in blurred
    }
    stored = {one.object_key: one for one in others.values()}
    listing: list[Listing] = [
        *listed.values(),
        *(UnlistedPrefix(key, "no") for key in unlisted),
        *(UnlistedObject(key, "no") for key in blurred),
    ]
    listing.sort(key=lambda one: in_key_order(one.key))
    index = sorted(stored.values(), key=lambda one: in_key_order(one.object_key))

    found = list(compare(listing, index, outdated=outdated))

    assert {one.key: one.difference for one in found} == by_hand(listed, stored, unlisted, blurred)
    assert [one.key for one in found] == sorted({one.key for one in found}, key=in_key_order)
    assert all((one.reason == "no") == (one.difference is Difference.UNKNOWN) for one in found)


@given(st.lists(objects, max_size=5, unique_by=lambda one: one.key))
def test_what_is_listed_as_it_is_indexed_has_no_drift(listed: list[ListedObject]) -> None:
    listed.sort(key=lambda one: in_key_order(one.key))
    index = [image_record(one.key, etag=one.etag, file_size=one.size) for one in listed]
    found = compare(listed, index, outdated=lambda _record: False)
    assert list(found) == [Comparison(one.key, Difference.SAME) for one in listed]
