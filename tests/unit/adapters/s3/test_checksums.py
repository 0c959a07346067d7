"""Content hashes from S3: which ETags and checksums are hashes of the whole content."""

import base64
import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import pytest

from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.objects import ObjectLocation, PresentObject, StoredHashSource
from imgmeta.errors import ObjectChangedError
from support.aws.moto import respond_with_error, s3_in_memory

pytest.importorskip("moto", reason="needs the extra aws, and moto")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from imgmeta.adapters.s3 import S3Content

PHOTO = ObjectLocation("holiday", "2026/beach.jpg")
CONTENT = b"abc"
MD5 = ContentHash(HashKind.MD5, hashlib.md5(CONTENT, usedforsecurity=False).hexdigest())
SHA1, SHA256 = (hashlib.new(name, CONTENT).digest() for name in ("sha1", "sha256"))
PART = bytes(5 * 1024 * 1024)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    with ExitStack() as cleanup:
        client = cleanup.enter_context(s3_in_memory(monkeypatch))
        client.create_bucket(Bucket="holiday")
        yield client


def observe(client: "S3Client") -> PresentObject:
    from imgmeta.adapters.s3 import S3ObjectStore  # noqa: PLC0415 - needs the extra aws

    observed = S3ObjectStore(client).observe(PHOTO)
    assert isinstance(observed, PresentObject)
    return observed


def content_of(client: "S3Client") -> "S3Content":
    from imgmeta.adapters.s3 import S3Content  # noqa: PLC0415 - as above

    content = observe(client).content
    assert isinstance(content, S3Content)
    return content


def stored_hash(client: "S3Client") -> ContentHash | None:
    return content_of(client).stored_hash()


def put(client: "S3Client", **stored: Any) -> None:  # noqa: ANN401 - parameters of PutObject
    client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key, Body=CONTENT, **stored)


def put_in_parts(client: "S3Client", count: int) -> None:
    upload = client.create_multipart_upload(
        Bucket=PHOTO.bucket, Key=PHOTO.key, ChecksumAlgorithm="SHA256"
    )
    target: dict[str, Any] = {
        "Bucket": PHOTO.bucket,
        "Key": PHOTO.key,
        "UploadId": upload["UploadId"],
    }
    parts = [
        {
            "ETag": client.upload_part(
                **target, Body=PART, PartNumber=number, ChecksumAlgorithm="SHA256"
            )["ETag"],
            "PartNumber": number,
        }
        for number in range(1, count + 1)
    ]
    client.complete_multipart_upload(**target, MultipartUpload=cast("Any", {"Parts": parts}))


def respond_to_head(client: "S3Client", **fields: object) -> None:
    """Add fields to each response to HeadObject."""

    def change(parsed: dict[str, Any], **_: object) -> None:
        parsed.update(fields)

    client.meta.events.register("after-call.s3.HeadObject", change)


class TestETags:
    @pytest.mark.parametrize("stored", [{}, {"ServerSideEncryption": "AES256"}])
    def test_etag_of_a_simple_upload_is_the_hash(
        self, client: "S3Client", stored: dict[str, str]
    ) -> None:
        put(client, **stored)
        assert observe(client).content_hash == MD5

    @pytest.mark.parametrize("encryption", ["aws:kms", "aws:kms:dsse"])
    def test_etag_of_an_object_encrypted_by_kms_is_no_hash(
        self, client: "S3Client", encryption: str
    ) -> None:
        put(client, ServerSideEncryption=encryption)
        assert observe(client).content_hash is None

    @pytest.mark.parametrize("count", [1, 2])
    def test_etag_of_an_upload_in_parts_is_no_hash(self, client: "S3Client", count: int) -> None:
        put_in_parts(client, count)
        assert observe(client).content_hash is None

    def test_etag_with_a_customer_provided_key_is_no_hash(self, client: "S3Client") -> None:
        put(client)

        def change(parsed: dict[str, Any], **_: object) -> None:
            parsed["SSECustomerAlgorithm"] = "AES256"

        client.meta.events.register("after-call.s3.GetObject", change)
        assert observe(client).content_hash is None

    def test_etag_of_another_server_is_no_hash(
        self, client: "S3Client", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(client)
        monkeypatch.setattr(client.meta, "_endpoint_url", "https://s3.example.net")
        assert observe(client).content_hash is None

    def test_hash_of_an_archived_object_is_known(self, client: "S3Client") -> None:
        put(client, StorageClass="GLACIER")
        observed = observe(client)
        assert (observed.readable, observed.content_hash) == (False, MD5)


class TestChecksums:
    def test_content_of_an_object_offers_the_checksum(self, client: "S3Client") -> None:
        put(client)
        assert isinstance(observe(client).content, StoredHashSource)

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"ChecksumSHA256": SHA256}, ContentHash(HashKind.SHA256, SHA256.hex())),
            ({"ChecksumSHA1": SHA1}, ContentHash(HashKind.SHA1, SHA1.hex())),
            (
                {"ChecksumSHA1": SHA1, "ChecksumSHA256": SHA256},
                ContentHash(HashKind.SHA256, SHA256.hex()),
            ),
            ({}, None),
            ({"ChecksumSHA256": SHA1}, None),
        ],
    )
    def test_checksum_of_the_full_object_is_the_hash(
        self, client: "S3Client", fields: dict[str, bytes], expected: ContentHash | None
    ) -> None:
        put(client)
        texts = {name: base64.b64encode(value).decode() for name, value in fields.items()}
        respond_to_head(client, ChecksumType="FULL_OBJECT", **texts)
        assert stored_hash(client) == expected

    @pytest.mark.parametrize("value", ["", "-", "zzz", "é", base64.b64encode(SHA256).decode()[1:]])
    def test_invalid_checksum_is_no_hash(self, client: "S3Client", value: str) -> None:
        put(client)
        respond_to_head(client, ChecksumType="FULL_OBJECT", ChecksumSHA256=value)
        assert stored_hash(client) is None

    @pytest.mark.parametrize("kind", [{"ChecksumType": "COMPOSITE"}, {}])
    def test_checksum_of_checksums_is_no_hash(
        self, client: "S3Client", kind: dict[str, str]
    ) -> None:
        put(client)
        respond_to_head(client, ChecksumSHA256=base64.b64encode(SHA256).decode(), **kind)
        assert stored_hash(client) is None

    def test_checksum_of_an_upload_in_parts_is_no_hash(self, client: "S3Client") -> None:
        put_in_parts(client, 2)
        assert stored_hash(client) is None

    def test_refused_request_is_no_hash(self, client: "S3Client") -> None:
        put(client)
        content = content_of(client)
        respond_with_error(client, "s3.HeadObject", "403", 403)
        assert content.stored_hash() is None

    def test_replaced_object_has_no_checksum_of_the_observed_one(self, client: "S3Client") -> None:
        put(client)
        content = content_of(client)
        client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key, Body=b"other")
        with pytest.raises(ObjectChangedError):
            content.stored_hash()
