"""Exports: the records of an index as a table in a file that other programs read."""

from imgmeta.core.exports.columns import COLUMNS, ColumnType, ColumnValue, values_of
from imgmeta.core.exports.csv_text import csv_chunks, protect, unprotect
from imgmeta.core.exports.formats import ExportFormat, format_of
from imgmeta.core.exports.geojson import geojson_chunks

__all__ = [
    "COLUMNS",
    "ColumnType",
    "ColumnValue",
    "ExportFormat",
    "csv_chunks",
    "format_of",
    "geojson_chunks",
    "protect",
    "unprotect",
    "values_of",
]
