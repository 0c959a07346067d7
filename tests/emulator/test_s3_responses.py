"""Tests of the S3 responses that imgmeta relies on, as in the API Reference.

If one fails after an upgrade of an emulator, the emulator is wrong, not imgmeta, and other tests on
that emulator are not conclusive.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code
from imgmeta.core.objects import FIRST_BLOCK

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.emulator

FIRST = f"bytes=0-{FIRST_BLOCK - 1}"
BIG = bytes(range(256)) * 1000
KEYS = [
    *("../up.jpg", "/lead.jpg", "A.jpg", "a b.jpg", "a%20b.jpg", "a&b<c>.jpg", "a+b.jpg"),
    *("a/./d.jpg", "a//c.jpg", "a/b.jpg", "e\u0301.jpg", "h#f.jpg", "q?x=1.jpg", "tail/"),
    # In the order of UTF-16, the last two would be swapped.
    *("~t.jpg", "\u00e9.jpg", "\uff5e.jpg", "\U0001f600.jpg"),
]


def error_of(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    status = caught.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status, error_code(caught.value)


def test_ranged_get_returns_all_metadata(s3: "S3Client", bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="a.jpg", Body=BIG, ContentType="image/x-model")

    got = s3.get_object(Bucket=bucket, Key="a.jpg", Range=FIRST)

    assert got["ContentRange"] == f"bytes 0-{FIRST_BLOCK - 1}/{len(BIG)}"
    assert got["Body"].read() == BIG[:FIRST_BLOCK]
    assert got["ETag"] == put["ETag"]
    assert got["VersionId"] == put["VersionId"]
    assert got["ContentType"] == "image/x-model"
    assert timedelta(0) <= datetime.now(UTC) - got["LastModified"] < timedelta(minutes=1)


def test_range_after_the_end_is_shortened(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"12345678")

    got = s3.get_object(Bucket=bucket, Key="a.jpg", Range=FIRST)

    assert (got["ContentRange"], got["Body"].read()) == ("bytes 0-7/8", b"12345678")


def test_range_of_empty_object_is_invalid(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"")

    assert error_of(lambda: s3.get_object(Bucket=bucket, Key="a.jpg", Range=FIRST)) == (
        416,
        "InvalidRange",
    )


def test_missing_and_deleted_objects_are_no_such_key(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="deleted.jpg", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="deleted.jpg")

    assert error_of(lambda: s3.get_object(Bucket=bucket, Key="never.jpg", Range=FIRST)) == (
        404,
        "NoSuchKey",
    )
    assert error_of(lambda: s3.get_object(Bucket=bucket, Key="deleted.jpg", Range=FIRST)) == (
        404,
        "NoSuchKey",
    )


def test_missing_bucket_is_not_a_missing_key(s3: "S3Client", bucket: str) -> None:
    s3.delete_bucket(Bucket=bucket)

    assert error_of(lambda: s3.get_object(Bucket=bucket, Key="a.jpg", Range=FIRST)) == (
        404,
        "NoSuchBucket",
    )


def test_archived_object_has_only_metadata(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"1", StorageClass="GLACIER")

    assert error_of(lambda: s3.get_object(Bucket=bucket, Key="a.jpg", Range=FIRST)) == (
        403,
        "InvalidObjectState",
    )
    assert s3.head_object(Bucket=bucket, Key="a.jpg")["ContentLength"] == 1


def test_if_match_returns_only_the_requested_state(s3: "S3Client", bucket: str) -> None:
    old = s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"old")["ETag"]
    new = s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"new")["ETag"]

    for etag in (new, new.strip('"')):
        got = s3.get_object(Bucket=bucket, Key="a.jpg", Range="bytes=1-2", IfMatch=etag)
        assert got["Body"].read() == b"ew"
    assert error_of(
        lambda: s3.get_object(Bucket=bucket, Key="a.jpg", Range="bytes=1-2", IfMatch=old)
    ) == (412, "PreconditionFailed")


def test_keys_are_used_literally(s3: "S3Client", bucket: str) -> None:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())

    for key in KEYS:
        got = s3.get_object(Bucket=bucket, Key=key, Range=FIRST)
        assert got["Body"].read() == key.encode()


def test_keys_are_listed_in_byte_order_after_any_key(s3: "S3Client", bucket: str) -> None:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    in_order = sorted(KEYS, key=str.encode)

    def listed(after: str) -> list[str]:
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, StartAfter=after, PaginationConfig={"PageSize": 4}
        )
        return [item.get("Key", "") for page in pages for item in page.get("Contents", [])]

    for after in ("", "a", "a b.jpg", "a b.jpg0", *in_order[-2:]):
        wanted = [key for key in in_order if key.encode() > after.encode()]
        assert listed(after) == wanted


def test_listing_and_get_have_the_same_etag(s3: "S3Client", bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a.jpg")["UploadId"]
    part = s3.upload_part(
        Bucket=bucket, Key="a.jpg", UploadId=upload, PartNumber=1, Body=b"1" * 1000
    )
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="a.jpg",
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
    )

    (listed,) = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    got = s3.get_object(Bucket=bucket, Key="a.jpg", Range=FIRST)

    assert got["ETag"].endswith('-1"')
    assert (listed.get("ETag"), listed.get("Size")) == (got["ETag"], 1000)
