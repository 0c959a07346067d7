"""Exports of an index as a file that other programs read."""

from collections.abc import Iterator

from imgmeta.bootstrap.stores import find_sorted
from imgmeta.core.exports import ExportFormat, csv_chunks, geojson_chunks
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.json_lines import json_chunks
from imgmeta.core.queries import Query
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository, OnUnreadable, RecordEncoder
from imgmeta.service.exporting import encode_records

__all__ = ["export_records", "open_encoder"]

_TEXT_FORMATS: dict[ExportFormat, RecordEncoder] = {
    ExportFormat.JSONL: json_chunks,
    ExportFormat.CSV: csv_chunks,
    ExportFormat.GEOJSON: geojson_chunks,
}


def export_records(
    repository: ImageRepository,
    query: Query,
    file_format: ExportFormat,
    *,
    gps_policy: GpsPolicy = GpsPolicy.KEEP,
    on_unreadable: OnUnreadable | None = None,
) -> Iterator[bytes]:
    """Return the bytes of a file with the records that a query finds, in pieces.

        with open_repository("photos.db") as repository, open("photos.csv", "wb") as file:
            file.writelines(export_records(repository, Query(), ExportFormat.CSV))

    The memory that is needed does not depend on the number of records.

    Args:
        repository: the index, open until the last piece was returned.
        query: the query.
        file_format: the format of the file.
        gps_policy: how much of each GPS position the file may have.
        on_unreadable: takes the error of each unreadable record that might match.

    Raises:
        ConfigurationError: the format is Parquet, and pyarrow is not installed.
        AdapterError: from the iterator: the index cannot be read.
        InvalidRecordError: from the iterator: a record is unreadable, and there is no
            `on_unreadable`.
    """
    encoder = open_encoder(file_format)
    records = find_sorted(repository, query, on_unreadable=on_unreadable)
    return encode_records(records, encoder, gps_policy=gps_policy)


def open_encoder(file_format: ExportFormat) -> RecordEncoder:
    """Return the encoder of a format.

    Raises:
        ConfigurationError: the format is Parquet, and pyarrow is not installed.
    """
    if file_format is not ExportFormat.PARQUET:
        return _TEXT_FORMATS[file_format]
    try:
        from imgmeta.adapters.parquet import parquet_chunks
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        msg = "Parquet files need pyarrow: pip install 'imgmeta[parquet]'"
        raise ConfigurationError(msg) from error
    return parquet_chunks
