"""Commands with `--stack-name` use the table, buckets and rules of the stack."""

import os
import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import create_table
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sqs import SQSHintQueue
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation, Observation
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.stacks import Stack
from imgmeta.errors import PermanentError
from imgmeta.ports import HintQueue
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli
from support.deployment.stacks import InMemoryStacks

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
LOCATED = (EXAMPLES / "tower.jpg").read_bytes()
"""A photo with a GPS position."""

PARAMETERS: dict[str, str] = dict.fromkeys(
    ("CodeBucket", "CodeKey", "Architecture", "Runtime", "NotificationEmail"), "x"
)


@dataclass
class Deployed:
    """A stack `photos` that indexes two buckets."""

    clients: Clients
    stacks: InMemoryStacks
    stack: Stack
    buckets: tuple[str, str]
    queue: HintQueue

    def update(self, *, prefix: str = "", **parameters: str) -> None:
        """Change the stack's prefix and parameters."""
        outputs = {**self.stack.outputs, **({"KeyPrefix": prefix} if prefix else {})}
        self.stack = replace(
            self.stack, outputs=outputs, parameters={**self.stack.parameters, **parameters}
        )
        self.stacks.add(self.stack)

    def put(self, bucket: str, key: str, content: bytes = LOCATED) -> None:
        self.clients.s3.put_object(Bucket=bucket, Key=key, Body=content)


