"""Exports: the records of an index as a table in a file that other programs read."""

from imgmeta.core.exports.columns import COLUMNS, Column, ColumnType, ColumnValue, values_of
from imgmeta.core.exports.csv_text import csv_chunks, protect, unprotect
from imgmeta.core.exports.formats import ExportFormat, format_of
from imgmeta.core.exports.geojson import geojson_chunks
from imgmeta.core.exports.json_lines import json_chunks

__all__ = [
    "COLUMNS",
    "Column",
    "ColumnType",
    "ColumnValue",
    "ExportFormat",
    "csv_chunks",
    "format_of",
    "geojson_chunks",
    "json_chunks",
    "protect",
    "unprotect",
    "values_of",
]
