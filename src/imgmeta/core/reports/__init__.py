"""Reports: numbers and short lists of the images that a query finds."""

from imgmeta.core.reports.building import build_report
from imgmeta.core.reports.contact_sheet import Sample, Thumbnail
from imgmeta.core.reports.places import PlaceCount, PlaceGrid
from imgmeta.core.reports.timelines import Bar, Timeline, TimeUnit
from imgmeta.core.reports.values import (
    Class,
    DuplicateImages,
    Listed,
    ListedImage,
    Ranked,
    Ranking,
    Report,
    Scope,
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
    "Sample",
    "Scope",
    "Thumbnail",
    "TimeUnit",
    "Timeline",
    "Totals",
    "build_report",
]
