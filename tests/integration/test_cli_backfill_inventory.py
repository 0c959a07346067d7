"""The command `backfill --inventory`, on AWS in memory."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.core.events import parse_event
from imgmeta.core.inventory_rows import CsvDecoder, InventoryRow
from imgmeta.core.ordering import IfRevision
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record
from support.aws.inventories import (
    FORMATS,
    LOCATION,
    Report,
    Version,
    csv_file,
    report,
)
from support.aws.moto import aws_in_memory
from support.cli.command_line import Cli

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

RUN = ("backfill", "--stack-name", "photos", "--inventory", str(LOCATION), "--no-wait")


class Account(NamedTuple):
    clients: "Clients"
    queue: str

    def publish(self, each: Report) -> None:
        contents = {LOCATION.key: json.dumps(each.document).encode(), **each.contents}
        for key, content in contents.items():
            self.clients.s3.put_object(Bucket="reports", Key=key, Body=content)

    def hinted(self) -> list[str]:
        keys = list[str]()
        while messages := self.clients.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                hints = parse_event(message["Body"]).hints
                keys += [hint.location.key for hint in hints]
        return sorted(keys)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    """Return an account with a stack whose index has three records of the bucket `holiday`."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with aws_in_memory(monkeypatch) as clients:
        for bucket in ("holiday", "reports"):
            clients.s3.create_bucket(Bucket=bucket)
        create_table(clients.dynamodb, "images")
        queue, dead = (
            clients.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("queue", "dead")
        )
        deployed = DeployedIndex(
            stack=Stack("arn:stack", "photos", "CREATE_COMPLETE"),
            table="images",
            queue_url=queue,
            dead_letter_queue_url=dead,
            buckets=("holiday", "more"),
            prefix="",
            function="arn:aws:lambda:us-east-1:111122223333:function:f",
            log_group="/imgmeta/photos",
            batch_role="",
        )
        monkeypatch.setattr(bootstrap, "find_deployed_index", lambda *_: deployed)
        repository = DynamoDBImageRepository(clients.dynamodb, "images", clock=lambda: SEEN_AT)
        for key in ("2026/same.jpg", "2026/changed.jpg", "2026/gone.jpg"):
            repository.put(image_record(key, reader_version=1_000), IfRevision(None))
        yield Account(clients, queue)


VERSIONS = [
    Version("2026/z new+.jpg"),
    Version("2026/gone.jpg", size=None, etag=None, is_delete_marker=True),
    Version("2026/same.jpg"),
    Version("2026/same.jpg", etag="old", is_latest=False),
    Version("2026/changed.jpg", etag="e2"),
    Version("2026/notes.txt"),
]


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
def test_differences_from_an_inventory_become_hints(
    cli: Cli, account: Account, file_format: str, write: Callable[[Sequence[Version]], bytes]
) -> None:
    account.publish(report(write(VERSIONS[:3]), write(VERSIONS[3:]), file_format=file_format))
    result = cli(*RUN)
    assert result.code == 0
    assert result.err.startswith(
        "Reading the inventory of holiday of 2026-11-29 01:00 UTC: 2 files, "
    )
    assert account.hinted() == ["2026/changed.jpg", "2026/gone.jpg", "2026/z new+.jpg"]


def test_inventory_of_a_single_file_is_announced(cli: Cli, account: Account) -> None:
    account.publish(report(csv_file(VERSIONS)))
    assert " UTC: 1 file, " in cli(*RUN, "--dry-run").err


def test_dry_run_counts_the_differences(cli: Cli, account: Account) -> None:
    account.publish(report(csv_file(VERSIONS)))
    assert cli(*RUN, "--dry-run").code == 0
    assert account.hinted() == []


def test_orc_is_refused_by_name(cli: Cli, account: Account) -> None:
    account.publish(report().with_document(fileFormat="ORC"))
    result = cli(*RUN)
    assert result.code == 2
    assert "the format ORC is not supported: use CSV or Parquet" in result.err


def test_inventory_of_another_bucket_is_refused(cli: Cli, account: Account) -> None:
    account.publish(report())
    result = cli(*RUN, "s3://more")
    assert result.code == 2
    assert "the inventory is of the bucket holiday, not of more: pass an inventory" in result.err


def test_damaged_inventory_sends_no_hint(cli: Cli, account: Account) -> None:
    each = report(csv_file(VERSIONS[:3]), csv_file(VERSIONS[3:]))
    last = list(each.contents)[-1]
    each.contents[last] = each.contents[last][:-1]
    account.publish(each)
    result = cli(*RUN)
    assert result.code == 1
    assert "data/1.csv.gz: " in result.err
    assert account.hinted() == []


def test_missing_file_is_reported(cli: Cli, account: Account) -> None:
    each = report(csv_file(VERSIONS))
    account.publish(each)
    (key,) = each.contents
    account.clients.s3.delete_object(Bucket="reports", Key=key)
    result = cli(*RUN)
    assert result.code == 2
    assert f"s3://reports/{key} does not exist: check the bucket and the key" in result.err


def test_local_backfill_has_no_inventory(cli: Cli, account: Account) -> None:
    del account
    result = cli(*RUN[:-1], "--local")
    assert result.code == 2
    assert "pass --local without --restart, --no-wait and --inventory" in result.err


@pytest.mark.usefixtures("default_signals")
def test_interrupt_ends_the_reading_of_an_inventory(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list[Sequence[str]]()
    decode = CsvDecoder.row

    def interrupt(decoder: CsvDecoder, fields: Sequence[str]) -> InventoryRow | None:
        rows.append(fields)
        if len(rows) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return decode(decoder, fields)

    monkeypatch.setattr(CsvDecoder, "row", interrupt)
    account.publish(report(csv_file(Version(f"{number}.jpg") for number in range(100))))
    result = cli(*RUN)
    assert result.code == 130
    assert "run the same command again to continue" in result.err
    assert len(rows) == 2
    assert account.hinted() == []
