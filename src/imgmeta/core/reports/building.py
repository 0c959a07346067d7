"""Reports from records, in one pass and in memory that does not grow with their number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from imgmeta.core.cameras import camera_name
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.reports.contact_sheet import Sample
from imgmeta.core.reports.duplicates import DuplicateTally
from imgmeta.core.reports.places import PlaceTally
from imgmeta.core.reports.tallies import Distribution, FirstItems, ValueTally
from imgmeta.core.reports.timelines import TimeTally
from imgmeta.core.reports.values import ListedImage, Report, Scope, Totals
from imgmeta.core.status import Status
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.timestamps import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.records import ImageRecord

__all__ = ["ReportBuilder", "build_report"]

_MAX_VALUES = 12
_MAX_FORMATS = 20
_MAX_IMAGES = 50
_MAX_GROUPS = 20
_MAX_SAMPLES = 800

_MEGAPIXELS = (1, 2, 4, 8, 16, 32, 64)
_BYTES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000)

_MILLION = 1_000_000
_DAY = 86_400
"""Seconds."""


def build_report(records: Iterable[ImageRecord], scope: Scope) -> Report:
    """Return the report about records, which are ordered by size.

    Only the images of one size are in memory at once.
    """
    builder = ReportBuilder()
    for record in records:
        builder.add(record)
    return builder.report(scope)


class ReportBuilder:
    """Builds a report from records, which are added in the order of their sizes."""

    def __init__(self) -> None:
        self._totals = _TotalsTally()
        self._uploads = TimeTally()
        self._photos = TimeTally()
        self._cameras = ValueTally()
        self._lenses = ValueTally()
        self._formats = ValueTally()
        self._reasons = ValueTally()
        self._places = PlaceTally()
        self._megapixels = Distribution(_MEGAPIXELS)
        self._file_sizes = Distribution(_BYTES)
        self._failures = FirstItems[ListedImage](_MAX_IMAGES, _latest_first)
        self._incomplete = FirstItems[ListedImage](_MAX_IMAGES, _latest_first)
        self._duplicates = DuplicateTally(_MAX_GROUPS)
        self._samples = FirstItems[Sample](_MAX_SAMPLES, _latest_sample_first)

    def add(self, record: ImageRecord) -> None:
        """Take a record."""
        self._totals.add(record)
        self._uploads.add(_upload_day(record))
        if record.status is Status.DELETED:
            return
        size = record.file_size
        self._duplicates.add(ContentEntry.of(record))
        if size is not None:
            self._file_sizes.add(size)
        if record.status is Status.FAILED:
            self._reasons.add(record.error)
            self._failures.add(_listed(record, record.error))
        else:
            self._add_image(record, size or 0)

    def report(self, scope: Scope) -> Report:
        """Return the report; call it after all records were added."""
        groups, images, other_bytes, uncompared = self._duplicates.found()
        return Report(
            scope,
            self._totals.totals(),
            self._uploads.timeline(),
            self._photos.timeline(),
            self._cameras.ranking(_MAX_VALUES),
            self._lenses.ranking(_MAX_VALUES),
            self._formats.ranking(_MAX_FORMATS),
            self._megapixels.classes(),
            self._file_sizes.classes(),
            self._reasons.ranking(_MAX_VALUES),
            self._failures.listed(),
            self._incomplete.listed(),
            groups,
            images,
            other_bytes,
            uncompared,
            self._places.grid(),
            self._samples.listed().first,
        )

    def _add_image(self, record: ImageRecord, size: int) -> None:
        taken = record.taken_at
        camera = camera_name(record)
        self._photos.add(taken and taken.date())
        self._cameras.add(camera, size)
        self._lenses.add(record.lens_model, size)
        self._formats.add(record.format, size)
        width, height = record.display_width, record.display_height
        if width and height:
            self._megapixels.add(width * height / _MILLION)
        if record.latitude is not None and record.longitude is not None:
            self._places.add(record.latitude, record.longitude)
        if record.complete is False:
            self._incomplete.add(_listed(record, None))
        if record.has_thumbnail and record.bucket_name == LOCAL_BUCKET:
            self._samples.add(
                Sample(
                    record.location,
                    taken,
                    camera,
                    record.orientation,
                    width or 0,
                    height or 0,
                    record.etag,
                    record.file_size,
                )
            )


class _TotalsTally:
    def __init__(self) -> None:
        self._images = self._file_size = self._failed = self._deleted = 0
        self._cut_short = self._partial_metadata = self._content_errors = self._located = 0

    def add(self, record: ImageRecord) -> None:
        self._images += 1
        self._file_size += record.file_size or 0
        self._failed += record.status is Status.FAILED
        self._deleted += record.status is Status.DELETED
        self._cut_short += record.complete is False
        self._partial_metadata += bool(record.partial_metadata)
        self._content_errors += record.content_error is not None
        self._located += record.latitude is not None and record.longitude is not None

    def totals(self) -> Totals:
        return Totals(
            self._images,
            self._file_size,
            self._failed,
            self._deleted,
            self._cut_short,
            self._partial_metadata,
            self._content_errors,
            self._located,
        )


def _listed(record: ImageRecord, reason: str | None) -> ListedImage:
    return ListedImage(record.location, record.file_size, _uploaded_at(record), reason)


def _uploaded_at(record: ImageRecord) -> datetime | None:
    if record.upload_timestamp is None:
        return None
    try:
        return EPOCH + timedelta(seconds=record.upload_timestamp)
    except OverflowError:  # a file may have any modification time
        return None


def _upload_day(record: ImageRecord) -> date | None:
    return None if record.upload_timestamp is None else _day(record.upload_timestamp // _DAY)


@lru_cache(maxsize=4096)  # images of one day are often uploaded together
def _day(number: int) -> date | None:
    """Return a day, given its number since 1970; None if no date has it."""
    try:
        return EPOCH.date() + timedelta(days=number)
    except OverflowError:
        return None


def _latest_first(image: ListedImage) -> tuple[float, ObjectLocation]:
    uploaded = image.uploaded_at
    return (float("inf") if uploaded is None else -uploaded.timestamp(), image.location)


def _latest_sample_first(sample: Sample) -> tuple[float, ObjectLocation]:
    taken = sample.taken_at
    # The time has no zone; the difference of two such times is independent of the local zone.
    seconds = None if taken is None else (taken - EPOCH.replace(tzinfo=None)).total_seconds()
    return (float("inf") if seconds is None else -seconds, sample.location)
