"""Commands in processes of their own, on S3 and DynamoDB of MiniStack."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.adapters.dynamodb import create_table
from support.aws.emulators import Emulator, clients_at, latency_proxy

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("default_signals")]

PHOTOS = sorted((Path(__file__).parents[2] / "examples" / "photos").glob("*.*"))
HOSTILE_KEY = "evil\x1b[2J[bold red]\n\u202e.png"
TIMEOUT = 300
"""Seconds until a command is killed, which hangs."""

PROGRAM = "from imgmeta.entrypoints.cli import main; main()"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def aws(aws_environment: None, ministack: Emulator) -> "Clients":
    del aws_environment
    return clients_at(ministack.url)


@pytest.fixture
def name(aws: "Clients") -> str:
    """Return the name of an empty table and of a bucket with the example photos."""
    name = f"holiday-{uuid4().hex}"
    create_table(aws.dynamodb, name)
    aws.s3.create_bucket(Bucket=name)
    for path in PHOTOS:
        aws.s3.put_object(Bucket=name, Key=f"a + b/{path.name}", Body=path.read_bytes())
    return name


@pytest.fixture
def start(ministack: Emulator, name: str, tmp_path: Path) -> Start:
    """Return a function that starts a command with the table as its store."""

    def begin(*arguments: str, url: str = ministack.url) -> "subprocess.Popen[str]":
        options = ["--store", f"dynamodb://{name}", "--endpoint-url", url]
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments, *options],
            cwd=tmp_path,
            env={key: value for key, value in os.environ.items() if key != "IMGMETA_STORE"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def _result(process: "subprocess.Popen[str]") -> tuple[int, list[str], str]:
    out, err = process.communicate(timeout=TIMEOUT)
    return process.returncode, out.splitlines(), err


def test_every_command_works_with_a_bucket_and_a_table(
    start: Start, aws: "Clients", name: str
) -> None:
    bucket, count = f"s3://{name}", len(PHOTOS)
    code, lines, err = _result(start("sync", f"{bucket}/a +"))
    assert (code, err) == (0, "")
    assert lines[-1].startswith(f"{count} processed, 0 failed, 0 unchanged")
    code, lines, _ = _result(start("sync", bucket))
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith(f"0 processed, 0 failed, {count} unchanged; 0 bytes read")
    assert _result(start("verify", bucket)) == (0, [], f"0 differences, {count} unchanged.\n")

    uri = f"{bucket}/a + b/{PHOTOS[0].name}"
    code, lines, _ = _result(start("list", "--prefix", f"{bucket}/a", "--json"))
    assert (code, len(lines)) == (0, count)
    assert json.loads(lines[0])["ObjectKey"] == f"a + b/{PHOTOS[0].name}"
    assert _result(start("show", uri))[1][0] == uri
    assert _result(start("reprocess", uri))[1][0].startswith(f"read     {uri}")
    assert _result(start("stats"))[1][0].startswith(f"{count} images, ")

    aws.s3.delete_object(Bucket=name, Key=f"a + b/{PHOTOS[0].name}")
    assert _result(start("verify", bucket))[:2] == (1, [f"gone      {uri}"])
    assert _result(start("sync", bucket))[1][0] == f"gone     {uri}"
    assert _result(start("verify", bucket))[0] == 0


def test_hostile_key_is_printed_as_a_uri(start: Start, aws: "Clients", name: str) -> None:
    aws.s3.put_object(Bucket=name, Key=HOSTILE_KEY, Body=b"no image")
    code, lines, _ = _result(start("sync", f"s3://{name}/evil"))
    assert code == 1
    uri = f"s3://{name}/evil%1B%5B2J%5Bbold%20red%5D%0A%E2%80%AE.png"
    assert lines[0].startswith(f"failed   {uri}  not an image")
    assert all(line.isprintable() for line in lines)
    (line,) = _result(start("list", "--status", "failed", "--json"))[1]
    assert line.isprintable()
    record = json.loads(line)
    assert (record["ObjectKey"], record["Uri"]) == (HOSTILE_KEY, uri)


def test_signal_stops_sync_and_the_next_sync_continues(
    start: Start,
    aws: "Clients",
    name: str,
    ministack: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMGMETA_CONCURRENCY", "4")  # more would finish before the signal
    for number in range(200):
        aws.s3.put_object(Bucket=name, Key=f"{number}.png", Body=PHOTOS[1].read_bytes())
    with latency_proxy(ministack, 300) as slow_server:
        process = start("sync", f"s3://{name}", "--json", url=slow_server.url)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert err.endswith(
        "Interrupted. Finished images are stored; run sync again to index the rest.\n"
    )
    _, stored, _ = _result(start("list", "--json"))
    total = 200 + len(PHOTOS)
    assert 0 < len(stored) < total
    code, lines, _ = _result(start("sync", f"s3://{name}"))
    assert code == 0
    assert f"{total - len(stored)} processed, 0 failed, {len(stored)} unchanged" in lines[-1]


def test_missing_bucket_is_reported_on_one_line(start: Start, name: str) -> None:
    code, lines, err = _result(start("sync", f"s3://{name}-not"))
    assert (code, lines) == (2, [])
    assert err == (
        f"imgmeta: cannot list s3://{name}-not/: there is no such bucket: check its name and "
        "the account\n"
    )
