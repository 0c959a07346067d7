"""Responses that are not from S3 leave the index of a bucket as it is, and are one clear error."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.aws import clients
from integration.faulty_s3_server import ErrorResponse, FaultyS3Server, faulty_s3_server
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli

HTML = (("Content-Type", "text/html"),)


def listing(*keys: str, truncated: bool = False, element: str = "ListBucketResult") -> bytes:
    contents = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-25T07:00:00.000Z</LastModified>"
        "<ETag>&quot;e&quot;</ETag><Size>24</Size></Contents>"
        for key in keys
    )
    is_truncated = str(truncated).lower()
    return f"<{element}><IsTruncated>{is_truncated}</IsTruncated>{contents}</{element}>".encode()


FOREIGN = {
    "web page": ErrorResponse(200, "", headers=HTML, raw=b"<!DOCTYPE html><p>Sign in<br>"),
    "web page in XML": ErrorResponse(200, "", headers=HTML, raw=b"<html><p>Sign in</p></html>"),
    "nothing": ErrorResponse(200, "", raw=b""),
    "JSON": ErrorResponse(200, "", raw=b'{"status": "ok"}'),
    "list of buckets": ErrorResponse(
        200, "", raw=b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
    ),
    "list of versions": ErrorResponse(200, "", raw=listing(element="ListVersionsResult")),
    "listing without a valid end": ErrorResponse(
        200, "", raw=listing("a.jpg").replace(b">false<", b">True<")
    ),
    "truncated listing": ErrorResponse(200, "", raw=listing("a.jpg", truncated=True)),
    "web page with status 404": ErrorResponse(404, "", headers=HTML, raw=b"<html></html>"),
    "web page with status 403": ErrorResponse(403, "", headers=HTML, raw=b"<!DOCTYPE html><br>"),
    "web page with status 503": ErrorResponse(503, "", headers=HTML, raw=b"<!DOCTYPE html><br>"),
}


@pytest.fixture
def server() -> Iterator[FaultyS3Server]:
    with faulty_s3_server() as server:
        yield server


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the index of a bucket with this name; the first test creates both."""
    return tmp_path_factory.mktemp("index") / f"photos-{uuid4().hex}"


@pytest.fixture
def bucket(
    cli: Cli,
    aws_environment: None,
    moto_server: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    index: Path,
) -> str:
    """Return a bucket with two objects, which is indexed in the working directory."""
    del aws_environment
    monkeypatch.setattr(clients, "_ATTEMPTS", 1)
    name = index.name
    if index.exists():
        shutil.copy(index, "imgmeta.db")
        return name
    s3 = clients_at(moto_server.url).s3
    s3.create_bucket(Bucket=name)
    for key in ("a.jpg", "b.jpg"):
        s3.put_object(Bucket=name, Key=key, Body=b"no image")
    cli("sync", f"s3://{name}", "--endpoint-url", moto_server.url)
    shutil.copy("imgmeta.db", index)
    return name


@pytest.mark.parametrize("response", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("command", ["sync", "verify", "reprocess"])
def test_foreign_response_is_one_error_and_changes_nothing(
    cli: Cli, bucket: str, server: FaultyS3Server, response: ErrorResponse, command: str
) -> None:
    before = cli("list", "--json").out
    server.response = response
    target = f"s3://{bucket}/a.jpg" if command == "reprocess" else f"s3://{bucket}"
    result = cli(command, target, "--endpoint-url", server.url)
    errors = [line for line in result.err.splitlines() if line.startswith("imgmeta: ")]
    assert result.code in {1, 2}
    assert len(errors) == (command != "reprocess" or not result.out)
    assert "check the endpoint" in result.err + result.out
    assert cli("list", "--json").out == before
    assert before.count('"Status":"failed"') == 2


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_listing_in_another_order_is_an_error_and_not_drift(
    cli: Cli, bucket: str, server: FaultyS3Server, command: str
) -> None:
    before = cli("list", "--json").out
    server.response = ErrorResponse(200, "", raw=listing("b.jpg", "a.jpg"))
    result = cli(command, f"s3://{bucket}", "--endpoint-url", server.url)
    assert result.code == 1
    assert "('a.jpg' after 'b.jpg')" in result.err
    assert "gone" not in result.out + result.err
    assert cli("list", "--json").out == before
