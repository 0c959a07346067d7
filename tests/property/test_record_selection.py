"""The records that a query selects do not depend on the store."""

from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from imgmeta import (
    ErrorContains,
    HasStatus,
    ImageRecord,
    ObjectLocation,
    Query,
    ReaderBefore,
    Status,
    Target,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.ports import ImageRepository
from imgmeta.service import select_records
from imgmeta.testing.strategies.records import colliding_records, few_keys, moved, prefixes

BUCKETS = ("holiday", "Holiday")
REASONS = (
    "Truncated file",
    "truncated",
    "permission denied",
    "stra\N{LATIN SMALL LETTER SHARP S}e",
)

reasons = st.none() | st.sampled_from(REASONS)
versions = st.none() | st.integers(1, 3)


@st.composite
def failed_records(draw: st.DrawFn) -> ImageRecord:
    record = draw(colliding_records(st.sampled_from(BUCKETS), few_keys))
    attributes = {"error": draw(reasons), "content_error": draw(reasons)}
    return moved(
        record, record.bucket_name, record.object_key, reader_version=draw(versions), **attributes
    )


filters = st.one_of(
    st.builds(HasStatus, st.sampled_from(Status)),
    st.builds(ErrorContains, st.sampled_from(["", "TRUNC", "denied", "STRASSE"])),
    st.builds(ReaderBefore, st.integers(1, 4)),
)
queries = st.builds(Query, st.lists(filters, max_size=3).map(tuple))
targets = st.none() | st.builds(
    Target, st.sampled_from(BUCKETS), prefixes | few_keys, st.booleans()
).filter(lambda target: bool(target.prefix) or not target.exact)


def select(
    repository: ImageRepository, query: Query, target: Target | None
) -> list[ObjectLocation]:
    hints = list(select_records(repository, query, target, on_unreadable=_fail))
    assert all(hint.force and hint.sequencer is None for hint in hints)
    return sorted((hint.location for hint in hints), key=str)


def _fail(error: Exception) -> None:
    raise error


@given(st.lists(failed_records(), max_size=12), queries, targets)
def test_every_store_selects_the_records_that_match(
    records: list[ImageRecord], query: Query, target: Target | None
) -> None:
    stored = {record.image_id: record for record in records}.values()
    expected = sorted(
        (
            ObjectLocation(each.bucket_name, each.object_key)
            for each in stored
            if query.matches(each) and (target is None or _contains(target, each))
        ),
        key=str,
    )
    assert select(InMemoryImageRepository(stored), query, target) == expected
    with TemporaryDirectory() as folder, SQLiteImageRepository(f"{folder}/i.db") as repository:
        for each in stored:
            repository.put(each, IfRevision(None))
        assert select(repository, query, target) == expected


def _contains(target: Target, record: ImageRecord) -> bool:
    if record.bucket_name != target.bucket:
        return False
    if target.exact:
        return record.object_key == target.prefix
    return record.object_key.startswith(target.prefix)
