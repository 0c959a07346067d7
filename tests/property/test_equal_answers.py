"""Every store finds the same records in the same order, whatever the query and the records."""

from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.grouping import Grouping, attributes_of, tally_counts_by
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.core.statistics import TALLIED_ATTRIBUTES, tally_counts
from imgmeta.core.summaries import RecordSummary, SummaryCount
from imgmeta.ports import ImageRepository
from imgmeta.service import count_summaries, find, find_summaries, find_unordered
from imgmeta.testing.strategies.queries import queried_records, queries
from support.aws.moto import HAS_AWS

Case = tuple[list[ImageRecord], Query]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    records = draw(st.lists(queried_records(), max_size=8))
    stored = list({record.image_id: record for record in records}.values())
    return stored, draw(queries(stored))


def check_answers(repository: ImageRepository, records: list[ImageRecord], query: Query) -> None:
    for record in records:
        repository.put(record, IfRevision(None))
    assert list(find(repository, query)) == query.select(records)
    every = sorted(find_unordered(repository, query), key=lambda each: each.image_id)
    matching = sorted(filter(query.matches, records), key=lambda each: each.image_id)
    assert every == matching
    summaries = list(find_summaries(repository, query))
    assert summaries == [RecordSummary.of(each) for each in query.select(records)]
    assert [query.position(each) for each in summaries] == [
        query.position(each) for each in query.select(records)
    ]
    singles = [SummaryCount.of(each) for each in matching]
    groups = list(count_summaries(repository, query, TALLIED_ATTRIBUTES))
    assert tally_counts(groups) == tally_counts(singles)
    for grouping in Grouping:
        groups = list(count_summaries(repository, query, attributes_of(grouping)))
        assert tally_counts_by(grouping, groups) == tally_counts_by(grouping, singles)
    assert sum(each.number for each in count_summaries(repository, query, ())) == len(matching)
    unordered = Counter(find_summaries(repository, query, ordered=False))
    assert unordered == Counter(map(RecordSummary.of, matching))


@contextmanager
def sqlite_repository() -> Generator[ImageRepository]:
    with TemporaryDirectory() as folder, SQLiteImageRepository(f"{folder}/i.db") as repository:
        yield repository


@given(cases())
def test_memory_and_sqlite_find_the_same_records_in_the_same_order(case: Case) -> None:
    records, query = case
    check_answers(InMemoryImageRepository(), records, query)
    with sqlite_repository() as repository:
        check_answers(repository, records, query)


@pytest.mark.skipif(not HAS_AWS, reason="needs the extra aws")
@settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_dynamodb_finds_the_same_records_in_the_same_order(case: Case) -> None:
    from support.aws import dynamodb_tables  # noqa: PLC0415 - slow to import and optional

    with ExitStack() as cleanup:
        client = cleanup.enter_context(dynamodb_tables.moto_client())
        check_answers(dynamodb_tables.TableHarness(client, cleanup).repository, *case)


@given(cases(), st.integers(1, 3))
def test_pages_of_cursors_join_to_the_whole_result(case: Case, limit: int) -> None:
    records, query = case
    repository = InMemoryImageRepository(records)
    whole = Query(query.filters, query.sort, query.descending, after=query.after)
    joined: list[ImageRecord] = []
    page = Query(query.filters, query.sort, query.descending, limit, query.after)
    while found := list(find(repository, page)):
        joined += found
        after = page.cursor(found[-1])
        page = Query(query.filters, query.sort, query.descending, limit, after)
    assert joined == list(find(repository, whole))
