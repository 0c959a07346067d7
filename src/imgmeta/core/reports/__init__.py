"""Reports: numbers and short lists of the images that a query finds."""

from imgmeta.core.reports.building import ReportBuilder, build_report
from imgmeta.core.reports.contact_sheet import Sample, Thumbnail
from imgmeta.core.reports.values import (
    Bar,
    Class,
    DuplicateImages,
    Listed,
    ListedImage,
    PlaceCount,
    PlaceGrid,
    Ranked,
    Ranking,
    Report,
    Scope,
    Timeline,
    TimeUnit,
    Totals,
)

__all__ = [
    "Bar",
    "Class",
    "DuplicateImages",
    "Listed",
    "ListedImage",
    "PlaceCount",
    "PlaceGrid",
    "Ranked",
    "Ranking",
    "Report",
    "ReportBuilder",
    "Sample",
    "Scope",
    "Thumbnail",
    "TimeUnit",
    "Timeline",
    "Totals",
    "build_report",
]
