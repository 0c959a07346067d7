"""Records are sorted on disk as in memory, whatever their number."""

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.sorting import sort_on_disk
from imgmeta.core.attributes import Number
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.errors import PermanentError
from imgmeta.testing.strategies.queries import SORTS, queried_records
from imgmeta.testing.strategies.record_examples import image_record


@given(
    st.lists(queried_records(), max_size=9, unique_by=lambda record: record.image_id),
    st.builds(Query, sort=st.sampled_from(SORTS), descending=st.booleans()),
    st.integers(1, 4),
)
def test_records_are_sorted_on_disk_as_in_memory(
    records: list[ImageRecord], query: Query, in_memory: int
) -> None:
    assert list(sort_on_disk(query, records, in_memory=in_memory)) == query.ordered(records)


def test_many_files_are_merged_and_few_records_are_read_ahead() -> None:
    records = [image_record(f"{at:03}", file_size=at * 7 % 100) for at in range(100)]
    query, pulled = Query(sort=Number.SIZE), 0

    def pull() -> Iterator[ImageRecord]:
        nonlocal pulled
        for record in records:
            pulled += 1
            yield record

    found = sort_on_disk(query, pull(), in_memory=1)
    assert pulled == 0
    assert list(found) == query.ordered(records)


def test_abandoned_sort_closes_its_files() -> None:
    found = sort_on_disk(Query(), [image_record(f"{at}") for at in range(9)], in_memory=2)
    assert next(found).object_key == "0"
    found.close()  # type: ignore[attr-defined]  # it is a generator


def test_full_disk_is_reported_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    with pytest.raises(PermanentError, match=r"No space left on device: free space there, or set"):
        list(sort_on_disk(Query(), [image_record()], in_memory=1))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_disk_that_fills_up_is_reported_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each write to /dev/full fails, also that of the buffer when the file is closed.
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Path("/dev/full").open("w+b"))  # noqa: SIM115 - the sorter closes it
    with pytest.raises(PermanentError, match=r"No space left on device: free space there, or set"):
        list(sort_on_disk(Query(), [image_record()], in_memory=1))


def test_unreadable_temporary_file_is_reported_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class FailingFile(BytesIO):
        def __next__(self) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(tempfile, "TemporaryFile", FailingFile)
    with pytest.raises(PermanentError, match=r"Input/output error: free space there, or set"):
        list(sort_on_disk(Query(), [image_record()], in_memory=1))
