from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from imgmeta import GpsPolicy, ImageRecord, Query
from imgmeta.core.attributes import Number
from imgmeta.core.reports import Sample, Scope, Thumbnail
from imgmeta.service.reporting import create_report, report_query
from imgmeta.testing.strategies.record_examples import image_record

SCOPE = Scope("photos.db", (), datetime(2026, 11, 30, tzinfo=UTC))
MUNICH = image_record(
    "beach.jpg", bucket_name="file://", has_thumbnail=True, latitude=48.13712, longitude=11.57541
)


def test_query_finds_all_records_by_size() -> None:
    query = report_query(Query(limit=1))
    assert (query.sort, query.descending, query.limit) == (Number.SIZE, True, None)


def test_dropped_position_is_not_in_the_report() -> None:
    report = create_report([MUNICH], SCOPE, gps_policy=GpsPolicy.DROP)
    assert (report.places.cells, report.totals.located) == ((), 0)
    assert len(create_report([MUNICH], SCOPE).places.cells) == 1


def test_unreadable_records_are_counted_after_all_records_were_read() -> None:
    errors = list[str]()

    def records() -> Iterator[ImageRecord]:
        yield MUNICH
        errors.append("damaged")

    report = create_report(records(), SCOPE, unreadable=lambda: len(errors))
    assert (report.totals.images, report.totals.unreadable) == (1, 1)


def test_thumbnails_of_the_samples_are_loaded() -> None:
    def load(samples: Iterable[Sample], /) -> Iterator[Thumbnail]:
        for sample in samples:
            yield Thumbnail(sample, b"\xff\xd8", "image/jpeg", 160, 120)

    report = create_report([MUNICH], SCOPE, load_thumbnails=load)
    assert [each.sample for each in report.thumbnails] == [*report.samples]
    assert create_report([MUNICH], SCOPE).thumbnails == ()
