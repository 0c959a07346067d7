"""Commands on S3 buckets and DynamoDB tables of a moto server, in this process."""

import json
import shutil
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from botocore.session import Session

from imgmeta.adapters.aws import Clients, sessions
from imgmeta.adapters.dynamodb import create_table
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.core.objects import ObjectLocation, Observation
from imgmeta.core.records import ImageRecord
from imgmeta.core.table_size import TableSize
from imgmeta.entrypoints.cli import index_queries
from imgmeta.errors import ConfigurationError
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli
from support.cli.interrupts import interrupt_at_images

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
PHOTOS = {path.relative_to(EXAMPLES).as_posix(): path for path in EXAMPLES.rglob("*.*")}
ODD_KEY = "2026/a+b%20c d/é写.JPG"
OBJECT_FIELDS = {
    *("image_id", "bucket_name", "object_key", "content_type", "upload_timestamp", "upload_date"),
    *("last_modified", "etag", "version_id", "processed_at", "revision", "sequencer"),
}
"""Fields that describe the object and its indexing rather than the image."""


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
    """Return an account with the example photos in a bucket, under `2026/`, and an empty table."""
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
    """Return the account after a sync of its bucket to the store in IMGMETA_STORE."""
    monkeypatch.setenv("IMGMETA_STORE", store)
    assert cli("sync", f"s3://{account.bucket}").code == 1  # broken.jpg fails
    return account


def _image(line: str) -> dict[str, object]:
    return ImageRecord.from_json(line).model_dump(exclude=OBJECT_FIELDS)


def test_sync_of_a_bucket_and_of_a_folder_give_the_same_images(
    cli: Cli, account: Account, store: str
) -> None:
    shutil.copytree(EXAMPLES, "2026")
    here = cli("sync", "2026", "--json", "--store", "sqlite:///folder.db")
    there = cli("sync", f"s3://{account.bucket}/2026/", "--json", "--store", store)

    assert (here.code, there.code) == (0, 0)
    counts = {"NotIndexed": 1, "Reasons": {"text": 1}, "Suffixes": {"txt": 1}}
    assert there.json[-1] == counts
    there_by_key = {json.loads(line)["ObjectKey"]: _image(line) for line in there.lines[:-1]}
    odd = there_by_key.pop(ODD_KEY)
    assert odd == there_by_key["2026/tower.jpg"]
    assert list(there_by_key.values()) == [_image(line) for line in here.lines]
    assert len(there_by_key) == len(PHOTOS)


def test_repeated_sync_reads_no_objects(
    cli: Cli, indexed: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: object, location: ObjectLocation) -> Observation:
        raise AssertionError(location)

    monkeypatch.setattr(S3ObjectStore, "observe", read)
    result = cli("sync", f"s3://{indexed.bucket}")
    assert result.code == 0
    assert f"0 processed, 0 failed, {len(PHOTOS) + 2} unchanged; 0 bytes read" in result.out


def test_sync_reports_new_changed_and_deleted_objects_by_uri(cli: Cli, indexed: Account) -> None:
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


def test_verify_fails_after_an_object_is_deleted(cli: Cli, indexed: Account) -> None:
    target = f"s3://{indexed.bucket}"
    not_indexed = "1 file not indexed: 1 text (list them with --all-files)\n"
    unchanged = f"0 differences, {len(PHOTOS) + 2} unchanged.\n"
    assert cli("verify", target) == (0, "", not_indexed + unchanged)
    indexed.delete("2026/aurora.png")
    for _ in range(2):
        assert cli("verify", target).lines == [f"gone      {target}/2026/aurora.png"]
        assert cli("verify", target).code == 1
    assert cli("verify", target, "--json").json[:-1] == [
        {
            "BucketName": indexed.bucket,
            "ObjectKey": "2026/aurora.png",
            "Uri": f"{target}/2026/aurora.png",
            "Difference": "gone",
        }
    ]
    assert cli("verify", f"{target}/2027").code == 0


def test_reprocess_reads_one_object_again_or_finds_it_deleted(cli: Cli, indexed: Account) -> None:
    place = f"s3://{indexed.bucket}/{ODD_KEY}"
    before = cli("show", place, "--json").json[0]
    again = cli("reprocess", place, "--json")
    assert again.code == 0
    assert again.json[0]["ObjectKey"] == ODD_KEY
    assert again.json[0]["Revision"] != before["Revision"]
    indexed.delete(ODD_KEY)
    assert cli("reprocess", place).lines[0] == f"gone     {place}"
    again = cli("reprocess", place)
    assert again.code == 2
    assert f"reprocess {place}: it does not exist and no record needs an update" in again.err


