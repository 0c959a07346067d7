"""`duplicates` of objects in S3, with both stores, in this process."""

import os
import signal
import sys
from io import StringIO
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.dynamodb import create_table
from imgmeta.core.table_size import TableSize
from imgmeta.entrypoints.cli import duplicate_search
from imgmeta.service.duplicates import DuplicateSearch, HashResult
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli
from support.images.thumbnails import encoded, pattern, photo

CONTENTS = {
    "a/1.jpg": encoded(pattern(1)),
    "a/2.jpg": encoded(pattern(2)),
    "b/1.jpg": encoded(pattern(1)),
    "b/photo.jpg": photo(pattern(3)),
    "b/reduced.jpg": photo(pattern(3, (120, 90)), size=(40, 30)),
}


@pytest.fixture(params=["dynamodb", "sqlite"])
def bucket(
    request: pytest.FixtureRequest,
    aws_environment: None,
    moto_server: Emulator,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Return a bucket with photos, which is indexed in the store in IMGMETA_STORE."""
    del aws_environment
    name = f"holiday-{uuid4().hex}"
    clients = clients_at(moto_server.url)
    clients.s3.create_bucket(Bucket=name)
    for key, content in CONTENTS.items():
        clients.s3.put_object(Bucket=name, Key=key, Body=content)
    if request.param == "dynamodb":
        create_table(clients.dynamodb, name)
    store = f"dynamodb://{name}" if request.param == "dynamodb" else "sqlite:///index.db"
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    monkeypatch.setenv("IMGMETA_STORE", store)
    assert cli("sync", f"s3://{name}").code == 0
    return name


def test_duplicates_in_a_bucket_are_found(cli: Cli, bucket: str) -> None:
    result = cli("duplicates", "--prefix", f"s3://{bucket}/")

    assert result.code == 0
    assert result.lines[1:3] == [f"  s3://{bucket}/a/1.jpg", f"  s3://{bucket}/b/1.jpg"]
    assert cli("duplicates", "--prefix", f"s3://{bucket}/").out == result.out
    assert cli("duplicates", "--prefix", f"s3://{bucket}/a").err == "No duplicates.\n"


def test_similar_images_in_a_bucket_are_found(cli: Cli, bucket: str) -> None:
    lines = cli("duplicates", "--similar", "--json", "--prefix", f"s3://{bucket}/").json

    assert [each["ObjectKey"] for each in lines] == ["b/photo.jpg", "b/reduced.jpg"]


def test_expensive_reads_are_confirmed(
    cli: Cli, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicate_search, "_MANY_BYTES", 10)
    command = ["duplicates", "--prefix", f"s3://{bucket}/"]

    refused = cli(*command)
    assert (refused.code, refused.out) == (2, "")
    assert "Reading 2 images: up to " in refused.err
    assert "pass --yes to read it" in refused.err
    monkeypatch.setattr(sys, "stdin", Answer("no\n"))
    declined = cli(*command)
    assert (declined.code, declined.out) == (1, "")
    accepted = cli(*command, "--yes")
    assert (accepted.code, len(accepted.lines)) == (0, 5)
    assert " from S3." in accepted.err


def test_cost_of_reading_a_whole_table_is_confirmed(
    cli: Cli, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TableSize, "dollars", 0.02)

    is_table = os.environ["IMGMETA_STORE"] == f"dynamodb://{bucket}"
    assert cli("duplicates").code == (2 if is_table else 0)
    monkeypatch.setattr(sys, "stdin", Answer("no\n"))
    assert cli("duplicates").code == (1 if is_table else 0)
    assert cli("duplicates", "--yes").code == 0
    assert cli("duplicates", "--similar", "--yes", "--format", "png").err.endswith(
        "No similar images.\n" if is_table else "No image matches.\n"
    )


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("option", ["--yes", "--similar"])
def test_interrupted_search_keeps_the_computed_hashes(
    cli: Cli, bucket: str, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    name = "SimilarSearch" if option == "--similar" else "DuplicateSearch"
    searches = vars(duplicate_search)
    real = searches[name].add

    def add(self: DuplicateSearch, result: HashResult) -> None:
        real(self, result)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(searches[name], "add", add)
    result = cli("duplicates", "--quiet", "--prefix", f"s3://{bucket}/", option)
    assert (result.code, result.out) == (130, "")
    assert result.err == "Interrupted. Computed hashes are recorded; run the command again.\n"


class Answer(StringIO):
    """Standard input on a terminal."""

    def isatty(self) -> bool:
        return True
