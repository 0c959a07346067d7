"""Listing reports the files that are not indexed."""

from collections.abc import Callable, Iterator

from imgmeta.adapters.memory import InMemoryObjectStore
from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.objects import Listing, ObjectLocation
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.service.listing import list_indexed, report_unindexed
from imgmeta.testing.strategies.record_examples import SEEN_AT


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


class WithLinks(InMemoryObjectStore):
    """A store that also has broken links."""

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        yield from super().list(bucket, after=after, wanted=wanted)
        for key in ("a.jpg.link", "b.jpg.link"):
            if skipped and key.startswith(prefix):
                skipped(key, "broken link")


def test_only_the_file_at_the_location_is_reported() -> None:
    objects, reported = WithLinks(), list[tuple[str, str, str | None]]()
    for key in ("a.jpg", "b.jpg", "b.jpg2"):
        objects.put(ObjectLocation("holiday", key), b"x", last_modified=SEEN_AT)

    for key in ("a", "a.jpg", "a.jpg.link", "b.jpg.link", "c"):

        def report(file: str, reason: str | None, key: str = key) -> None:
            reported.append((key, file, reason))

        location, gone = ObjectLocation("holiday", key), Comparison(key, Difference.GONE)
        assert list(report_unindexed(iter([gone]), objects, location, report)) == [gone]

    assert reported == [(key, key, "broken link") for key in ("a.jpg.link", "b.jpg.link")]


def test_location_with_an_object_is_not_listed() -> None:
    location, new = ObjectLocation("holiday", "a.jpg.link"), Comparison("a", Difference.NEW)
    reported: dict[str, str | None] = {}

    assert list(report_unindexed(iter([new]), WithLinks(), location, reported.__setitem__)) == [new]
    assert list(report_unindexed(iter([new]), WithLinks(), location, None)) == [new]
    assert reported == {}


def test_nothing_is_listed_if_nobody_wants_the_report() -> None:
    location = ObjectLocation("holiday", "a.jpg")

    assert list(report_unindexed(iter(list[Comparison]()), WithLinks(), location, None)) == []
