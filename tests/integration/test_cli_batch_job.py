"""The command `batch-job`, with S3 in memory and a server for S3 Batch Operations."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.aws import clients
from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.batch_jobs import BatchJob
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.service.batch_jobs import BatchJobRunner
from support.aws.batch_operations import BatchServer, Job, batch_operations
from support.aws.inventories import LOCATION, Version, csv_file, report
from support.aws.moto import s3_in_memory
from support.cli.command_line import Cli
from support.documents.code_blocks import code_blocks
from support.documents.pages import PageRunner

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"
DEPLOYED = DeployedIndex(
    stack=Stack("arn:stack", "photos", "CREATE_COMPLETE", parameters={"CodeBucket": "artifacts"}),
    table="table",
    queue_url="https://queue",
    dead_letter_queue_url="https://dead",
    buckets=("holiday",),
    prefix="",
    function=FUNCTION,
    log_group="/imgmeta/photos",
    batch_role="arn:aws:iam::111122223333:role/batch",
)
RUN = ("batch-job", "s3://holiday/2026/", "--stack-name", "photos")
KEYS = ["2026/a b+c.jpg", "2026/broken.jpg", "2026/bröken.JPG", "2026/notes.txt", "2025/old.jpg"]


@pytest.fixture(autouse=True)
def s3(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(bootstrap, "find_deployed_index", lambda *_: DEPLOYED)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(clients, "_ATTEMPTS", 1)
    with s3_in_memory(monkeypatch) as client:
        for bucket in ("holiday", "artifacts", "reports"):
            client.create_bucket(Bucket=bucket)
        for key in KEYS:
            client.put_object(Bucket="holiday", Key=key, Body=b"x")
        yield client


@pytest.fixture(autouse=True)
def server(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    with batch_operations(s3) as server:
        server.fail_task = lambda key: "no image" if "broken" in key else None
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", server.url)
        yield server


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))


def only_job(server: BatchServer) -> str:
    (job_id,) = server.jobs
    return job_id


def test_job_indexes_the_images_of_a_prefix(cli: Cli, server: BatchServer) -> None:
    result = cli(*RUN, "--yes")
    job = server.jobs[only_job(server)]
    assert [key for _, key in job.tasks] == [
        "2026/a%20b%2Bc.jpg",
        "2026/broken.jpg",
        "2026/br%C3%B6ken.JPG",
    ]
    assert job.text("Operation/LambdaInvoke/FunctionArn") == FUNCTION
    assert job.text("Operation/LambdaInvoke/InvocationSchemaVersion") == "2.0"
    assert job.text("ConfirmationRequired") == "true"
    assert job.text("RoleArn") == DEPLOYED.batch_role
    assert server.accounts == {"111122223333"}
    assert result.code == 1
    assert result.lines == [
        "1 failed: PermanentFailure: no image",
        "  s3://holiday/2026/broken.jpg",
        "2 succeeded, 1 failed",
    ]
    assert "Images    3" in result.err
    assert "Complete   3 of 3 (100%), 1 failed" in result.err


def test_job_without_failures_succeeds(cli: Cli, server: BatchServer) -> None:
    server.fail_task = lambda _: None
    result = cli(*RUN, "--yes")
    assert (result.code, result.lines) == (0, ["3 succeeded, 0 failed"])


def test_json_has_the_failures_and_the_job(cli: Cli, server: BatchServer) -> None:
    result = cli(*RUN, "--yes", "--json")
    failure, job = result.json
    assert failure == {
        "BucketName": "holiday",
        "ObjectKey": "2026/broken.jpg",
        "Uri": "s3://holiday/2026/broken.jpg",
        "Outcome": "error",
        "Error": "PermanentFailure: no image",
    }
    assert job.pop("Report").startswith("s3://artifacts/batch/photos/")
    assert job == {
        "JobId": only_job(server),
        "Status": "Complete",
        "Total": 3,
        "Succeeded": 2,
        "Failed": 1,
        "Error": None,
    }


def test_inventory_is_the_listing(cli: Cli, s3: "S3Client", server: BatchServer) -> None:
    each = report(csv_file([Version("2026/z.jpg"), Version("2026/a+b.jpg"), Version("c.txt")]))
    manifest = json.dumps(each.document).encode()
    for key, content in {LOCATION.key: manifest, **each.contents}.items():
        s3.put_object(Bucket="reports", Key=key, Body=content)
    assert cli(*RUN, "--yes", "--inventory", str(LOCATION)).code == 0
    tasks = server.jobs[only_job(server)].tasks
    assert [key for _, key in tasks] == ["2026/a%2Bb.jpg", "2026/z.jpg"]


@pytest.mark.parametrize(("pays", "payer"), [("yes", b"requester"), ("no", None)])
def test_listing_is_paid_if_the_stack_pays(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, pays: str, payer: bytes | None
) -> None:
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415 - slow to import and optional

    send = BotocoreStubber.__call__
    payers = set[object]()

    def record(self: Any, event_name: str, request: Any, **others: Any) -> Any:  # noqa: ANN401 - moto is untyped
        if "list-type=2" in request.url:
            payers.add(request.headers.get("x-amz-request-payer"))
        return send(self, event_name, request, **others)

    monkeypatch.setattr(BotocoreStubber, "__call__", record)
    stack = replace(DEPLOYED.stack, parameters={"CodeBucket": "artifacts", "RequesterPays": pays})
    paying = replace(DEPLOYED, stack=stack)
    monkeypatch.setattr(bootstrap, "find_deployed_index", lambda *_: paying)
    assert cli(*RUN, "--dry-run").code == 0
    assert payers == {payer}


@pytest.mark.parametrize("text", ["n\n", "\n", "no\n"])
def test_declined_job_is_canceled(
    cli: Cli, server: BatchServer, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    answer(monkeypatch, text)
    result = cli(*RUN)
    assert result.code == 1
    assert "Call the function for 3 images? [y/N]" in result.err
    assert result.err.endswith("Canceled the job. Nothing was changed.\n")
    assert server.jobs[only_job(server)].status == "Cancelled"


def test_confirmed_job_runs(cli: Cli, server: BatchServer, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "y\n")
    assert cli(*RUN).lines[-1] == "2 succeeded, 1 failed"
    assert server.jobs[only_job(server)].status == "Complete"


def test_page_shows_what_the_job_prints(
    server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server
    page = Path(__file__).parents[2] / "docs" / "scaling.md"
    blocks = code_blocks(page.read_text("utf-8"))
    [block] = [each for each in blocks if each.text.startswith("$ imgmeta batch-job ")]
    variable = (
        (r"job-[0-9a-f]{12}|[0-9a-f-]{36}", "<job>"),
        (r"\bfunction:\S+", "function:<name>"),
        (r"^Report .*", "Report <report>"),
    )
    runner = PageRunner(tmp_path, monkeypatch, variable=variable)
    runner.run(f"```console\n{block.text}```\n")


def test_job_is_canceled_if_nobody_can_confirm(
    cli: Cli, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "")
    result = cli(*RUN)
    assert result.code == 2
    assert "cannot ask for confirmation: pass --yes" in result.err
    assert server.jobs[only_job(server)].status == "Cancelled"


def test_interrupt_before_the_confirmation_cancels_the_job(
    cli: Cli, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BatchJobRunner, "prepare", interrupt)
    result = cli(*RUN)
    assert result.code == 130
    assert result.err.endswith("Stopped before the job started. Nothing was changed.\n")
    assert server.jobs[only_job(server)].status == "Cancelled"


def test_interrupt_of_a_running_job_only_stops_watching(
    cli: Cli, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(runner: BatchJobRunner, job_id: str) -> Iterator[BatchJob]:
        yield runner.find(job_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BatchJobRunner, "watch", interrupt)
        patch.setattr(
            BatchJobRunner,
            "prepare",
            lambda runner, job_id: [runner.find(job_id) for _ in range(3)][-1],
        )
        result = cli(*RUN, "--yes")
    job_id = only_job(server)
    assert result.code == 130
    again = f"imgmeta batch-job --job-id {job_id} --stack-name photos"
    assert result.err.endswith(f"Stopped watching; the job continues. To watch it again: {again}\n")
    watched = cli(*again.split()[1:])
    assert (watched.code, watched.lines[-1]) == (1, "2 succeeded, 1 failed")


def suspend_job(cli: Cli, server: BatchServer) -> str:
    """Leave a job that waits for its start, as a killed command does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchJobRunner, "cancel", lambda *_: None)
        answer(patch, "")
        cli(*RUN)
    return only_job(server)


