"""The formats of exports, and the suffixes of their files."""

from enum import StrEnum

__all__ = ["ExportFormat", "format_of"]


class ExportFormat(StrEnum):
    """The format of an export."""

    JSONL = "jsonl"
    """JSON Lines: the records as `imgmeta list --json` prints them."""
    CSV = "csv"
    """RFC 4180, in UTF-8, with a header."""
    PARQUET = "parquet"
    """Apache Parquet."""
    GEOJSON = "geojson"
    """A `FeatureCollection` of RFC 7946."""


_SUFFIXES = {
    ".jsonl": ExportFormat.JSONL,
    ".ndjson": ExportFormat.JSONL,
    ".csv": ExportFormat.CSV,
    ".parquet": ExportFormat.PARQUET,
    ".geojson": ExportFormat.GEOJSON,
}


def format_of(file_name: str) -> ExportFormat | None:
    """Return the format that the suffix of a file name has, in any case; None if it is unknown."""
    _, dot, suffix = file_name.rpartition(".")
    return _SUFFIXES.get(dot + suffix.lower())