@pytest.fixture
def described(
    aws_environment: None, moto_server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Deployed:
    """Return a stack whose table, queue and buckets do not exist."""
    del aws_environment
    name, clients = f"photos-{uuid4().hex}", clients_at(moto_server.url)
    buckets = (f"{name}-a", f"{name}-b")
    queue_url = f"{moto_server.url}/123456789012/{name}"
    outputs = {
        "DynamoDBTableName": name,
        "QueueUrl": queue_url,
        "DeadLetterQueueUrl": "https://dead",
        "LambdaFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:f",
        "LogGroupName": "/imgmeta/photos",
        "Buckets": ",".join(buckets),
    }
    stack = Stack("arn:stack", "photos", "CREATE_COMPLETE", PARAMETERS, outputs)
    queue = SQSHintQueue(clients.sqs, queue_url, wait=timedelta())
    result = Deployed(clients, InMemoryStacks(), stack, buckets, queue)
    result.update()
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    monkeypatch.setattr(bootstrap, "_open_stacks", lambda _: result.stacks)
    return result


@pytest.fixture
def deployed(described: Deployed) -> Deployed:
    """Return a stack with an empty table; each of its buckets has photos in two folders."""
    name, clients = described.stack.outputs["DynamoDBTableName"], described.clients
    create_table(clients.dynamodb, name)
    queue_url = clients.sqs.create_queue(QueueName=name)["QueueUrl"]
    assert queue_url == described.stack.outputs["QueueUrl"]
    for bucket in described.buckets:
        clients.s3.create_bucket(Bucket=bucket)
        for key in ("2025/a.jpg", "2026/a.jpg", "2026/b.jpg"):
            described.put(bucket, key)
    return described


STACK = ("--stack-name", "photos")


def test_commands_without_targets_use_all_buckets_of_the_stack(
    cli: Cli, deployed: Deployed
) -> None:
    new = cli("verify", *STACK)
    assert new.code == 1
    assert len(new.lines) == 6
    synced = cli("sync", *STACK)
    assert synced.code == 0
    assert synced.lines[-1].startswith("6 processed, 0 failed, 0 unchanged")
    verified = cli("verify", *STACK)
    assert (verified.code, verified.out) == (0, "")
    assert verified.err == "0 differences, 6 unchanged.\n"
    listed = cli("list", *STACK, "--json")
    assert {line["BucketName"] for line in listed.json} == set(deployed.buckets)
    assert len(listed.lines) == 6
    counts = cli("stats", *STACK, "--json").json
    assert {"Group": "Status", "Value": "processed", "Count": 6} in counts
    assert list(Path().iterdir()) == []


def test_content_of_all_buckets_of_the_stack_is_hashed_and_verified(
    cli: Cli, deployed: Deployed
) -> None:
    assert cli("sync", *STACK, "--content").code == 0
    verified = cli("verify", *STACK, "--content")
    assert verified.err.splitlines() == [
        "0 differences, 6 unchanged.",
        "The content of 6 images was read and compared.",
    ]
    deployed.put(deployed.buckets[0], "new.jpg")
    assert cli("verify", *STACK, "--content").code == 1


def test_target_in_a_bucket_of_the_stack_is_used_alone(cli: Cli, deployed: Deployed) -> None:
    first, second = deployed.buckets
    target = f"s3://{second}/2026/"
    assert cli("sync", *STACK, target).code == 0
    listed = cli("list", *STACK, "--json").json
    assert {line["BucketName"] for line in listed} == {second}
    assert sorted(line["ObjectKey"] for line in listed) == ["2026/a.jpg", "2026/b.jpg"]
    assert cli("verify", *STACK, target).code == 0
    assert len(cli("list", *STACK, "--prefix", f"{target}a").lines) == 1
    shown = cli("show", *STACK, f"{target}a.jpg")
    assert shown.lines[0] == f"{target}a.jpg"
    image_id = cli("show", *STACK, f"{target}a.jpg", "--json").json[0]["ImageId"]
    assert cli("show", *STACK, image_id).out == shown.out
    missing = cli("show", *STACK, f"s3://{first}/2026/a.jpg")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == (
        f"imgmeta: s3://{first}/2026/a.jpg is not in the index: check the key, or run "
        "`imgmeta backfill` for the stack\n"
    )


def test_prefix_of_the_stack_limits_every_target(cli: Cli, deployed: Deployed) -> None:
    deployed.update(prefix="2026/")
    first, second = deployed.buckets
    assert cli("sync", *STACK).lines[-1].startswith("4 processed, 0 failed, 0 unchanged")
    assert cli("verify", *STACK).err == "0 differences, 4 unchanged.\n"
    for wider in (f"s3://{first}", f"s3://{first}/", f"s3://{first}/20"):
        assert cli("verify", *STACK, wider).err == "0 differences, 2 unchanged.\n"
        assert len(cli("list", *STACK, "--prefix", wider).lines) == 2
    narrower = cli("verify", *STACK, f"s3://{second}/2026/b")
    assert narrower.err == "0 differences, 1 unchanged.\n"


@pytest.mark.parametrize(
    "command",
    [["sync"], ["verify"], ["show"], ["list", "--prefix"], ["reprocess"]],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(
    "target", ["s3://elsewhere/2026/a.jpg", "s3://BUCKET/2025/a.jpg", "photos/a.jpg", "none.jpg"]
)
def test_target_outside_the_stack_is_one_sentence_with_its_buckets(
    cli: Cli, described: Deployed, command: list[str], target: str
) -> None:
    described.update(prefix="2026/")
    first, second = described.buckets
    Path("photos").mkdir()
    Path("photos/a.jpg").write_bytes(LOCATED)
    target = target.replace("BUCKET", first)
    done = cli(*command, target, *STACK)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"imgmeta: the stack photos does not index {target}: pass a target in s3://{first}/2026/ "
        f"or s3://{second}/2026/\n"
    )


def test_invalid_target_is_reported_before_any_work(cli: Cli, deployed: Deployed) -> None:
    done = cli("sync", *STACK, f"s3://{deployed.buckets[0]}", "gs://elsewhere")
    assert (done.code, done.out) == (2, "")
    assert "unsupported scheme gs://" in done.err
    assert cli("list", *STACK).out == ""


def test_gps_policy_and_suffixes_of_the_stack_replace_those_of_the_environment(
    cli: Cli, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = deployed.buckets
    deployed.put(first, "2026/c.png", (EXAMPLES / "logo.png").read_bytes())
    deployed.update(GpsPolicy="drop", ImageSuffixes="jpg")
    monkeypatch.setenv("IMGMETA_GPS", "keep")
    monkeypatch.setenv("IMGMETA_SUFFIXES", "png")
    assert cli("sync", *STACK).code == 0
    records = cli("list", *STACK, "--json").json
    assert len(records) == 6
    assert not any("Latitude" in record for record in records)
    for policy in ("keep", "drop"):
        monkeypatch.setenv("IMGMETA_GPS", policy)
        verified = cli("verify", *STACK)
        assert verified.code == 0
        assert "0 differences, 6 unchanged." in verified.err


def test_position_is_stored_if_the_stack_keeps_it(
    cli: Cli, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.update(GpsPolicy="keep", ImageSuffixes="")
    monkeypatch.setenv("IMGMETA_GPS", "drop")
    assert cli("sync", *STACK).code == 0
    assert all("Latitude" in record for record in cli("list", *STACK, "--json").json)


@pytest.mark.parametrize(
    ("policies", "decimals"),
    [("keep keep", True), ("round keep", False), ("keep round", False), ("drop keep", None)],
)
def test_export_has_no_more_of_a_position_than_stack_and_environment_permit(
    cli: Cli,
    deployed: Deployed,
    monkeypatch: pytest.MonkeyPatch,
    policies: str,
    decimals: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert cli("sync", *STACK, f"s3://{deployed.buckets[0]}/2025/").code == 0
    stack_policy, policy = policies.split()
    deployed.update(GpsPolicy=stack_policy)
    monkeypatch.setenv("IMGMETA_GPS", policy)
    (record,) = cli("export", *STACK, "--format", "jsonl").json
    latitude = record.get("Latitude")
    assert (None if latitude is None else latitude != round(latitude, 2)) is decimals


def test_report_has_no_position_that_the_stack_drops(
    cli: Cli, deployed: Deployed, tmp_path: Path
) -> None:
    pytest.importorskip("vl_convert", reason="needs the extra report")
    assert cli("sync", *STACK, f"s3://{deployed.buckets[0]}/2025/").code == 0
    deployed.update(GpsPolicy="drop")
    assert cli("report", *STACK, "-o", tmp_path / "report.html").code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<bdi>photos</bdi>" in page
    assert "No image has a position." in page


@pytest.mark.parametrize("command", ["sync", "verify", "list", "stats", "reprocess"])
def test_stack_that_does_not_exist_or_failed_is_one_sentence(
    cli: Cli, described: Deployed, command: str
) -> None:
    described.stacks.add(replace(described.stack, status="ROLLBACK_COMPLETE"))
    done = cli(command, *STACK)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "imgmeta: the stack photos has no index, since its deployment failed (its status is "
        "ROLLBACK_COMPLETE): run `imgmeta destroy`, then deploy again\n"
    )
    missing = cli(command, "--stack-name", "elsewhere")
    assert missing.code == 2
    assert missing.err.startswith("imgmeta: the stack elsewhere does not exist: check its name")


@pytest.mark.parametrize("command", ["sync", "verify", "list", "show", "stats", "reprocess"])
def test_help_has_an_example_with_a_stack(cli: Cli, command: str) -> None:
    text = cli(command, "--help").out
    examples = [line for line in text.splitlines() if line.startswith(f"  imgmeta {command} ")]
    assert any("--stack-name photos" in line for line in examples)


def sent(deployed: Deployed) -> list[tuple[str, str, bool]]:
    """Return the hints in the stack's queue: bucket, key and whether they are forced."""
    hints = list[tuple[str, str, bool]]()
    while deliveries := deployed.queue.receive():
        deployed.queue.settle(deliveries)
        parsed = [hint for each in deliveries for hint in each.parsed.hints]
        hints += [(each.location.bucket, each.location.key, each.force) for each in parsed]
    return sorted(hints)


def test_reprocess_sends_images_to_the_queue_of_the_stack(cli: Cli, deployed: Deployed) -> None:
    (first, second), url = deployed.buckets, os.environ["AWS_ENDPOINT_URL"]
    keys = ["2025/a.jpg", "2026/a.jpg", "2026/b.jpg"]
    everything = cli("reprocess", *STACK)
    assert everything.code == 0
    assert everything.lines == ["6 images sent to the queue of the stack photos."]
    assert everything.err == ("To follow the progress: imgmeta status --stack-name photos\n")
    assert sent(deployed) == [(bucket, key, True) for bucket in (first, second) for key in keys]
    one = cli("reprocess", *STACK, f"s3://{first}/2025/a.jpg", "--endpoint-url", url)
    assert one.lines == ["1 image sent to the queue of the stack photos."]
    assert one.err.endswith(f"imgmeta status --stack-name photos --endpoint-url {url}\n")
    folder = cli("reprocess", *STACK, f"s3://{first}/2025/a.jpg", f"s3://{second}/2026", "--json")
    assert folder.json == [{"Sent": 3}]
    assert sent(deployed) == [
        *[(first, "2025/a.jpg", True)] * 2,
        *[(second, key, True) for key in keys[1:]],
    ]
    assert cli("list", *STACK).out == ""


def test_reprocess_sends_only_images_whose_records_match(cli: Cli, deployed: Deployed) -> None:
    deployed.put(deployed.buckets[1], "2026/broken.jpg", b"no image")
    assert cli("sync", *STACK).code == 1
    listed = cli("reprocess", *STACK, "--status", "failed", "--dry-run")
    assert listed.lines == [f"s3://{deployed.buckets[1]}/2026/broken.jpg"]
    assert sent(deployed) == []
    done = cli("reprocess", *STACK, "--error", "not", "--json")
    assert (done.code, done.json) == (0, [{"Sent": 1}])
    assert sent(deployed) == [(deployed.buckets[1], "2026/broken.jpg", True)]
    nothing = cli("reprocess", *STACK, "--older-reader")
    assert nothing.lines == ["0 images sent to the queue of the stack photos."]
    assert nothing.err == ""
    elsewhere = cli("reprocess", *STACK, "--status", "failed", f"s3://{deployed.buckets[0]}/")
    assert elsewhere.lines == nothing.lines


def test_reprocess_with_local_reads_images_here_by_the_rules_of_the_stack(
    cli: Cli, deployed: Deployed
) -> None:
    assert cli("sync", *STACK).code == 0
    deployed.update(GpsPolicy="drop")
    done = cli("reprocess", *STACK, "--local", f"s3://{deployed.buckets[0]}")
    assert done.code == 0
    assert done.lines[-1].startswith("3 processed, 0 failed, 0 unchanged")
    assert sent(deployed) == []
    located = {
        (each["BucketName"], "Latitude" in each) for each in cli("list", *STACK, "--json").json
    }
    assert located == {(deployed.buckets[0], False), (deployed.buckets[1], True)}
    failed = cli("reprocess", *STACK, "--local", "--status", "processed", "--json")
    assert (failed.code, len(failed.json)) == (0, 6)


def test_wider_target_of_reprocess_is_the_part_that_the_stack_indexes(
    cli: Cli, deployed: Deployed
) -> None:
    first, _ = deployed.buckets
    deployed.update(prefix="2026/a.")
    assert cli("reprocess", *STACK, f"s3://{first}/20", "--json").json == [{"Sent": 1}]
    assert sent(deployed) == [(first, "2026/a.jpg", True)]


def test_failure_of_the_queue_reports_the_number_of_sent_images(
    cli: Cli, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = SQSHintQueue.send, count()

    def failing(self: SQSHintQueue, hints: Iterable[Hint]) -> None:
        if next(calls) == 1:
            raise PermanentError("the queue does not exist")
        real(self, hints)

    for number in range(12):
        deployed.put(deployed.buckets[0], f"2026/{number}.jpg")
    monkeypatch.setenv("IMGMETA_CONCURRENCY", "1")
    monkeypatch.setattr(SQSHintQueue, "send", failing)
    done = cli("reprocess", *STACK, "--json")
    assert (done.code, done.json) == (1, [{"Sent": 10}])
    assert done.err.endswith("imgmeta: the queue does not exist\n")


@pytest.mark.usefixtures("default_signals")
def test_interrupted_sending_is_reported(
    cli: Cli, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SQSHintQueue.send

    def interrupted(self: SQSHintQueue, hints: Iterable[Hint]) -> None:
        real(self, hints)
        os.kill(os.getpid(), signal.SIGINT)

    for number in range(30):
        deployed.put(deployed.buckets[0], f"2026/{number}.jpg")
    monkeypatch.setenv("IMGMETA_CONCURRENCY", "1")
    with monkeypatch.context() as patch:
        patch.setattr(SQSHintQueue, "send", interrupted)
        done = cli("reprocess", *STACK)
    assert done.code == 130
    assert done.lines == ["10 images sent to the queue of the stack photos."]
    assert "Interrupted. Run the command again to send the other images.\n" in done.err
    assert len(sent(deployed)) == 10


def test_reprocess_of_a_bucket_that_is_gone_is_reported_once(cli: Cli, deployed: Deployed) -> None:
    assert cli("sync", *STACK).code == 0
    first, _ = deployed.buckets
    for key in ("2025/a.jpg", "2026/a.jpg", "2026/b.jpg"):
        deployed.clients.s3.delete_object(Bucket=first, Key=key)
    deployed.clients.s3.delete_bucket(Bucket=first)
    for options in (["--local", "--status", "processed"], ["--local"], []):
        done = cli("reprocess", *STACK, *options)
        assert done.code == 2
        assert done.err.count("there is no such bucket") == 1


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("options", [[], ["--status", "processed"]])
def test_images_are_read_again_concurrently(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    assert cli("sync", *STACK).code == 0
    together, real = threading.Barrier(3), S3ObjectStore.observe

    def observe(self: S3ObjectStore, location: ObjectLocation) -> Observation:
        together.wait(60)
        return real(self, location)

    monkeypatch.setattr(S3ObjectStore, "observe", observe)
    done = cli("reprocess", *STACK, "--local", *options)
    assert done.code == 0
    assert done.lines[-1].startswith("6 processed, 0 failed, 0 unchanged")