def test_job_that_waits_is_started_after_a_confirmation(cli: Cli, server: BatchServer) -> None:
    job_id = suspend_job(cli, server)
    result = cli("batch-job", "--job-id", job_id, "--stack-name", "photos", "--yes")
    assert (result.code, result.lines[-1]) == (1, "2 succeeded, 1 failed")


def test_job_whose_manifest_is_being_read_is_started_after_a_confirmation(
    cli: Cli, server: BatchServer
) -> None:
    job_id = suspend_job(cli, server)
    server.jobs[job_id].status = "New"
    server.jobs[job_id].tasks.clear()
    result = cli("batch-job", "--job-id", job_id, "--stack-name", "photos", "--yes")
    assert (result.code, result.lines[-1]) == (1, "2 succeeded, 1 failed")


def test_job_that_waits_is_canceled_if_declined(
    cli: Cli, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = suspend_job(cli, server)
    answer(monkeypatch, "n\n")
    assert cli("batch-job", "--job-id", job_id, "--stack-name", "photos").code == 1
    assert server.jobs[job_id].status == "Cancelled"


def test_failed_job_is_reported(cli: Cli, s3: "S3Client", server: BatchServer) -> None:
    create = server.create

    def create_and_replace(body: bytes) -> str:
        response = create(body)
        arn = server.jobs[only_job(server)].text("Manifest/Location/ObjectArn")
        s3.put_object(Bucket="artifacts", Key=arn.partition("/")[2], Body=b"other")
        return response

    server.create = create_and_replace  # type: ignore[method-assign]  # S3 replaces it
    result = cli(*RUN, "--yes")
    assert result.code == 1
    assert result.err.endswith(
        f"imgmeta: the job {only_job(server)} is Failed: ManifestETagMismatch\n"
    )


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_reason_of_a_failed_job_is_shown_although_it_has_no_report(
    cli: Cli, server: BatchServer, options: tuple[str, ...]
) -> None:
    def fail(job: Job) -> None:
        job.status, job.failed, job.reason = "Failed", job.total, "ReportWriteFailed"

    server.run = fail  # type: ignore[method-assign]  # S3 cannot write the report
    result = cli(*RUN, "--yes", *options)
    assert result.code == 1
    assert result.err.endswith(f"the job {only_job(server)} is Failed: ReportWriteFailed\n")


def test_dry_run_counts_the_images(cli: Cli, s3: "S3Client", server: BatchServer) -> None:
    result = cli(*RUN, "--dry-run")
    assert (result.code, result.out) == (
        0,
        "The job would have 3 images. Nothing was changed.\n",
    )
    assert not server.jobs
    assert s3.list_objects_v2(Bucket="artifacts")["KeyCount"] == 0


def test_prefix_without_images_creates_no_job(cli: Cli, server: BatchServer) -> None:
    result = cli("batch-job", "s3://holiday/none/", "--stack-name", "photos", "--yes")
    assert result.code == 1
    assert result.err.endswith("No images found. Nothing was changed.\n")
    assert not server.jobs


def test_access_denied_leaves_no_job(cli: Cli, server: BatchServer) -> None:
    server.errors.append(("AccessDenied", 403))
    result = cli(*RUN, "--yes")
    assert result.code == 1
    assert "cannot create the S3 Batch Operations job: AccessDenied: no" in result.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "pass either s3://bucket/prefix or --job-id ID"),
        (("s3://holiday", "--job-id", "j"), "pass either s3://bucket/prefix or --job-id ID"),
        (
            ("--job-id", "job-1", "--dry-run"),
            "pass --job-id without --dry-run and --inventory: the job exists",
        ),
        (
            ("--job-id", "job-1", "--inventory", "s3://reports/manifest.json"),
            "pass --job-id without --dry-run and --inventory: the job exists",
        ),
        (("s3://other",), "the stack photos does not index s3://other/: its buckets are holiday"),
        ((".",), ". is not in S3: pass s3://bucket/prefix"),
        (
            ("--job-id", ""),
            "the stack photos has no S3 Batch Operations job '': check the ID",
        ),
        (
            ("--job-id", "job-\udcff"),
            "the stack photos has no S3 Batch Operations job 'job-\\udcff': check the ID",
        ),
        (
            ("--job-id", "job-\x1b[31m"),
            "the stack photos has no S3 Batch Operations job 'job-\\x1b[31m': check the ID",
        ),
    ],
)
def test_invalid_arguments_are_refused(cli: Cli, arguments: tuple[str, ...], reason: str) -> None:
    result = cli("batch-job", *arguments, "--stack-name", "photos")
    assert (result.code, result.err) == (2, f"imgmeta: {reason}\n")


def test_report_is_in_the_folder_that_the_role_may_write(
    cli: Cli, s3: "S3Client", server: BatchServer
) -> None:
    cli(*RUN, "--yes")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="artifacts")["Contents"]]
    assert all(key.startswith("batch/photos/") for key in keys)
    arn = server.jobs[only_job(server)].text("Manifest/Location/ObjectArn")
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    assert ObjectLocation(bucket, key) in {ObjectLocation("artifacts", each) for each in keys}
