"""Reports about the images in an index."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from imgmeta.core.attributes import Number
from imgmeta.core.gps import GpsPolicy, restrict
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.core.reports import Report, Sample, Scope, Thumbnail, build_report

__all__ = ["ThumbnailLoader", "create_report", "report_query"]

ThumbnailLoader: TypeAlias = Callable[[Iterable[Sample]], Iterator[Thumbnail]]
"""Yields the thumbnails of samples in their order; skips those that cannot be read."""


def report_query(query: Query) -> Query:
    """Return the query that finds the records for a report, in the order that it needs."""
    return replace(query, sort=Number.SIZE, descending=True, limit=None, after=None)


def create_report(
    records: Iterable[ImageRecord],
    scope: Scope,
    *,
    gps_policy: GpsPolicy = GpsPolicy.KEEP,
    unreadable: Callable[[], int] = lambda: 0,
    load_thumbnails: ThumbnailLoader | None = None,
) -> Report:
    """Return the report about the records that the query of `report_query` finds.

    Args:
        records: the records, which are read once.
        scope: the subject of the report.
        gps_policy: how much of each GPS position the report may have. Records may have been stored
            with a laxer policy.
        unreadable: returns the number of unreadable records, after all were read.
        load_thumbnails: reads the thumbnails for the contact sheet; None: without it.
    """
    report = build_report((restrict(record, gps_policy) for record in records), scope)
    report = replace(report, totals=replace(report.totals, unreadable=unreadable()))
    if load_thumbnails is None:
        return report
    return replace(report, thumbnails=tuple(load_thumbnails(report.samples)))
