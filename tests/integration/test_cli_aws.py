"""The commands over buckets and tables, in this process; what stands for AWS is a server."""

import json
import os
import shutil
import signal
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws, and its double")

from botocore.session import Session

from imgmeta.adapters.aws import Clients, clients
from imgmeta.adapters.dynamodb import create_table
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.core.objects import ObjectLocation, Observation
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.records import ImageRecord
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport
from imgmeta.errors import ConfigurationError
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
PHOTOS = {path.relative_to(EXAMPLES).as_posix(): path for path in EXAMPLES.rglob("*.*")}
ODD_KEY = "2026/a+b%20c d/é写.JPG"
OBJECT_FIELDS = {
    *("image_id", "bucket_name", "object_key", "content_type", "upload_timestamp", "upload_date"),
    *("last_modified", "etag", "version_id", "processed_at", "revision", "sequencer"),
}
"""What a record says of where an image is, and not of the image."""


class Account(NamedTuple):
    endpoint: str
    clients: Clients
    bucket: str
    table: str

    def put(self, key: str, content: bytes) -> None:
        self.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def delete(self, key: str) -> None:
        self.clients.s3.delete_object(Bucket=self.bucket, Key=key)


@pytest.fixture
def account(
    aws_environment: None, moto_server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Account:
    """Return an account with the example photos in a bucket, below `2026/`, and an empty table."""
    del aws_environment
    name = f"holiday-{uuid4().hex}"
    account = Account(moto_server.url, clients_at(moto_server.url), name, name)
    account.clients.s3.create_bucket(Bucket=name)
    create_table(account.clients.dynamodb, name)
    for key, path in PHOTOS.items():
        account.put(f"2026/{key}", path.read_bytes())
    account.put(ODD_KEY, PHOTOS["tower.jpg"].read_bytes())
    account.put("2026/notes.txt", b"no image")
    account.put("2027/broken.jpg", b"no image")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    return account


@pytest.fixture(params=["dynamodb", "sqlite"])
def store(request: pytest.FixtureRequest, account: Account) -> str:
    return f"dynamodb://{account.table}" if request.param == "dynamodb" else "sqlite:///index.db"


@pytest.fixture
def indexed(cli: Cli, account: Account, store: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Return the account, all of its bucket indexed in the store that the environment names."""
    monkeypatch.setenv("IMGMETA_STORE", store)
    assert cli("sync", f"s3://{account.bucket}").code == 1  # for the broken one
    return account


def _image(line: str) -> dict[str, object]:
    return ImageRecord.from_json(line).model_dump(exclude=OBJECT_FIELDS)


def test_a_bucket_says_of_its_images_what_a_folder_does(
    cli: Cli, account: Account, store: str
) -> None:
    shutil.copytree(EXAMPLES, "2026")
    here = cli("sync", "2026", "--json", "--store", "sqlite:///folder.db")
    there = cli("sync", f"s3://{account.bucket}/2026/", "--json", "--store", store)

    assert (here.code, there.code) == (0, 0)
    there_by_key = {json.loads(line)["ObjectKey"]: _image(line) for line in there.lines}
    odd = there_by_key.pop(ODD_KEY)
    assert odd == there_by_key["2026/tower.jpg"]
    assert list(there_by_key.values()) == [_image(line) for line in here.lines]
    assert len(there_by_key) == len(PHOTOS)


def test_a_second_sync_finds_all_unchanged_and_reads_nothing(
    cli: Cli, indexed: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: object, location: ObjectLocation) -> Observation:
        raise AssertionError(location)

    monkeypatch.setattr(S3ObjectStore, "observe", read)
    result = cli("sync", f"s3://{indexed.bucket}")
    assert result.code == 0
    assert f"0 processed, 0 failed, {len(PHOTOS) + 2} unchanged; 0 bytes read" in result.out


def test_a_sync_tells_new_from_changed_from_gone_by_what_show_takes(
    cli: Cli, indexed: Account
) -> None:
    indexed.put("2026/tower.jpg", PHOTOS["logo.png"].read_bytes())
    indexed.put("2026/a new one.png", PHOTOS["logo.png"].read_bytes())
    indexed.delete("2026/aurora.png")
    result = cli("sync", f"s3://{indexed.bucket}/2026")
    place = f"s3://{indexed.bucket}/2026"
    assert result.code == 0
    assert [line.partition("  PNG")[0].rstrip() for line in result.lines[:3]] == [
        f"new      {place}/a new one.png",
        f"gone     {place}/aurora.png",
        f"changed  {place}/tower.jpg",
    ]
    assert cli("show", f"{place}/a new one.png").lines[0] == f"{place}/a new one.png"
    assert cli("show", f"{place}/aurora.png", "--json").json[0]["Status"] == "deleted"


def test_verify_is_fine_only_where_the_index_is_true(cli: Cli, indexed: Account) -> None:
    target = f"s3://{indexed.bucket}"
    assert cli("verify", target) == (0, "", f"0 different, {len(PHOTOS) + 2} the same.\n")
    indexed.delete("2026/aurora.png")
    for _ in range(2):
        assert cli("verify", target).lines == [f"gone      {target}/2026/aurora.png"]
        assert cli("verify", target).code == 1
    assert cli("verify", target, "--json").json == [
        {"BucketName": indexed.bucket, "ObjectKey": "2026/aurora.png", "Difference": "gone"}
    ]
    assert cli("verify", f"{target}/2027").code == 0


def test_reprocess_reads_one_object_again_or_finds_it_gone(cli: Cli, indexed: Account) -> None:
    place = f"s3://{indexed.bucket}/{ODD_KEY}"
    before = cli("show", place, "--json").json[0]
    again = cli("reprocess", place, "--json")
    assert again.code == 0
    assert again.json[0]["ObjectKey"] == ODD_KEY
    assert again.json[0]["Revision"] != before["Revision"]
    indexed.delete(ODD_KEY)
    assert cli("reprocess", place).lines[0] == f"gone     {place}"
    nothing = cli("reprocess", place)
    assert nothing.code == 2
    assert f"there is nothing at {place}" in nothing.err


def test_whoever_may_not_list_a_bucket_may_still_reprocess_an_object(
    cli: Cli, indexed: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        message = "it cannot be listed"
        raise ConfigurationError(message)

    monkeypatch.setattr(S3ObjectStore, "check", refuse)
    assert cli("reprocess", f"s3://{indexed.bucket}/{ODD_KEY}").code == 0
    assert cli("sync", f"s3://{indexed.bucket}/{ODD_KEY}").code == 2


def test_an_image_is_shown_by_its_uri_and_by_its_id(cli: Cli, indexed: Account) -> None:
    place = f"s3://{indexed.bucket}/{ODD_KEY}"
    record = cli("show", place, "--json").json[0]
    assert record["ObjectKey"] == ODD_KEY
    shown = cli("show", place)
    assert shown.lines[0] == place
    assert cli("show", record["ImageId"]).out == shown.out
    missing = cli("show", f"s3://{indexed.bucket}/other.jpg")
    assert (missing.code, missing.out) == (1, "")


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("/2027", ["2027/broken.jpg"]),
        ("/2026/a+b%20c d/", [ODD_KEY]),
        ("/2026/t", ["2026/tower.jpg"]),
        ("/none", []),
        ("", sorted(["2027/broken.jpg", ODD_KEY, *(f"2026/{key}" for key in PHOTOS)])),
    ],
)
def test_a_list_is_narrowed_by_the_start_of_the_keys(
    cli: Cli, indexed: Account, prefix: str, keys: list[str]
) -> None:
    result = cli("list", "--prefix", f"s3://{indexed.bucket}{prefix}", "--json")
    assert result.code == 0
    assert [line["ObjectKey"] for line in result.json] == keys


def test_a_list_by_time_and_status_and_the_statistics_work_over_any_store(
    cli: Cli, indexed: Account
) -> None:
    assert len(cli("list", "--since", "1d").lines) == len(PHOTOS) + 2
    assert cli("list", "--until", "1d").out == ""
    (failed,) = cli("list", "--status", "failed").lines
    assert failed.endswith(f"s3://{indexed.bucket}/2027/broken.jpg")
    assert len(cli("list", "--limit", "3").lines) == 3
    counts = cli("stats", "--json").json
    assert {"Group": "Status", "Value": "processed", "Count": len(PHOTOS) + 1} in counts
    assert {"Group": "Status", "Value": "failed", "Count": 1} in counts


def test_folders_and_buckets_share_an_index(cli: Cli, account: Account, store: str) -> None:
    shutil.copytree(EXAMPLES, "photos")
    targets = ["photos", f"s3://{account.bucket}/2026/t", "photos/logo.png"]
    assert (
        cli("sync", *targets, "--store", store)
        .lines[-1]
        .startswith(f"{len(PHOTOS) + 1} processed, 0 failed, 1 unchanged")
    )
    assert cli("verify", *targets, "--store", store).code == 0
    (Path("photos") / "logo.png").unlink()
    (line,) = cli("verify", *targets[:2], "--store", store).lines
    assert line == "gone      photos/logo.png"


def test_a_hostile_key_is_shown_harmlessly(cli: Cli, account: Account, store: str) -> None:
    key = "evil\x1b[2J[bold red]\u202e.png"
    account.put(key, PHOTOS["logo.png"].read_bytes())
    target, options = f"s3://{account.bucket}/evil", ["--store", store]
    results = [
        cli("verify", target, "--store", f"dynamodb://{account.table}"),
        cli("sync", target, *options),
        cli("list", *options),
        cli("list", "--json", *options),
        cli("show", f"s3://{account.bucket}/{key}", *options),
    ]
    text = "".join(result.out + result.err for result in results)
    assert text.replace("\n", "").isprintable()
    assert r"evil\x1b[2J[bold red]\u202e.png" in results[1].out
    assert json.loads(results[3].out)["ObjectKey"] == key


def test_a_key_that_is_too_long_for_a_bucket_is_in_no_index(cli: Cli, indexed: Account) -> None:
    for key in (f"{'long' * 300}.jpg", f"{'é' * 512}.jpg"):
        place = f"s3://{indexed.bucket}/{key}"
        assert cli("show", place).code == 1
        assert cli("list", "--prefix", place) == (0, "", "")
        assert cli("verify", place).err == "0 different, 0 the same.\n"
        assert cli("reprocess", place).code == 2


def test_one_session_signs_in_for_all_that_a_command_asks(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = list[Session]()

    def counted(profile: str | None) -> Session:
        sessions.append(Session(profile=profile))
        return sessions[-1]

    monkeypatch.setattr(clients, "Session", counted)
    assert (
        cli("sync", f"s3://{account.bucket}/2026", "--store", f"dynamodb://{account.table}").code
        == 0
    )
    assert len(sessions) == 1


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_the_bar_counts_the_objects_that_are_indexed(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", errors := Terminal())
    assert cli("sync", f"s3://{account.bucket}/2026").code == 0
    total = len(PHOTOS) + 1
    assert f"{total}/{total}" in errors.getvalue()


@pytest.mark.parametrize(("concurrency", "most"), [("1", 1), ("4", 4)])
def test_so_many_objects_are_looked_at_at_once_as_the_setting_says(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch, concurrency: str, most: int
) -> None:
    monkeypatch.setenv("IMGMETA_CONCURRENCY", concurrency)
    running, counts, lock = 0, list[int](), threading.Lock()
    together = threading.Barrier(most)
    real = S3ObjectStore.observe

    def observe(self: S3ObjectStore, location: ObjectLocation) -> Observation:
        nonlocal running
        with lock:
            running += 1
            counts.append(running)
            is_early = len(counts) <= most
        if is_early:
            together.wait(10)
        try:
            return real(self, location)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(S3ObjectStore, "observe", observe)
    assert cli("sync", f"s3://{account.bucket}/2026").code == 0
    assert max(counts) == most


def test_a_stop_finishes_what_has_begun_and_drops_the_rest(
    cli: Cli, account: Account, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = list[str](), list[str]()
    real_observe, real_add = S3ObjectStore.observe, SyncReport.add

    def observe(self: S3ObjectStore, location: ObjectLocation) -> Observation:
        begun.append(location.key)
        try:
            return real_observe(self, location)
        finally:
            ended.append(location.key)

    def interrupted(self: SyncReport, item: ItemOutcome) -> None:
        real_add(self, item)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setenv("IMGMETA_CONCURRENCY", "2")
    for number in range(40):
        account.put(f"2026/{number}.png", PHOTOS["logo.png"].read_bytes())
    target = [f"s3://{account.bucket}/2026", "--store", store]
    with monkeypatch.context() as patch:
        patch.setattr(S3ObjectStore, "observe", observe)
        patch.setattr(SyncReport, "add", interrupted)
        result = cli("sync", *target)
    assert result.code == 130
    assert result.lines[-1].startswith("1 processed, 0 failed, 0 unchanged")
    assert result.err.endswith("Stopped. All of this is stored; the next sync goes on from here.\n")
    assert sorted(begun) == sorted(ended)
    assert len(begun) < 40 + len(PHOTOS)
    stored = len(cli("list", "--json", *target[1:]).lines)
    assert stored == len(begun)
    total = 40 + len(PHOTOS) + 1
    assert cli("sync", *target).lines[-1].startswith(f"{total - stored} processed")
