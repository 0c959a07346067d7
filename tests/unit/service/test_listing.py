"""Listing reports the files that are not indexed."""

from imgmeta.adapters.memory import InMemoryObjectStore
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.service.listing import list_indexed
from support.strategies.record_examples import SEEN_AT


def store() -> InMemoryObjectStore:
    objects = InMemoryObjectStore()
    for key in ("a.jpg", "b.mp4", "c.JPG", "d"):
        objects.put(ObjectLocation("holiday", key), b"x", last_modified=SEEN_AT)
    return objects


def test_only_indexed_keys_are_listed() -> None:
    listed = list_indexed(store(), Target("holiday"), suffix_filter(["jpg"]), None)
    assert [each.key for each in listed] == ["a.jpg", "c.JPG"]


def test_each_other_key_is_reported_once() -> None:
    reported: list[tuple[str, str | None]] = []
    listed = list_indexed(
        store(),
        Target("holiday"),
        suffix_filter(["jpg"]),
        lambda key, reason: reported.append((key, reason)),
    )
    assert [each.key for each in listed] == ["a.jpg", "c.JPG"]
    assert reported == [("b.mp4", None), ("d", None)]
