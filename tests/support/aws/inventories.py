"""S3 Inventory reports as S3 writes them: a manifest and its CSV or Parquet files."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote_plus

import pytest

from imgmeta.adapters.inventory import list_inventory
from imgmeta.core.inventory import InventoryFile, InventoryManifest, parse_manifest
from imgmeta.core.objects import Listing, ObjectLocation

__all__ = [
    "CSV_COLUMNS",
    "FORMATS",
    "Report",
    "Version",
    "csv_file",
    "needs_pyarrow",
    "parquet_file",
    "report",
]

needs_pyarrow = pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs the extra inventory")

CSV_COLUMNS = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate"),
    *("ETag", "StorageClass", "IsMultipartUploaded"),
)
_PARQUET_NAMES = {
    "Bucket": ("required binary", "bucket"),
    "Key": ("required binary", "key"),
    "VersionId": ("optional binary", "version_id"),
    "IsLatest": ("optional boolean", "is_latest"),
    "IsDeleteMarker": ("optional boolean", "is_delete_marker"),
    "Size": ("optional int64", "size"),
    "LastModifiedDate": ("optional int64", "last_modified_date"),
    "ETag": ("optional binary", "e_tag"),
    "StorageClass": ("optional binary", "storage_class"),
    "IsMultipartUploaded": ("optional boolean", "is_multipart_uploaded"),
}
UPLOADED = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
LOCATION = ObjectLocation("reports", "inv/holiday/daily/2026-11-29T01-00Z/manifest.json")


@dataclass(frozen=True)
class Version:
    """A version of an object, or a delete marker."""

    key: str
    size: int | None = 3
    etag: str | None = "e1"
    modified: datetime | None = UPLOADED
    storage_class: str | None = "STANDARD"
    is_latest: bool | None = True
    is_delete_marker: bool | None = False
    bucket: str = "holiday"

    def values(self) -> dict[str, Any]:
        """Return the values by column."""
        return {
            "Bucket": self.bucket,
            "Key": self.key,
            "VersionId": "v1",
            "IsLatest": self.is_latest,
            "IsDeleteMarker": self.is_delete_marker,
            "Size": self.size,
            "LastModifiedDate": self.modified,
            "ETag": self.etag,
            "StorageClass": self.storage_class,
            "IsMultipartUploaded": False,
        }


def csv_file(versions: Iterable[Version], columns: Sequence[str] = CSV_COLUMNS) -> bytes:
    """Return a CSV file as S3 writes it: all fields are quoted, and keys URL-encoded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for version in versions:
        values = version.values()
        values["Key"] = quote_plus(version.key, safe="/")
        writer.writerow(_csv_text(values[name]) for name in columns)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def _csv_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    return str(value)


def parquet_file(
    versions: Iterable[Version],
    columns: Sequence[str] = CSV_COLUMNS,
    types: Mapping[str, Any] | None = None,
) -> bytes:
    """Return a Parquet file, compressed with Snappy as those of S3."""
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - optional
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415 - optional

    arrow_types = {
        "IsLatest": pa.bool_(),
        "IsDeleteMarker": pa.bool_(),
        "IsMultipartUploaded": pa.bool_(),
        "Size": pa.int64(),
        "LastModifiedDate": pa.timestamp("ms"),
        **(types or {}),
    }
    rows = [version.values() for version in versions]
    arrays = {}
    for name in columns:
        values = [
            each[name].replace(tzinfo=None) if isinstance(each[name], datetime) else each[name]
            for each in rows
        ]
        arrays[_PARQUET_NAMES[name][1]] = pa.array(values, arrow_types.get(name, pa.string()))
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer, compression="snappy", row_group_size=1_000)
    return buffer.getvalue()


FORMATS = [
    pytest.param("CSV", csv_file, id="CSV"),
    pytest.param("Parquet", parquet_file, id="Parquet", marks=needs_pyarrow),
]
"""The parameters `file_format` and `write` of a test: a format, and the function that writes it."""


@dataclass(frozen=True)
class Report:
    """A report: the manifest's document and the content of the files by key."""

    document: dict[str, Any]
    contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def manifest(self) -> InventoryManifest:
        """The parsed manifest."""
        return parse_manifest(json.dumps(self.document).encode(), LOCATION)

    def open(self, file: InventoryFile) -> Iterable[bytes]:
        """Return the content of a file in pieces of 1,000 bytes."""
        content = self.contents[file.location.key]
        return (content[start : start + 1_000] for start in range(0, len(content), 1_000))

    def list(self, **options: Any) -> list[Listing]:  # noqa: ANN401 - passed on
        """Return the listing of the report."""
        return list(list_inventory(self.manifest, self.open, **options))

    def with_document(self, **changes: object) -> "Report":
        """Return the report with other values in its manifest."""
        return replace(self, document=self.document | changes)


def report(*files: bytes, file_format: str = "CSV", columns: Sequence[str] = CSV_COLUMNS) -> Report:
    """Return the report of the bucket `holiday` with these files."""
    schema = ", ".join(columns)
    if file_format == "Parquet":
        fields = " ".join(f"{kind} {name};" for kind, name in map(_PARQUET_NAMES.get, columns))  # type: ignore[misc]  # all have a name
        schema = f"message s3.inventory {{ {fields} }}"
    suffix = "parquet" if file_format == "Parquet" else "csv.gz"
    contents = {
        f"inv/holiday/daily/data/{number}.{suffix}": content for number, content in enumerate(files)
    }
    return Report(
        {
            "sourceBucket": "holiday",
            "destinationBucket": "arn:aws:s3:::reports",
            "version": "2016-11-30",
            "creationTimestamp": "1795914000000",
            "fileFormat": file_format,
            "fileSchema": schema,
            "files": [
                {"key": key, "size": len(content), "MD5checksum": hashlib.md5(content).hexdigest()}  # noqa: S324 - the format has MD5
                for key, content in contents.items()
            ],
        },
        contents,
    )
