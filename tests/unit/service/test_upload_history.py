"""A repository that reads upload times from either end reads little for the first records."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from imgmeta import (
    HasStatus,
    ImageRecord,
    InBucket,
    Incomplete,
    InvalidRecordError,
    Moment,
    OnUnreadable,
    Query,
    Status,
    TimeBetween,
    find,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.testing.strategies.record_examples import image_record

BAD = InvalidRecordError("damaged")


@dataclass
class History(InMemoryImageRepository):
    """Reads upload times from either end, and counts what it reads."""

    records: list[ImageRecord]
    is_damaged: bool = False
    uploads_read: int = 0
    scans: int = 0
    spans: list[tuple[int, int, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.records)

    def uploads(
        self,
        first: int,
        last: int,
        *,
        descending: bool = False,
        expected: int | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        self.spans.append((first, last, expected))
        self._report(on_unreadable)
        known = [each for each in self.records if each.upload_timestamp is not None]
        known.sort(key=lambda each: each.upload_timestamp or 0, reverse=descending)
        for record in known:
            if first <= (record.upload_timestamp or 0) <= last:
                self.uploads_read += 1
                yield record

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        self.scans += 1
        self._report(on_unreadable)
        return super().scan(include_deleted=include_deleted, on_unreadable=on_unreadable)

    def _report(self, on_unreadable: OnUnreadable | None) -> None:
        if not self.is_damaged:
            return
        if on_unreadable is None:
            raise BAD
        on_unreadable(BAD)


def photo(number: int, **attributes: object) -> ImageRecord:
    values: dict[str, object] = {"upload_timestamp": number // 2, **attributes}
    return image_record(f"{number:04}.jpg", **values)


@pytest.mark.parametrize("descending", [False, True])
def test_first_records_are_read_without_all_others(*, descending: bool) -> None:
    records = [photo(number) for number in range(40)]
    history = History(records)
    query = Query(sort=Moment.UPLOADED, descending=descending, limit=3)
    first = list(find(history, query))
    assert first == query.select(records)
    following = replace(query, after=query.cursor(first[-1]))
    assert list(find(history, following)) == following.select(records)
    assert (history.scans, history.uploads_read < 12) == (0, True)
    assert [expected for *_, expected in history.spans] == [3, 3]


@pytest.mark.parametrize("descending", [False, True])
def test_range_of_upload_times_is_read_in_either_direction(*, descending: bool) -> None:
    records = [photo(number, complete=number % 3 == 0) for number in range(40)]
    span = TimeBetween(
        Moment.UPLOADED, datetime.fromtimestamp(2, UTC), datetime.fromtimestamp(9, UTC)
    )
    for limit in (None, 5):
        query = Query((span, Incomplete()), Moment.UPLOADED, descending=descending, limit=limit)
        history = History(records)
        assert list(find(history, query)) == query.select(records)
        assert (history.scans, history.spans) == (0, [(2, 8, None)])


def test_records_without_an_upload_time_are_found_if_the_others_are_too_few() -> None:
    records = [photo(1), photo(2, upload_timestamp=None), photo(3)]
    query = Query(sort=Moment.UPLOADED, descending=True, limit=9)
    assert list(find(History(records), query)) == query.select(records)
    unknown = replace(query, after=query.cursor(records[1]))
    assert list(find(History(records), unknown)) == []


def test_all_records_are_read_if_few_of_the_first_ones_match() -> None:
    records = [photo(number) for number in range(1200)]
    records[0] = photo(0, complete=False)
    query = Query((Incomplete(),), Moment.UPLOADED, descending=True, limit=1)
    history = History(records)
    assert list(find(history, query)) == records[:1]
    assert (history.scans, history.uploads_read) == (1, 1021)


def test_unreadable_record_is_reported_once() -> None:
    records = [photo(number) for number in range(4)]
    for limit in (2, 9):
        errors: list[InvalidRecordError] = []
        query = Query(sort=Moment.UPLOADED, limit=limit)
        found = find(History(records, is_damaged=True), query, on_unreadable=errors.append)
        assert (list(found), errors) == (query.select(records), [BAD])
        with pytest.raises(InvalidRecordError):
            list(find(History(records, is_damaged=True), query))


def test_tombstones_and_folders_are_not_read_by_upload_time() -> None:
    gone = photo(1, status=Status.DELETED, upload_timestamp=None)
    records = [gone, photo(2)]
    for each in (HasStatus(Status.DELETED), InBucket("holiday", "0")):
        query = Query((each,), Moment.UPLOADED, limit=1)
        history = History(records)
        assert list(find(history, query)) == query.select(records)
        assert history.uploads_read == 0
    whole = Query((InBucket("holiday"),), Moment.UPLOADED, limit=1)
    history = History(records)
    assert list(find(history, whole)) == records[1:]
    assert history.uploads_read == 1
