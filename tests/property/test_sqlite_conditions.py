"""Law: the SQL condition of a filter holds for all records that match it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.adapters.sqlite.conditions import condition_of
from imgmeta.adapters.sqlite.functions import add_functions
from imgmeta.core.filters import Filter
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.queries import filters, queried_records


@given(
    st.lists(queried_records(), max_size=6, unique_by=lambda record: record.image_id),
    st.lists(filters, min_size=1, max_size=8),
    st.sampled_from([Status.DELETED, Status.PROCESSED]),
)
def test_condition_holds_for_all_matching_records_and_only_these_if_it_is_exact(
    records: list[ImageRecord], tested: list[Filter], wanted: Status
) -> None:
    has_tombstones = wanted is Status.DELETED
    records = [each for each in records if has_tombstones or each.status is not Status.DELETED]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "i.db"
        with SQLiteImageRepository(path) as repository:
            for record in records:
                repository.put(record, IfRevision(None))
        with closing(sqlite3.connect(path)) as direct:
            add_functions(direct)
            for each in tested:
                condition = condition_of(each, has_tombstones=has_tombstones)
                statement = f"SELECT ImageId FROM Records WHERE {condition.sql}"  # noqa: S608 - no values
                found = {row[0] for row in direct.execute(statement, condition.values)}
                matching = {record.image_id for record in records if each.matches(record)}
                assert found == matching if condition.is_exact else found >= matching
