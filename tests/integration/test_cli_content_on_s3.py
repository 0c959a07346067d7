"""`sync --content` and `verify --content` on a bucket with objects of every kind of upload."""

from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.aws import Clients
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli

PHOTO = (Path(__file__).parents[2] / "examples" / "photos" / "tower.jpg").read_bytes()
LARGE = PHOTO + bytes(6 * 1024 * 1024)
PART = 5 * 1024 * 1024


def put_in_parts(clients: Clients, bucket: str, key: str, content: bytes) -> None:
    target: dict[str, Any] = {"Bucket": bucket, "Key": key}
    target["UploadId"] = clients.s3.create_multipart_upload(**target)["UploadId"]
    parts: list[dict[str, object]] = []
    for number, start in enumerate(range(0, len(content), PART), 1):
        part = clients.s3.upload_part(
            **target, PartNumber=number, Body=content[start : start + PART]
        )
        parts.append({"ETag": part["ETag"], "PartNumber": number})
    clients.s3.complete_multipart_upload(**target, MultipartUpload=cast("Any", {"Parts": parts}))


def test_equal_content_has_one_hash_however_it_was_uploaded(
    aws_environment: None, moto_server: Emulator, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    del aws_environment
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    clients, bucket = clients_at(moto_server.url), f"holiday-{uuid4().hex}"
    clients.s3.create_bucket(Bucket=bucket)
    clients.s3.put_object(Bucket=bucket, Key="simple.jpg", Body=LARGE)
    encrypted: dict[str, Any] = {"Bucket": bucket, "Key": "kms.jpg", "Body": LARGE}
    clients.s3.put_object(**encrypted, ServerSideEncryption="aws:kms")
    put_in_parts(clients, bucket, "parts.jpg", LARGE)
    clients.s3.put_object(Bucket=bucket, Key="other.jpg", Body=PHOTO)

    assert cli("sync", f"s3://{bucket}", "--content").code == 0
    hashes = {each["ObjectKey"]: each["ContentHash"] for each in cli("list", "--json").json}
    other = hashes.pop("other.jpg")
    assert set(hashes) == {"simple.jpg", "kms.jpg", "parts.jpg"}
    assert len({*hashes.values(), other}) == 2
    assert (
        cli("sync", f"s3://{bucket}", "--content")
        .lines[-1]
        .startswith("0 processed, 0 failed, 4 unchanged; 0 bytes read")
    )

    # The ETag of parts differs from that of a simple upload, although the content is the same.
    put_in_parts(clients, bucket, "simple.jpg", LARGE)
    clients.s3.delete_object(Bucket=bucket, Key="other.jpg")
    assert cli("verify", f"s3://{bucket}").lines == [
        f"gone      s3://{bucket}/other.jpg",
        f"changed   s3://{bucket}/simple.jpg",
    ]
    verified = cli("verify", f"s3://{bucket}", "--content")
    assert (verified.code, verified.lines) == (1, [f"gone      s3://{bucket}/other.jpg"])
