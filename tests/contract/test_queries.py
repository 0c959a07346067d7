"""Contract tests of queries, which `imgmeta.service.find` answers with any repository."""

import pytest

from contract.conftest import RepositoryHarness
from imgmeta.core.attributes import Label, Number
from imgmeta.core.filters import Contains, HasStatus, InBucket, Near, NumberBetween
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.summaries import RecordSummary
from imgmeta.errors import InvalidRecordError, PermanentError, TransientError
from imgmeta.service import count_summaries, find, find_summaries
from support.strategies.record_examples import image_record

MANY = 640
"""More records than any adapter has in a page."""


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


# The port: "the same records in the same order as `query.select` of all stored records"
def test_query_finds_what_it_selects_from_many_records(index: RepositoryHarness) -> None:
    records = [photo(number) for number in range(MANY)]
    records += [image_record("gone.jpg", status=Status.DELETED), image_record("unknown.jpg")]
    if index.insert_all_directly is not None:
        index.insert_all_directly(records)
    else:
        for record in records:
            index.insert_directly(record)
    for query in QUERIES:  # one test, because storing the records takes longer
        found = query.select(records)
        assert list(find(index.repository, query)) == found
    summaries = find_summaries(index.repository, QUERIES[1])
    assert list(summaries) == [*map(RecordSummary.of, QUERIES[1].select(records))]


# The port: "`on_unreadable` and the errors are as those of `ImageRepository`"
@pytest.mark.parametrize("query", QUERIES[:3], ids=range(3))
def test_query_skips_and_reports_an_unreadable_record(
    index: RepositoryHarness, query: Query
) -> None:
    if index.corrupt is None:
        pytest.skip("this store has no encoded records")
    records = [photo(1), photo(3)]
    for record in records:
        index.insert_directly(record)
    index.corrupt(records[0].image_id)
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


def test_query_of_an_unavailable_store_raises_its_error(index: RepositoryHarness) -> None:
    if index.fail_temporarily is None or index.fail_permanently is None:
        pytest.skip("this store cannot fail like that")
    index.insert_directly(photo(1))
    index.fail_temporarily()
    with pytest.raises(TransientError):
        list(find(index.repository, Query()))


def test_query_of_a_store_that_is_gone_raises_its_error(index: RepositoryHarness) -> None:
    if index.fail_permanently is None:
        pytest.skip("this store cannot fail like that")
    index.fail_permanently()
    with pytest.raises(PermanentError):
        list(find(index.repository, Query()))
