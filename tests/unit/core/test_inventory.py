"""Tests of the manifests of S3 Inventory reports."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from imgmeta import ConfigurationError, ObjectLocation
from imgmeta.core.inventory import (
    InventoryFile,
    InventoryFormat,
    check_columns,
    check_source,
    parse_manifest,
)
from imgmeta.core.inventory_rows import Column
from support.aws.inventories import LOCATION, Report, csv_file, report

REPORT = report(csv_file([]))
FILE = REPORT.document["files"][0]


def refusal(body: bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_manifest(body, LOCATION)
    return str(caught.value)


def refusal_of(**changes: object) -> str:
    return refusal(json.dumps(REPORT.document | changes).encode())


def test_manifest_is_read() -> None:
    manifest = REPORT.manifest
    assert manifest.source_bucket == "holiday"
    assert manifest.format is InventoryFormat.CSV
    assert manifest.columns[:3] == (Column.BUCKET, Column.KEY, Column.VERSION_ID)
    assert manifest.columns[-1] is None
    assert manifest.created == datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
    location = ObjectLocation("reports", FILE["key"])
    assert manifest.files == (InventoryFile(location, FILE["size"], FILE["MD5checksum"]),)


def test_schema_of_parquet_files_is_read() -> None:
    columns = report(file_format="Parquet").manifest.columns
    assert columns == (*Column, None)


@pytest.mark.parametrize("arn", ["reports", "arn:aws:s3:::reports", "arn:aws-us-gov:s3:::reports"])
def test_destination_bucket_may_be_an_arn_of_any_partition(arn: str) -> None:
    assert REPORT.with_document(destinationBucket=arn).manifest.files


@pytest.mark.parametrize("time", [None, "", "yesterday", "9" * 40, [], {}])
def test_manifest_without_a_valid_time_has_none(time: object) -> None:
    assert REPORT.with_document(creationTimestamp=time).manifest.created is None


@pytest.mark.parametrize("name", ["ORC", "Iceberg", "csv"])
def test_unsupported_format_is_refused_by_name(name: str) -> None:
    assert refusal_of(fileFormat=name) == (
        f"cannot use the inventory s3://reports/{LOCATION.key}: the format {name} is not "
        "supported: use CSV or Parquet"
    )


def test_unsupported_format_is_refused_before_its_files_are_checked() -> None:
    for files in (None, [], [{"key": "a.orc", "size": 1, "MD5checksum": "0"}]):
        assert "the format ORC is not supported" in refusal_of(fileFormat="ORC", files=files)


def test_files_in_another_bucket_are_refused() -> None:
    assert "its files are in the bucket arn:aws:s3:::other: pass the manifest in that bucket" in (
        refusal_of(destinationBucket="arn:aws:s3:::other")
    )


@pytest.mark.parametrize("missing", ["Bucket", "Key", "Size", "ETag", "StorageClass"])
@pytest.mark.parametrize("file_format", ["CSV", "Parquet"])
def test_missing_column_is_named(file_format: str, missing: str) -> None:
    columns = [
        each for each in ("Bucket", "Key", "Size", "ETag", "StorageClass") if each != missing
    ]
    with pytest.raises(ConfigurationError) as caught:
        _ = report(file_format=file_format, columns=columns).manifest
    assert f"it lacks the column {missing}: add " in str(caught.value)
    assert str(caught.value).endswith("to the optional fields of the inventory configuration")


def test_several_missing_columns_are_named() -> None:
    assert "it lacks the columns Size, ETag, StorageClass: add" in (
        refusal_of(fileSchema="Bucket, Key")
    )


def test_inventory_of_all_versions_needs_the_columns_of_versions() -> None:
    schema = "Bucket, Key, VersionId, Size, ETag, StorageClass"
    assert "it lacks the columns IsLatest, IsDeleteMarker" in refusal_of(fileSchema=schema)


def test_inventory_of_current_versions_needs_no_columns_of_versions() -> None:
    check_columns([Column.BUCKET, Column.KEY, Column.SIZE, Column.ETAG, Column.STORAGE_CLASS], "no")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"size":' + b"9" * 5_000 + b"}"),
        *(b"null", b"[]", b"1", b'"text"', b"{}"),
    ],
)
def test_other_document_is_refused(body: bytes) -> None:
    assert refusal(body).endswith(": pass the manifest.json of an S3 Inventory report")


@pytest.mark.parametrize(
    "name", ["sourceBucket", "destinationBucket", "fileFormat", "fileSchema", "files"]
)
@pytest.mark.parametrize("value", [None, 1, {"a": 1}])
def test_manifest_without_a_value_is_refused(name: str, value: object) -> None:
    assert f"it has no {name}: pass the manifest.json" in refusal_of(**{name: value})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": None}, "it has no key"),
        ({"key": ""}, "'' cannot be the key of a file"),
        ({"key": "k" * 1025}, "cannot be the key of a file"),
        ({"key": "\ud800" * 400}, "cannot be the key of a file"),
        ({"MD5checksum": "xyz"}, "the MD5checksum of the file"),
        ({"MD5checksum": 7}, "it has no MD5checksum"),
        ({"size": -1}, "the size of the file"),
        ({"size": True}, "the size of the file"),
        ({"size": 10**30}, "the size of the file"),
        ({"size": "1"}, "the size of the file"),
    ],
)
def test_invalid_file_is_refused(change: dict[str, Any], reason: str) -> None:
    assert reason in refusal_of(files=[FILE | change])


@pytest.mark.parametrize("file", [None, 1, "a.csv.gz", []])
def test_file_that_is_not_an_object_is_refused(file: object) -> None:
    assert "it has no key" in refusal_of(files=[file])


def test_text_of_a_manifest_is_escaped() -> None:
    assert "the format \\x1b[31mORC is" in refusal_of(fileFormat="\x1b[31mORC")


def test_inventory_of_another_bucket_is_refused() -> None:
    manifest = Report(REPORT.document).manifest
    check_source(manifest, "holiday")
    with pytest.raises(ConfigurationError) as caught:
        check_source(manifest, "other")
    assert str(caught.value) == (
        "the inventory is of the bucket holiday, not of other: pass an inventory of that bucket"
    )
