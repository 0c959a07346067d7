"""A query reads the index that has the fewest records of it."""

from datetime import UTC, datetime

import pytest

from imgmeta.core.access_paths import access_path, is_unbounded, records_to_read
from imgmeta.core.attributes import Moment, Number
from imgmeta.core.filters import Filter, HasStatus, InBucket, Incomplete, TimeBetween
from imgmeta.core.queries import Query, UploadRange
from imgmeta.core.records import Status
from imgmeta.core.timestamps import END

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
SINCE = TimeBetween(Moment.UPLOADED, since=JUNE)
UNTIL = TimeBetween(Moment.UPLOADED, until=JUNE)
BUCKET, FOLDER = InBucket("holiday"), InBucket("holiday", "2026/")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (Query(), None),
        (Query((Incomplete(),), Moment.UPLOADED), None),
        (Query((BUCKET,)), BUCKET),
        (Query((FOLDER,), Moment.UPLOADED), FOLDER),
        (Query((SINCE,)), UploadRange(JUNE, END)),
        (Query((BUCKET, SINCE)), UploadRange(JUNE, END)),
        (Query((FOLDER, SINCE)), FOLDER),
        (Query((FOLDER, SINCE), Moment.UPLOADED), UploadRange(JUNE, END)),
    ],
)
def test_query_reads_the_keys_or_the_upload_times_that_it_limits(
    query: Query, path: InBucket | UploadRange | None
) -> None:
    assert access_path(query) == path


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), True),
        ((Incomplete(),), True),
        ((BUCKET,), True),
        ((UNTIL,), True),
        ((FOLDER,), False),
        ((SINCE,), False),
        ((BUCKET, SINCE, UNTIL), False),
    ],
)
def test_query_is_unbounded_without_a_prefix_and_a_first_upload_time(
    filters: tuple[Filter, ...], *, expected: bool
) -> None:
    assert is_unbounded(Query(filters)) is expected


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query(sort=Moment.UPLOADED, descending=True, limit=10), 10),
        (Query((UNTIL,), limit=10), 10),
        (Query((BUCKET,), limit=10), 10),
        (Query((BUCKET,)), None),
        (Query((BUCKET,), descending=True, limit=10), None),
        (Query((BUCKET, Incomplete()), limit=10), None),
        (Query((HasStatus(Status.FAILED),), Moment.UPLOADED, limit=10), None),
        (Query(sort=Number.SIZE, limit=10), None),
        (Query(limit=10), None),
    ],
)
def test_only_a_limit_in_the_order_of_an_index_limits_the_records_to_read(
    query: Query, count: int | None
) -> None:
    assert records_to_read(query) == count
