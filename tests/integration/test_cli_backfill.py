"""`imgmeta backfill` in this process, with a stub of the API of AWS."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.aws.moto import HAS_AWS
from support.aws.stub_api import BUCKET, STACK, StubAPI, etag, numbered_keys, stub_api
from support.cli.command_line import Cli

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from imgmeta.deployment.service import backfill as service
from support.aws.emulators import set_aws_environment

BACKFILL = ("backfill", "--stack-name", STACK)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StubAPI]:
    set_aws_environment(monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(service, "POLL", timedelta())
    with stub_api(StubAPI(numbered_keys(100))) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.url)
        yield stub


def test_result_has_the_differences_and_the_numbers_of_a_digest(cli: Cli, stub: StubAPI) -> None:
    stub.plant(4)
    done = cli(*BACKFILL)
    assert done.code == 0
    assert done.lines == [
        "100 compared, 4 differences (1 new, 1 changed, 1 gone, 1 unreadable), 96 unchanged.",
        "4 sent, 4 processed, 0 failed; 4.00 kB",
    ]


def test_planted_differences_are_sent_exactly(cli: Cli, stub: StubAPI, tmp_path: Path) -> None:
    stub.objects = {key: etag(key) for key in numbered_keys(3_000)}
    stub.index = dict(stub.objects)
    planted = stub.plant(50)
    done = cli(*BACKFILL, "--json")
    assert done.code == 0, done
    [result] = done.json
    assert sorted(stub.sent_keys()) == sorted(planted)
    assert result["Differences"] == Counter(planted.values())
    assert (result["Compared"], result["Sent"], result["Processed"]) == (3_000, 50, 50)
    assert list((tmp_path / "state").rglob("*.json")) == []


def test_index_without_differences_needs_no_hints(cli: Cli, stub: StubAPI) -> None:
    done = cli(*BACKFILL)
    assert (done.code, stub.sent) == (0, [])
    assert done.lines[0] == "100 compared, 0 differences, 100 unchanged."


def test_dry_run_sends_nothing(cli: Cli, stub: StubAPI) -> None:
    stub.plant(4)
    done = cli(*BACKFILL, "--dry-run", "--json")
    assert (done.code, stub.sent) == (0, [])
    [line] = done.json
    assert (line["Compared"], line["Sent"]) == (100, 0)
    assert line["Differences"] == {"new": 1, "changed": 1, "gone": 1, "unreadable": 1}


def test_dry_run_needs_no_queue(cli: Cli, stub: StubAPI) -> None:
    assert cli(*BACKFILL, "--dry-run").code == 0
    assert "GetQueueAttributes" not in stub.requests


def test_prefix_limits_the_comparison(cli: Cli, stub: StubAPI) -> None:
    stub.index.clear()
    done = cli("backfill", f"s3://{BUCKET}/2026/00000/IMG_0000001", "--stack-name", STACK)
    assert done.code == 0
    assert len(stub.sent) == 10


def test_hints_without_a_new_record_are_reported(cli: Cli, stub: StubAPI) -> None:
    stub.plant(4)
    stub.processed = stub.counts_waiting = False
    done = cli(*BACKFILL)
    assert done.code == 1
    assert "4 hints did not lead to a new record" in done.err
    assert f"imgmeta backfill --dry-run --stack-name {STACK}" in done.err


def test_new_dead_letters_are_reported(cli: Cli, stub: StubAPI) -> None:
    stub.plant(4)

    def add_dead_letters() -> None:
        stub.dead_letters = 2 if stub.sent else 0

    stub.after = add_dead_letters
    done = cli(*BACKFILL, "--json")
    assert (done.code, done.json[0]["DeadLetters"]) == (1, 2)
    assert f"imgmeta replay --stack-name {STACK}" in done.err


def test_command_that_does_not_wait_ends_when_all_hints_are_sent(cli: Cli, stub: StubAPI) -> None:
    stub.plant(4)
    stub.processed = False
    done = cli(*BACKFILL, "--no-wait")
    assert (done.code, done.lines[-1]) == (0, "4 hints sent.")
    assert len(stub.sent) == 4
    cli(*BACKFILL, "--no-wait")  # starts over
    assert len(stub.sent) == 8


def test_request_that_fails_once_is_repeated(cli: Cli, stub: StubAPI) -> None:
    stub.plant(50)

    def fail() -> None:
        if stub.requests.get("SendMessageBatch") == 1:
            stub.before = lambda: None
            raise ConnectionError

    stub.before = fail
    done = cli(*BACKFILL)
    assert done.code == 0
    assert len(set(stub.sent_keys())) == 50


@pytest.mark.parametrize("filters", [(), ("--status", "processed")])
def test_key_that_no_hint_can_have_does_not_end_reprocess(
    cli: Cli, stub: StubAPI, filters: tuple[str, ...]
) -> None:
    long = f"{'x' * 1_024}.jpg"
    stub.index = dict.fromkeys(("a.jpg", long, "z.jpg"), "e1")
    done = cli("reprocess", "s3://holiday/", "--stack-name", STACK, "--json", *filters)
    assert done.code == 1
    assert {"a.jpg", "z.jpg"} <= set(stub.sent_keys())
    [error] = [line for line in done.json if "Error" in line]
    assert error["ObjectKey"] == long
    assert "the key is 1,028 bytes long" in error["Error"]


def test_one_of_a_kind_is_not_a_plural(cli: Cli, stub: StubAPI) -> None:
    stub.plant(1)
    assert cli(*BACKFILL, "--no-wait").lines[-1] == "1 hint sent."
    stub.processed = stub.counts_waiting = False

    def lose_message() -> None:
        stub.dead_letters = len(stub.sent)

    stub.index = dict(list(stub.objects.items())[1:])
    stub.sent.clear()
    stub.after = lose_message
    done = cli(*BACKFILL)
    assert "1 message is in the dead-letter queue. To send it again: " in done.err
    assert "1 hint did not lead to a new record. To count" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["s3://other"], "does not index s3://other/: its buckets are holiday"),
        (["photos"], "photos is not in S3: pass s3://bucket/prefix"),
        (["--local", "--restart"], "pass --local without --restart, --no-wait and --inventory"),
        (["--local", "--no-wait"], "pass --local without --restart, --no-wait and --inventory"),
    ],
)
def test_invalid_arguments_are_usage_errors(
    cli: Cli, stub: StubAPI, arguments: list[str], message: str
) -> None:
    done = cli(*BACKFILL, *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert stub.sent == []


def test_damaged_checkpoint_is_an_error_until_the_backfill_is_restarted(
    cli: Cli, stub: StubAPI, tmp_path: Path
) -> None:
    stub.plant(4)
    folder = tmp_path / "state" / "imgmeta" / "backfills"
    copies: list[Path] = []

    def copy() -> None:
        copies.extend(folder.glob("*.json"))

    stub.after = copy
    assert cli(*BACKFILL).code == 0
    stub.after = lambda: None
    copies[0].write_bytes(b"")
    stub.plant(4)
    done = cli(*BACKFILL)
    assert done.code == 2
    assert "is damaged: pass --restart to start over" in done.err
    assert cli(*BACKFILL, "--restart").code == 0


def test_local_backfill_sends_no_hints(cli: Cli, stub: StubAPI) -> None:
    done = cli(*BACKFILL, "--local")
    assert (done.code, stub.sent) == (0, [])
    assert "100 unchanged" in done.out


def test_checkpoint_needs_a_folder(
    cli: Cli, stub: StubAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.delenv("HOME", raising=False)
    done = cli(*BACKFILL)
    assert (done.code, stub.sent) == (2, [])
    assert "set XDG_STATE_HOME or HOME" in done.err
