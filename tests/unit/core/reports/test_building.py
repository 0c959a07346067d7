from collections.abc import Iterable
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.reports import (
    Class,
    ListedImage,
    PlaceCount,
    PlaceGrid,
    Ranked,
    Report,
    Sample,
    Scope,
    build_report,
)
from imgmeta.testing.strategies.record_examples import image_record, image_records

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SCOPE = Scope("photos.db", (), NOW)


def built(*each: ImageRecord) -> Report:
    return build_report(each, SCOPE)


def failed(key: str, error: str, uploaded: int | None = None) -> ImageRecord:
    return image_record(key, status=Status.FAILED, error=error, upload_timestamp=uploaded)


def test_totals_count_images_and_bytes() -> None:
    totals = built(
        image_record("a", file_size=7, complete=False, latitude=48.1, longitude=11.5),
        image_record("b", file_size=None, partial_metadata=True),
        image_record("c", content_error="access denied", latitude=48.1),
        failed("d", "not an image"),
    ).totals
    assert (totals.images, totals.file_size, totals.failed) == (4, 13, 1)
    assert (totals.cut_short, totals.partial_metadata, totals.content_errors) == (1, 1, 1)
    assert (totals.located, totals.deleted, totals.unreadable) == (1, 0, 0)


def test_photos_are_counted_by_local_time_and_uploads_by_utc() -> None:
    taken = datetime(2026, 6, 7, 23, 59)  # noqa: DTZ001 - local time
    report = built(image_record(taken_at=taken, upload_timestamp=1_780_876_800))
    assert (report.photos.first, report.uploads.first) == (date(2026, 6, 7), date(2026, 6, 8))


def test_upload_time_out_of_the_calendar_is_unknown() -> None:
    report = built(image_record(upload_timestamp=2**62))
    assert (report.uploads.bars, report.uploads.unknown) == ((), 1)


def test_cameras_lenses_and_formats_are_counted() -> None:
    report = built(
        image_record("a", camera_make="Canon", camera_model="Canon EOS R5", format="JPEG"),
        image_record("b", camera_make="Canon", lens_model="50mm", format="JPEG"),
    )
    assert [each.value for each in report.cameras.first] == ["Canon", "Canon EOS R5"]
    assert report.lenses.first == (Ranked("50mm", 1, 3),)
    assert report.lenses.unknown == 1
    assert report.formats.first == (Ranked("JPEG", 2, 6),)


def test_sizes_are_counted_by_class() -> None:
    report = built(
        image_record("a", display_width=4000, display_height=3000, file_size=3_000_000),
        image_record("b", file_size=2_999_999),
    )
    assert report.megapixels == (Class(8, 16, 1),)
    assert report.file_sizes == (Class(1e6, 3e6, 1), Class(3e6, 1e7, 1))


def test_failures_have_reasons_and_the_latest_is_first() -> None:
    report = built(failed("a", "cut short", 5), failed("b", "empty", 7), failed("c", "empty"))
    assert report.reasons.first == (Ranked("empty", 2, 0), Ranked("cut short", 1, 0))
    assert [each.location.key for each in report.failures.first] == ["b", "a", "c"]
    assert report.failures.first[0] == ListedImage(
        ObjectLocation("holiday", "b"), 3, datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), "empty"
    )


def test_failed_image_is_not_counted_among_formats() -> None:
    report = built(failed("a", "empty"))
    assert (report.formats.unknown, report.photos.unknown) == (0, 0)


def test_incomplete_images_are_listed() -> None:
    report = built(image_record("a", complete=False), image_record("b", complete=True))
    assert [each.location.key for each in report.incomplete.first] == ["a"]


def test_positions_are_counted_by_cell() -> None:
    here = {"latitude": 48.137, "longitude": 11.575}
    report = built(image_record("a", **here), image_record("b", **here))
    assert report.places == PlaceGrid((PlaceCount(48.15, 11.62, 2),), 10)


def test_deleted_image_is_counted_in_the_totals_only() -> None:
    report = built(image_record(status=Status.DELETED, format="JPEG"))
    assert (report.totals.images, report.totals.deleted) == (1, 1)
    assert (report.formats.first, report.file_sizes) == ((), ())


def test_samples_are_the_latest_local_images_with_a_thumbnail() -> None:
    def local(key: str, year: int | None, **changes: object) -> ImageRecord:
        taken = None if year is None else datetime(year, 1, 1)  # noqa: DTZ001 - local time
        return image_record(
            key, **{"bucket_name": "file://", "has_thumbnail": True, "taken_at": taken} | changes
        )

    report = built(
        local("old.jpg", 2001, camera_make="Canon", orientation=6),
        local("none.jpg", None),
        local("new.jpg", 2026),
        local("plain.jpg", 2026, has_thumbnail=None),
        local("remote.jpg", 2026, bucket_name="holiday"),
    )
    assert [each.location.key for each in report.samples] == ["new.jpg", "old.jpg", "none.jpg"]
    old = datetime(2001, 1, 1)  # noqa: DTZ001 - local time
    assert report.samples[1] == Sample(
        ObjectLocation("file://", "old.jpg"), old, "Canon", 6, 0, 0, "e1", 3
    )


@given(st.lists(image_records(), max_size=8, unique_by=lambda record: record.image_id))
def test_order_of_images_of_one_size_does_not_change_the_report(each: list[ImageRecord]) -> None:
    same_size = [record.model_copy(update={"file_size": 5}) for record in each]
    assert build_report(same_size, SCOPE) == build_report(reversed(same_size), SCOPE)


def test_records_are_read_once() -> None:
    def once() -> Iterable[ImageRecord]:
        yield image_record()

    assert build_report(once(), SCOPE).totals.images == 1
