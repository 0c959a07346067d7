"""Ctrl-C while a command reads much that it does not select: it stops before it finds an image."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.aws.moto import HAS_AWS
from support.aws.stub_api import STACK, StubAPI, numbered_keys, stub_api
from support.cli.command_line import Cli

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.core.unindexed import UnindexedFiles
from imgmeta.deployment.service import backfill as service
from support.aws.emulators import set_aws_environment

pytestmark = pytest.mark.usefixtures("default_signals")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StubAPI]:
    set_aws_environment(monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(service, "POLL", timedelta())
    with stub_api(StubAPI(numbered_keys(100))) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.url)
        yield stub


def interrupt_listing(stub: StubAPI) -> None:
    """Send SIGINT before the second page of the listing, after a check of the bucket."""

    def interrupt() -> None:
        if stub.requests.get("GET", 0) == 2:
            stub.before = lambda: None
            os.kill(os.getpid(), signal.SIGINT)

    stub.before = interrupt


@pytest.mark.parametrize("options", [(), ("--local",)])
def test_reprocess_stops_at_the_next_record_that_does_not_match(
    cli: Cli, stub: StubAPI, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    read = list[str]()

    def interrupt(_: Query, record: ImageRecord) -> bool:
        read.append(record.object_key)
        if len(read) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return False

    monkeypatch.setattr(Query, "matches", interrupt)
    target = ("s3://holiday", "--stack-name", STACK)
    done = cli("reprocess", *target, "--status", "failed", *options)
    assert done.code == 130
    assert "Interrupted." in done.err
    assert len(read) == 5
    assert stub.sent == []


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_backfill_stops_among_files_that_are_not_indexed(
    cli: Cli, stub: StubAPI, options: tuple[str, ...]
) -> None:
    stub.index.clear()
    stub.objects = {f"{number:05}.txt": "e1" for number in range(20_000)}
    interrupt_listing(stub)
    done = cli("backfill", "--stack-name", STACK, *options)
    assert done.code == 130
    assert "Interrupted" in done.err
    assert stub.requests["GET"] < 20, "it stops long before the last page"


def test_sync_stops_among_files_that_are_not_indexed(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text("text")
    counted = list[str]()

    def interrupt(_: UnindexedFiles, key: str, reason: str | None) -> str:
        counted.append(key)
        os.kill(os.getpid(), signal.SIGINT)
        return reason or "text"

    monkeypatch.setattr(UnindexedFiles, "add", interrupt)
    done = cli("sync", folder)
    assert done.code == 130
    assert "Interrupted." in done.err
    assert len(counted) == 1
