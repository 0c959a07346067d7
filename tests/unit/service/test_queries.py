"""Queries return the matching records through every access path."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imgmeta import (
    ErrorContains,
    Filter,
    HasStatus,
    ImageRecord,
    InBucket,
    Incomplete,
    Label,
    Moment,
    ObjectLocation,
    OnUnreadable,
    Query,
    ReaderBefore,
    Status,
    TimeBetween,
    find,
    find_unordered,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.timestamps import BEGINNING
from support.convergence.bucket import BUCKET

AFTER_2 = datetime(2026, 11, 2, 0, 0, 0, 500_000, tzinfo=UTC)


def where(*filters: Filter) -> Query:
    return Query(filters)


def uploaded(since: datetime | None = None, until: datetime | None = None) -> TimeBetween:
    return TimeBetween(Moment.UPLOADED, since, until)


def record_at(
    key: str,
    *,
    day: int = 1,
    bucket: str = BUCKET,
    complete: bool | None = None,
    **attributes: object,
) -> ImageRecord:
    location = ObjectLocation(bucket, key)
    moment = datetime(2026, 11, day, tzinfo=UTC)
    record = ImageRecord(
        image_id=location.image_id,
        bucket_name=bucket,
        object_key=key,
        status=Status.PROCESSED,
        processed_at=moment,
        revision="r",
        complete=complete,
        upload_timestamp=int(moment.timestamp()),
        upload_date=moment,
    )
    return record.model_copy(update=attributes)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (where(), ["a/1.jpg", "a/2.jpg", "b/3.jpg", "a/4.jpg"]),
        (where(InBucket(BUCKET)), ["a/1.jpg", "a/2.jpg", "b/3.jpg"]),
        (where(InBucket(BUCKET, "a/")), ["a/1.jpg", "a/2.jpg"]),
        (
            where(InBucket(BUCKET, "a/"), uploaded(since=datetime(2026, 11, 2, tzinfo=UTC))),
            ["a/2.jpg"],
        ),
        (where(uploaded(since=datetime(2026, 11, 3, tzinfo=UTC))), ["b/3.jpg", "a/4.jpg"]),
        (where(uploaded(until=datetime(2026, 11, 3, tzinfo=UTC))), ["a/1.jpg", "a/2.jpg"]),
        (where(uploaded(since=AFTER_2)), ["b/3.jpg", "a/4.jpg"]),
        (where(uploaded(until=AFTER_2)), ["a/1.jpg", "a/2.jpg"]),
        (where(InBucket(BUCKET), uploaded(since=AFTER_2)), ["b/3.jpg"]),
        (where(InBucket(BUCKET), uploaded(until=AFTER_2)), ["a/1.jpg", "a/2.jpg"]),
        (where(HasStatus(Status.PROCESSED)), ["a/1.jpg", "a/2.jpg", "b/3.jpg", "a/4.jpg"]),
        (where(HasStatus(Status.FAILED)), []),
        (where(HasStatus(Status.DELETED)), ["gone.jpg"]),
        (where(InBucket(BUCKET), HasStatus(Status.DELETED)), ["gone.jpg"]),
        (where(Incomplete()), ["a/2.jpg", "a/4.jpg"]),
        (where(InBucket(BUCKET, "a/"), Incomplete()), ["a/2.jpg"]),
        (where(uploaded(since=AFTER_2), Incomplete()), ["a/4.jpg"]),
        (where(HasStatus(Status.DELETED), Incomplete()), []),
        (where(uploaded(since=datetime(2026, 11, 1, tzinfo=UTC)), HasStatus(Status.DELETED)), []),
    ],
)
def test_find_yields_the_matching_records(query: Query, keys: list[str]) -> None:
    gone = record_at("gone.jpg").model_copy(
        update={"status": Status.DELETED, "upload_timestamp": None, "upload_date": None}
    )
    repository = InMemoryImageRepository(
        [
            record_at("a/1.jpg", day=1),
            record_at("a/2.jpg", day=2, complete=False),
            record_at("b/3.jpg", day=3, complete=True),
            record_at("a/4.jpg", day=4, bucket="another", complete=False),
            gone,
        ]
    )
    assert sorted(record.object_key for record in find(repository, query)) == sorted(keys)


def test_find_by_bucket_is_in_key_order_and_by_time_in_upload_order() -> None:
    repository = InMemoryImageRepository([record_at("b.jpg", day=1), record_at("a.jpg", day=2)])
    by_key = [record.object_key for record in find(repository, where(InBucket(BUCKET)))]
    by_time = [
        record.object_key
        for record in find(repository, where(uploaded(since=datetime(2026, 1, 1, tzinfo=UTC))))
    ]
    assert (by_key, by_time) == (["a.jpg", "b.jpg"], ["b.jpg", "a.jpg"])


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (where(ErrorContains("truncated")), ["cut.jpg"]),
        (where(ErrorContains("TRUNCATED file")), ["cut.jpg"]),
        (where(ErrorContains("STRASSE")), ["street.jpg"]),
        (where(ErrorContains("kms")), ["denied.jpg"]),
        (where(ErrorContains("")), ["cut.jpg", "denied.jpg", "street.jpg"]),
        (where(ErrorContains("nothing like this")), []),
        (where(HasStatus(Status.PROCESSED), ErrorContains("truncated")), []),
        (where(ReaderBefore(7)), ["denied.jpg", "old.jpg", "street.jpg"]),
        (where(ReaderBefore(6)), ["denied.jpg", "street.jpg"]),
        (where(ErrorContains("kms"), ReaderBefore(7)), ["denied.jpg"]),
        (where(InBucket(BUCKET, "d"), ErrorContains(""), ReaderBefore(7)), ["denied.jpg"]),
        (where(HasStatus(Status.DELETED), ReaderBefore(1)), ["gone.jpg"]),
    ],
)
def test_find_filters_by_reason_and_reader_version(query: Query, keys: list[str]) -> None:
    repository = InMemoryImageRepository(
        [
            record_at("cut.jpg", status=Status.FAILED, error="Truncated file", reader_version=7),
            record_at("denied.jpg", content_error="access to the KMS key is denied"),
            record_at("gone.jpg", status=Status.DELETED, upload_timestamp=None),
            record_at("new.jpg", reader_version=7),
            record_at("old.jpg", reader_version=6),
            record_at("street.jpg", error="invalid stra\N{LATIN SMALL LETTER SHARP S}e"),
        ]
    )
    assert sorted(record.object_key for record in find(repository, query)) == keys
    assert sorted(each.object_key for each in repository.scan() if query.matches(each)) == [
        key for key in keys if key != "gone.jpg"
    ]


def test_query_continues_after_its_cursor_along_every_access_path() -> None:
    records = [
        record_at(f"{bucket}{key}.jpg", day=day, bucket=bucket)
        for bucket in "xyz"
        for key, day in [("a", 2), ("b", 1), ("c", 2)]
    ]
    repository = InMemoryImageRepository(records)
    every = uploaded(BEGINNING)
    for queried in [where(), where(InBucket("y")), where(InBucket("y", "yb")), where(every)]:
        for record in records:
            query = replace(queried, limit=2)
            following = replace(query, after=query.cursor(record))
            assert list(find(repository, following)) == following.select(records)
    by_lens = Query((uploaded(BEGINNING),), Label.LENS)
    query = Query((uploaded(BEGINNING),), Moment.UPLOADED)
    unknown = query.cursor(record_at("a", upload_timestamp=None))
    assert list(find(repository, replace(query, after=unknown))) == []
    assert list(find(repository, by_lens)) == by_lens.select(records)


def test_repository_that_is_a_finder_answers_the_query_itself() -> None:
    class Finder(InMemoryImageRepository):
        def __init__(self) -> None:
            super().__init__()
            self.asked: list[Query] = []

        def find(
            self, query: Query, *, on_unreadable: OnUnreadable | None = None
        ) -> Iterator[ImageRecord]:
            del on_unreadable
            self.asked.append(query)
            return iter([record_at("found.jpg")])

    finder = Finder()
    query = Query((InBucket(BUCKET),), Label.LENS, descending=True, limit=1)
    assert [each.object_key for each in find(finder, query)] == ["found.jpg"]
    assert [each.object_key for each in find_unordered(finder, query)] == ["found.jpg"]
    assert finder.asked == [query, where(InBucket(BUCKET))]


def test_upload_times_are_read_instead_of_a_whole_bucket() -> None:
    class NoListing(InMemoryImageRepository):
        def list_prefix(self, *_: object, **__: object) -> Iterator[ImageRecord]:
            raise AssertionError("the bucket was listed")

    query = Query((InBucket(BUCKET), uploaded(BEGINNING)), Label.LENS)
    records = [record_at("a.jpg"), record_at("b.jpg", bucket="another")]
    assert list(find(NoListing(records), query)) == records[:1]


def test_every_record_that_is_read_is_passed_to_the_callback() -> None:
    repository = InMemoryImageRepository([record_at("b.jpg", day=1), record_at("a.jpg", day=2)])
    read = list[str]()
    query = where(InBucket(BUCKET), ErrorContains("nothing has this error"))
    found = find_unordered(
        repository, query, on_record=lambda record: read.append(record.object_key)
    )
    assert list(found) == []
    assert read == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(("limit", "is_sorted"), [(2, False), (10_000, False), (10_001, True)])
def test_records_are_sorted_outside_of_memory_if_the_limit_is_high(
    limit: int, *, is_sorted: bool
) -> None:
    repository = InMemoryImageRepository([record_at("b.jpg"), record_at("a.jpg")])
    asked = list[Query]()

    def sort(query: Query, records: Iterable[ImageRecord]) -> Iterable[ImageRecord]:
        asked.append(query)
        return query.ordered(records)

    query = Query(sort=Label.LENS, limit=limit)
    assert [each.object_key for each in find(repository, query, sort=sort)] == ["a.jpg", "b.jpg"]
    assert bool(asked) == is_sorted
