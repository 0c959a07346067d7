"""Manifests of Amazon S3 Inventory reports.

Source: Amazon S3 User Guide, "Inventory manifest".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from imgmeta.core.event_values import MAX_S3_KEY, list_at, value_at
from imgmeta.core.inventory_rows import MAX_OBJECT, Column, shown
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.timestamps import EPOCH
from imgmeta.errors import ConfigurationError

__all__ = [
    "MAX_MANIFEST",
    "InventoryFile",
    "InventoryFormat",
    "InventoryManifest",
    "check_columns",
    "check_source",
    "parse_manifest",
]

MAX_MANIFEST = 16 * 1024 * 1024
"""Size limit of a manifest in bytes: the names of some 80,000 files of up to two gigabytes each."""

_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::", re.ASCII)
_MD5 = re.compile("[0-9a-f]{32}", re.ASCII)
_PARQUET_COLUMN = re.compile(
    r"\b(?:required|optional)\s+[A-Za-z0-9_]+\s+([A-Za-z0-9_]{1,64})\b", re.ASCII
)
"""A column in the `fileSchema` of a Parquet inventory, such as `optional int64 size;`."""

_CSV_NAMES = {
    Column.BUCKET: "Bucket",
    Column.KEY: "Key",
    Column.VERSION_ID: "VersionId",
    Column.IS_LATEST: "IsLatest",
    Column.IS_DELETE_MARKER: "IsDeleteMarker",
    Column.SIZE: "Size",
    Column.LAST_MODIFIED: "LastModifiedDate",
    Column.ETAG: "ETag",
    Column.STORAGE_CLASS: "StorageClass",
}
"""Names in CSV schemas, which are also those of the optional fields of the configuration: Amazon S3
API Reference, InventoryConfiguration."""

_COLUMNS = {name: column for column, name in _CSV_NAMES.items()}

_REQUIRED = (Column.BUCKET, Column.KEY, Column.SIZE, Column.ETAG, Column.STORAGE_CLASS)
"""Without one of the last three, an object could be taken for unchanged although it changed."""

_OF_VERSIONS = (Column.IS_LATEST, Column.IS_DELETE_MARKER)
"""Columns that only an inventory of all versions has."""


class InventoryFormat(StrEnum):
    """Formats of the inventory files that imgmeta reads, by their names in the manifest."""

    CSV = "CSV"
    PARQUET = "Parquet"


class InventoryFile(NamedTuple):
    """A file of an inventory, in its destination bucket.

    Attributes:
        location: the file's location.
        size: the size in bytes.
        md5: the MD5 digest of the file, as 32 lowercase hexadecimal digits.
    """

    location: ObjectLocation
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class InventoryManifest:
    """The `manifest.json` of an inventory.

    Attributes:
        source_bucket: the bucket whose objects are listed.
        format: the format of the files.
        columns: the columns of the files, in order; None for those that imgmeta does not read.
        files: the files.
        created: the start of the scan of the bucket, in UTC; None if the manifest lacks it.
    """

    source_bucket: str
    format: InventoryFormat
    columns: tuple[Column | None, ...]
    files: tuple[InventoryFile, ...]
    created: datetime | None


def parse_manifest(body: bytes, location: ObjectLocation) -> InventoryManifest:
    """Return the manifest of an inventory.

    Args:
        body: the content of `manifest.json`.
        location: its location. Its files must be in the same bucket, so that a manifest cannot
            make imgmeta read another one.

    Raises:
        ConfigurationError: it is not such a manifest, its format or destination bucket is not
            supported, or the inventory lacks a column that the comparison needs.
    """
    context = f"cannot use the inventory {shown(str(location))}"
    try:
        document = json.loads(body)
        source, destination, file_format, schema = (
            _text(document, name)
            for name in ("sourceBucket", "destinationBucket", "fileFormat", "fileSchema")
        )
        _check_format(file_format, context)
        files = _files(document, location.bucket)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _ManifestError) else "it is not valid JSON"
        msg = f"{context}: {reason}: pass the manifest.json of an S3 Inventory report"
        raise ConfigurationError(msg) from error
    if _BUCKET_ARN.sub("", destination, count=1) != location.bucket:
        msg = (
            f"{context}: its files are in the bucket {shown(destination)}: pass the manifest in "
            "that bucket"
        )
        raise ConfigurationError(msg)
    parsed_format = InventoryFormat(file_format)
    columns = _columns(parsed_format, schema)
    check_columns(columns, context)
    return InventoryManifest(source, parsed_format, columns, files, _created(document))


def check_columns(columns: Sequence[Column | None], context: str) -> None:
    """Check that an inventory has the columns that the comparison with the index needs.

    Args:
        columns: the columns.
        context: what failed, if an error is raised.

    Raises:
        ConfigurationError: a column is missing.
    """
    has_versions = any(each in columns for each in (Column.VERSION_ID, *_OF_VERSIONS))
    required = (*_REQUIRED, *(_OF_VERSIONS if has_versions else ()))
    missing = [_CSV_NAMES[each] for each in required if each not in columns]
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        msg = (
            f"{context}: it lacks the {noun} {', '.join(missing)}: add them to the optional fields "
            "of the inventory configuration"
        )
        raise ConfigurationError(msg)


def check_source(manifest: InventoryManifest, bucket: str) -> None:
    """Check that an inventory lists the objects of a bucket.

    Raises:
        ConfigurationError: it lists those of another bucket.
    """
    if manifest.source_bucket != bucket:
        msg = (
            f"the inventory is of the bucket {shown(manifest.source_bucket)}, not of "
            f"{shown(bucket)}: pass an inventory of that bucket"
        )
        raise ConfigurationError(msg)


def _check_format(file_format: str, context: str) -> None:
    if file_format not in set(InventoryFormat):
        msg = f"{context}: the format {shown(file_format)} is not supported: use CSV or Parquet"
        raise ConfigurationError(msg)


class _ManifestError(ValueError):
    """A manifest without a required value; the message is safe to print."""


def _text(document: object, name: str) -> str:
    value = value_at(document, name)
    if not isinstance(value, str):
        msg = f"it has no {name}"
        raise _ManifestError(msg)
    return value


def _files(document: Mapping[str, object], bucket: str) -> tuple[InventoryFile, ...]:
    files = list_at(document, "files")
    if files is None:
        msg = "it has no files"
        raise _ManifestError(msg)
    return tuple(_file(each, bucket) for each in files)


def _file(described: object, bucket: str) -> InventoryFile:
    key, md5 = _text(described, "key"), _text(described, "MD5checksum").lower()
    size = value_at(described, "size")
    # A boolean is an integer, too.
    if type(size) is not int or not 0 <= size <= MAX_OBJECT:
        msg = f"the size of the file '{shown(key)}' is invalid"
        raise _ManifestError(msg)
    if not key or len(key.encode("utf-8", "surrogatepass")) > MAX_S3_KEY:
        msg = f"'{shown(key)}' cannot be the key of a file"
        raise _ManifestError(msg)
    if not _MD5.fullmatch(md5):
        msg = f"the MD5checksum of the file '{shown(key)}' is invalid"
        raise _ManifestError(msg)
    return InventoryFile(ObjectLocation(bucket, key), size, md5)


def _columns(file_format: InventoryFormat, schema: str) -> tuple[Column | None, ...]:
    if file_format is InventoryFormat.CSV:
        return tuple(_COLUMNS.get(name.strip()) for name in schema.split(","))
    known = set(Column)
    return tuple(
        Column(name) if name in known else None for name in _PARQUET_COLUMN.findall(schema)
    )


def _created(document: Mapping[str, object]) -> datetime | None:
    """Return the time of a manifest, in milliseconds since 1970 as text or as a number."""
    try:
        return EPOCH + timedelta(milliseconds=int(str(document.get("creationTimestamp"))))
    except (ValueError, OverflowError):
        return None