def test_reprocess_works_without_permission_to_list_the_bucket(
    cli: Cli, indexed: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        message = "access denied"
        raise ConfigurationError(message)

    monkeypatch.setattr(S3ObjectStore, "check", refuse)
    assert cli("reprocess", f"s3://{indexed.bucket}/{ODD_KEY}").code == 0
    assert cli("sync", f"s3://{indexed.bucket}/{ODD_KEY}").code == 2


def test_show_takes_a_uri_or_an_image_id(cli: Cli, indexed: Account) -> None:
    place = f"s3://{indexed.bucket}/{ODD_KEY}"
    record = cli("show", place, "--json").json[0]
    assert record["ObjectKey"] == ODD_KEY
    shown = cli("show", place)
    assert shown.lines[0] == place
    assert cli("show", record["ImageId"]).out == shown.out
    missing = cli("show", f"s3://{indexed.bucket}/other.jpg")
    assert (missing.code, missing.out) == (1, "")


def test_list_filters_by_key_prefix(cli: Cli, indexed: Account) -> None:
    everything = sorted(["2027/broken.jpg", ODD_KEY, *(f"2026/{key}" for key in PHOTOS)])
    keys_by_prefix = {
        "/2027": ["2027/broken.jpg"],
        "/2026/a+b%20c d/": [ODD_KEY],
        "/2026/t": ["2026/tower.jpg"],
        "/none": [],
        "": everything,
    }
    for prefix, keys in keys_by_prefix.items():
        result = cli("list", "--prefix", f"s3://{indexed.bucket}{prefix}", "--json")
        assert result.code == 0
        assert [line["ObjectKey"] for line in result.json] == keys


def test_list_filters_and_stats_work_with_every_store(cli: Cli, indexed: Account) -> None:
    assert len(cli("list", "--since", "1d").lines) == len(PHOTOS) + 2
    assert cli("list", "--until", "1d").out == ""
    (failed,) = cli("list", "--status", "failed").lines
    assert f" s3://{indexed.bucket}/2027/broken.jpg  not an image" in failed
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


def test_hostile_key_is_encoded(cli: Cli, account: Account, store: str) -> None:
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
    assert "/evil%1B%5B2J%5Bbold%20red%5D%E2%80%AE.png" in results[1].out
    assert json.loads(results[3].out)["ObjectKey"] == key


def test_key_that_is_too_long_for_s3_is_not_found(cli: Cli, indexed: Account) -> None:
    for key in (f"{'long' * 300}.jpg", f"{'é' * 512}.jpg"):
        place = f"s3://{indexed.bucket}/{key}"
        assert cli("show", place).code == 1
        assert cli("list", "--prefix", place) == (0, "", "No image matches.\n")
        assert cli("verify", place).err == "0 differences, 0 unchanged.\n"
        assert cli("reprocess", place).code == 2


def test_command_creates_one_session(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = list[Session]()

    def create_session(profile: str | None) -> Session:
        created.append(Session(profile=profile))
        return created[-1]

    monkeypatch.setattr(sessions, "Session", create_session)
    assert (
        cli("sync", f"s3://{account.bucket}/2026", "--store", f"dynamodb://{account.table}").code
        == 0
    )
    assert len(created) == 1


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_progress_total_counts_indexed_objects(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", errors := Terminal())
    assert cli("sync", f"s3://{account.bucket}/2026").code == 0
    total = len(PHOTOS) + 1
    assert f"{total}/{total}" in errors.getvalue()


@pytest.mark.parametrize(("concurrency", "maximum"), [("1", 1), ("4", 4)])
def test_concurrency_setting_limits_objects_in_progress(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch, concurrency: str, maximum: int
) -> None:
    monkeypatch.setenv("IMGMETA_CONCURRENCY", concurrency)
    running, counts, lock = 0, list[int](), threading.Lock()
    barrier = threading.Barrier(maximum)
    real = S3ObjectStore.observe

    def observe(self: S3ObjectStore, location: ObjectLocation) -> Observation:
        nonlocal running
        with lock:
            running += 1
            counts.append(running)
            is_early = len(counts) <= maximum
        if is_early:
            barrier.wait(60)
        try:
            return real(self, location)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(S3ObjectStore, "observe", observe)
    assert cli("sync", f"s3://{account.bucket}/2026").code == 0
    assert max(counts) == maximum


@pytest.mark.usefixtures("default_signals")
def test_interrupted_sync_finishes_objects_in_progress_only(
    cli: Cli, account: Account, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, finished = list[str](), list[str]()
    real = S3ObjectStore.observe

    def observe(self: S3ObjectStore, location: ObjectLocation) -> Observation:
        started.append(location.key)
        try:
            return real(self, location)
        finally:
            finished.append(location.key)

    monkeypatch.setenv("IMGMETA_CONCURRENCY", "2")
    for number in range(40):
        account.put(f"2026/{number}.png", PHOTOS["logo.png"].read_bytes())
    target = [f"s3://{account.bucket}/2026", "--store", store]
    with monkeypatch.context() as patch, interrupt_at_images():
        patch.setattr(S3ObjectStore, "observe", observe)
        result = cli("sync", *target)
    assert result.code == 130
    assert result.lines[-1].startswith("1 processed, 0 failed, 0 unchanged")
    assert result.err.endswith(
        "Interrupted. Finished images are stored; run sync again to index the rest.\n"
    )
    assert sorted(started) == sorted(finished)
    assert len(started) < 40 + len(PHOTOS)
    stored = len(cli("list", "--json", *target[1:]).lines)
    assert stored == len(started)
    total = 40 + len(PHOTOS) + 1
    assert cli("sync", *target).lines[-1].startswith(f"{total - stored} processed")


@pytest.mark.parametrize("command", ["list", "count", "stats", "export --format csv"])
def test_cost_of_reading_a_whole_table_is_printed(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    target, store = f"s3://{account.bucket}", ["--store", f"dynamodb://{account.table}"]
    cli("sync", target, *store)
    everything = cli(*command.split(), *store)
    assert everything.code == 0
    assert everything.err.startswith("Reading the whole table: about ")
    assert "read units, " in everything.err
    assert cli(*command.split(), "--quiet", *store)[1:] == (everything.out, "")
    bucket = cli(*command.split(), "--prefix", target, *store)
    assert bucket.err.startswith("Reading a whole bucket: at most about ")
    until = cli(*command.split(), "--until", "2100-01-01", *store)
    assert until.err.startswith("Reading all records before --until: at most about ")
    assert (bucket.out, until.out) == (everything.out, everything.out) or command.startswith(
        ("list", "export")
    )
    for cheap in (["--prefix", f"{target}/2026/"], ["--since", "2001-01-01"]):
        assert cli(*command.split(), *cheap, *store).err == ""

    monkeypatch.setattr(TableSize, "dollars", 0.02)
    refused = cli(*command.split(), *store)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines()[-1].endswith("may cost more than a cent: pass --yes to run it")
    assert cli(*command.split(), "--yes", *store).out == everything.out
    monkeypatch.setattr(sys, "stdin", Terminal("no\n"))
    assert cli(*command.split(), *store)[:2] == (1, "")
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert cli(*command.split(), *store)[:2] == (0, everything.out)


def test_cost_of_a_report_about_a_whole_table_is_approved(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("vl_convert", reason="needs the extra report")
    store = ["--store", f"dynamodb://{account.table}"]
    cli("sync", f"s3://{account.bucket}", *store)
    monkeypatch.setattr(TableSize, "dollars", 0.02)
    page = tmp_path / "report.html"
    refused = cli("report", "-o", page, *store)
    assert (refused.code, refused.out, page.exists()) == (2, "", False)
    assert refused.err.startswith("Reading the whole table: about ")
    assert refused.err.splitlines()[-1].endswith("may cost more than a cent: pass --yes to run it")
    assert cli("report", "-o", page, "--yes", *store).code == 0
    assert f"<bdi>{account.table}</bdi>" in page.read_text(encoding="utf-8")


def test_newest_images_of_a_table_are_listed_without_a_question(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ["--store", f"dynamodb://{account.table}"]
    cli("sync", f"s3://{account.bucket}", *store)
    monkeypatch.setattr(TableSize, "dollars", property(lambda size: size.items / 100))
    newest = cli("list", "--sort", "-uploaded", "--limit", "1", *store)
    assert (newest.code, len(newest.lines)) == (0, 1)
    assert newest.err.startswith("More images match: add --after ")
    many = cli("list", "--sort", "uploaded", "--limit", "2", *store)
    assert many.err.startswith("Reading the first records: about 2 records, ")
    assert many.code == 2


def test_table_without_permission_to_describe_it_is_read(
    cli: Cli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_queries, "table_size", lambda *_: None)
    assert cli("count", "--store", f"dynamodb://{account.table}").out == "0\n"


def test_empty_result_of_a_table_is_not_explained_by_reading_it_again(
    cli: Cli, account: Account
) -> None:
    target, store = f"s3://{account.bucket}", ["--store", f"dynamodb://{account.table}"]
    cli("sync", target, *store)
    cost, nothing = cli("list", "--taken-until", "1900-01-01", *store).err.splitlines()
    assert (cost[:7], nothing) == ("Reading", "No image matches.")
    newest = cli("count", "--since", "2001-01-01", "--until", "2001-01-02", *store).err
    assert newest.startswith("The newest image in the index was uploaded at 20")
    narrow = cli("count", "--until", "2001-01-02", "--prefix", f"{target}/2026", *store)
    assert "Images that match the other filters were uploaded " in narrow.err
