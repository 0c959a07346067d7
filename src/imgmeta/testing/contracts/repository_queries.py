"""The contract of queries, which `imgmeta.service.find` answers with any repository."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from imgmeta.core.attributes import Label, Number
from imgmeta.core.filters import Contains, HasStatus, InBucket, Near, NumberBetween
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.summaries import RecordSummary, SummaryCount
from imgmeta.errors import InvalidRecordError, PermanentError, TransientError
from imgmeta.ports import UploadHistory
from imgmeta.service import count_summaries, find, find_summaries
from imgmeta.testing.contracts.repository_harness import RepositoryHarness, RepositoryTests
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["QueryContract"]


def photo(number: int) -> ImageRecord:
    return image_record(
        f"{number:05}.jpg",
        file_size=number % 7,
        camera_make="Canon" if number % 2 else "Nikon",
        latitude=float(number % 90),
        longitude=11.5,
        upload_timestamp=1_700_000_000 + number % 5,
    )


QUERIES = [
    Query(),
    Query((InBucket("holiday", "0"),), limit=10),
    Query((Contains(Label.CAMERA, "canon"),), Number.SIZE, descending=True),
    Query((NumberBetween(Number.SIZE, 3, 5), Near(48.1, 11.5, 300)), Label.CAMERA, limit=100),
    Query((HasStatus(Status.DELETED),)),
]


def _totals(
    counts: Iterable[SummaryCount], attributes: tuple[str, ...]
) -> dict[tuple[object, ...], tuple[int, int]]:
    """Return the number and total size of the records with the same values."""
    totals = dict[tuple[object, ...], tuple[int, int]]()
    for each in counts:
        values = tuple(getattr(each.summary, name) for name in attributes)
        number, size = totals.get(values, (0, 0))
        totals[values] = number + each.number, size + each.file_size
    return totals


class QueryContract(RepositoryTests):
    """The tests of queries; a repository may answer them itself: see `RecordFinder`."""

    # The port: "the same records in the same order as `query.select` of all stored records"
    def test_query_finds_what_it_selects_from_many_records(self, index: RepositoryHarness) -> None:
        records = [photo(number) for number in range(index.many)]
        records += [image_record("gone.jpg", status=Status.DELETED), image_record("unknown.jpg")]
        index.insert_all(records)
        for query in QUERIES:  # one test, because storing the records takes longer
            assert list(find(index.repository, query)) == query.select(records)
        summaries = find_summaries(index.repository, QUERIES[1])
        assert list(summaries) == [*map(RecordSummary.of, QUERIES[1].select(records))]

    # `Query.after`: "continue after the record that this cursor is of", "whether or not the
    # record still exists"
    @pytest.mark.parametrize("query", QUERIES[:4], ids=range(4))
    def test_query_continues_after_its_cursor(self, index: RepositoryHarness, query: Query) -> None:
        records = [*map(photo, range(20)), image_record("unknown.jpg")]
        index.insert_all(records)
        for record in [records[3], records[-1], photo(99)]:
            rest = replace(query, after=query.cursor(record), limit=9)
            expected = rest.select(records)
            assert list(find(index.repository, rest)) == expected
            found = find_summaries(index.repository, rest)
            assert list(found) == [*map(RecordSummary.of, expected)]

    # `SummaryFinder`: "ordered: whether they are in the order of the query"
    @pytest.mark.parametrize("query", QUERIES[2:], ids=range(2, len(QUERIES)))
    def test_summaries_may_be_found_in_any_order(
        self, index: RepositoryHarness, query: Query
    ) -> None:
        records = [*map(photo, range(50)), image_record("gone.jpg", status=Status.DELETED)]
        index.insert_all(records)
        found = find_summaries(index.repository, query, ordered=False)
        matching = [RecordSummary.of(each) for each in records if query.matches(each)]
        assert sorted(found, key=repr) == sorted(matching, key=repr)

    # `SummaryFinder`: "how many of the records that match a query share the values of some
    # attributes"
    @pytest.mark.parametrize("query", QUERIES[1:], ids=range(1, len(QUERIES)))
    def test_counts_are_those_of_the_matching_records(
        self, index: RepositoryHarness, query: Query
    ) -> None:
        records = [*map(photo, range(50)), image_record("gone.jpg", status=Status.DELETED)]
        index.insert_all(records)
        matching = [SummaryCount.of(each) for each in records if query.matches(each)]
        for attributes in [(), ("camera_make",), ("status", "camera_make")]:
            found = count_summaries(index.repository, query, attributes)
            assert _totals(found, attributes) == _totals(matching, attributes)

    # `UploadHistory`: "ordered by (`upload_timestamp`, `image_id`); `descending` reverses both"
    @pytest.mark.parametrize("expected", [None, 0, 7])
    def test_uploads_are_read_from_either_end(
        self, index: RepositoryHarness, expected: int | None
    ) -> None:
        repository = index.repository
        if not isinstance(repository, UploadHistory):
            pytest.skip("this store does not read upload times from either end")
        day = 24 * 60 * 60
        times = [-(2**40), 0, *(1_700_000_000 + day * (each // 3) for each in range(24)), 2**40]
        records = [
            image_record(f"{at}.jpg", upload_timestamp=time) for at, time in enumerate(times)
        ]
        gone = image_record("gone.jpg", status=Status.DELETED, upload_timestamp=None)
        for record in [*records, image_record("unknown.jpg", upload_timestamp=None), gone]:
            repository.put(record, IfRevision(None))
        limit = 2**63 - 1
        for first, last in [(-limit, limit), (0, 1_700_000_000), (times[5], times[20]), (1, 0)]:
            selected = sorted(
                (each for each in records if first <= (each.upload_timestamp or 0) <= last),
                key=lambda each: (each.upload_timestamp, each.image_id),
            )
            assert list(repository.uploads(first, last, expected=expected)) == selected
            reverse = repository.uploads(first, last, descending=True, expected=expected)
            assert list(reverse) == selected[::-1]

    # The port: "`on_unreadable` and the errors are as those of `ImageRepository`"
    @pytest.mark.parametrize("query", QUERIES[:3], ids=range(3))
    def test_query_skips_and_reports_an_unreadable_record(
        self, index: RepositoryHarness, query: Query
    ) -> None:
        records = [photo(1), photo(3)]
        for record in records:
            index.insert_directly(record)
        index.make_unreadable(records[0])
        errors: list[InvalidRecordError] = []
        assert list(find(index.repository, query, on_unreadable=errors.append)) == records[1:]
        summaries = find_summaries(index.repository, query, on_unreadable=errors.append)
        assert list(summaries) == [RecordSummary.of(records[1])]
        counts = count_summaries(index.repository, query, (), on_unreadable=errors.append)
        assert sum(each.number for each in counts) == 1
        assert len(errors) == 3
        with pytest.raises(InvalidRecordError):
            list(find(index.repository, query))
        with pytest.raises(InvalidRecordError):
            list(find_summaries(index.repository, query))

    def test_query_of_an_unavailable_store_raises_its_error(self, index: RepositoryHarness) -> None:
        if index.fail_temporarily is None or index.fail_permanently is None:
            pytest.skip("this store cannot fail like that")
        index.insert_directly(photo(1))
        index.fail_temporarily()
        with pytest.raises(TransientError):
            list(find(index.repository, Query()))

    def test_query_of_a_store_that_is_gone_raises_its_error(self, index: RepositoryHarness) -> None:
        if index.fail_permanently is None:
            pytest.skip("this store cannot fail like that")
        index.fail_permanently()
        with pytest.raises(PermanentError):
            list(find(index.repository, Query()))
