"""The contracts of `imgmeta.deployment.ports.BatchJobs` and `JobFiles`, for every adapter."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple
from uuid import uuid4

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.batch_jobs import (
    BatchJob,
    BatchJobRequest,
    FailedTask,
    JobStatus,
    failed_tasks,
    manifest_lines,
    report_files,
)
from imgmeta.deployment.ports import BatchJobs, JobFiles
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.aws.moto import HAS_AWS, respond_with_error, s3_in_memory
from support.deployment.batch_jobs import InMemoryBatchJobs, InMemoryJobFiles

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"
BUCKET = "artifacts"
MANIFEST = ObjectLocation(BUCKET, "batch/photos/t/manifest.csv")


def fail_task(key: str) -> str | None:
    return "not an image, or damaged" if key.startswith("broken") else None


class Harness(NamedTuple):
    """Jobs and files of an account.

    Attributes:
        jobs: the jobs.
        files: the files.
        fail: makes the next request for a job fail with an error code and a status; None if that
            is impossible.
        fail_files: makes all requests for files fail in the same way.
    """

    jobs: BatchJobs
    files: JobFiles
    fail: Callable[[str, int], object] | None = None
    fail_files: Callable[[str, int], object] | None = None


def in_memory(_: ExitStack) -> Harness:
    files = InMemoryJobFiles()
    return Harness(InMemoryBatchJobs(files, fail_task), files)


def on_server(cleanup: ExitStack) -> Harness:
    from imgmeta.adapters.aws import Clients  # noqa: PLC0415 - needs the extra aws
    from imgmeta.deployment.adapters.job_files import S3JobFiles  # noqa: PLC0415 - as above
    from imgmeta.deployment.adapters.s3control import S3BatchJobs  # noqa: PLC0415 - as above
    from support.aws.batch_operations import ACCOUNT, batch_operations  # noqa: PLC0415 - as above

    patch = cleanup.enter_context(pytest.MonkeyPatch.context())
    client = cleanup.enter_context(s3_in_memory(patch))
    client.create_bucket(Bucket=BUCKET)
    server = cleanup.enter_context(batch_operations(client))
    server.fail_task = fail_task
    control = Clients(region="us-east-1", endpoint_url=server.url).s3control
    return Harness(
        S3BatchJobs(control, ACCOUNT, "aws"),
        S3JobFiles(client, sleep=lambda _: None),
        lambda code, status: server.errors.append((code, status)),
        lambda code, status: respond_with_error(client, "s3", code, status),
    )


@pytest.fixture(params=[in_memory, *([on_server] if HAS_AWS else [])])
def account(request: pytest.FixtureRequest) -> Iterator[Harness]:
    with ExitStack() as cleanup:
        yield request.param(cleanup)


def request_for(account: Harness, *keys: str, token: str = "t") -> BatchJobRequest:  # noqa: S107 - no password
    return BatchJobRequest(
        function=FUNCTION,
        role="arn:aws:iam::111122223333:role/batch",
        manifest=MANIFEST,
        manifest_etag=account.files.write(MANIFEST, manifest_lines("holiday", keys)),
        report_prefix=ObjectLocation(BUCKET, "batch/photos/t"),
        description="a test & <more>",
        token=token,
    )


def advanced(account: Harness, job_id: str, status: JobStatus) -> BatchJob:
    for _ in range(5):
        job = account.jobs.find(job_id)
        assert job is not None
        if job.status is status:
            return job
    pytest.fail(f"the job is not {status}")


# The port: "Create a job that waits for `start`; return its ID."
def test_created_job_waits_for_its_start(account: Harness) -> None:
    job_id = account.jobs.create(request_for(account, "a.jpg", "b c+d/海.jpg"))
    job = advanced(account, job_id, JobStatus.SUSPENDED)
    assert (job.total, job.succeeded, job.failed) == (2, 0, 0)
    assert job.function == FUNCTION
    assert account.jobs.find(job_id) == job


# The port: "The same token returns the same job."
def test_same_token_creates_one_job(account: Harness) -> None:
    request = request_for(account, "a.jpg", token=uuid4().hex)
    assert account.jobs.create(request) == account.jobs.create(request)
    assert account.jobs.create(request_for(account, "a.jpg")) != (account.jobs.create(request))


# The port: "Start a suspended job."
def test_started_job_calls_the_function_and_writes_a_report(account: Harness) -> None:
    job_id = account.jobs.create(request_for(account, "a.jpg", "broken b.jpg", "c.jpg"))
    advanced(account, job_id, JobStatus.SUSPENDED)
    account.jobs.start(job_id)
    job = advanced(account, job_id, JobStatus.COMPLETE)
    assert (job.total, job.succeeded, job.failed) == (3, 2, 1)
    assert job.report is not None
    files = report_files(b"".join(account.files.read(job.report)), BUCKET)
    tasks = [
        task
        for file in files
        for task in failed_tasks(
            b"".join(account.files.read(file.location)).decode().splitlines(), file.columns
        )
    ]
    reason = "PermanentFailure: not an image, or damaged"
    assert tasks == [FailedTask(ObjectLocation("holiday", "broken b.jpg"), reason)]


def test_job_that_is_not_suspended_cannot_be_started(account: Harness) -> None:
    job_id = account.jobs.create(request_for(account, "a.jpg"))
    with pytest.raises(PermanentError):
        account.jobs.start(job_id)


# The port: "Cancel a job that has not ended"
def test_canceled_job_does_nothing(account: Harness) -> None:
    job_id = account.jobs.create(request_for(account, "a.jpg"))
    advanced(account, job_id, JobStatus.SUSPENDED)
    account.jobs.cancel(job_id)
    job = account.jobs.find(job_id)
    assert job is not None
    assert (job.status, job.succeeded) == (JobStatus.CANCELLED, 0)


# The port: "or None if there is none with this ID"
def test_unknown_job_is_not_found(account: Harness) -> None:
    assert account.jobs.find("5078d22c-bad2-4ba8-82e2-3c120c719a38") is None


def test_manifest_that_was_replaced_fails_the_job(account: Harness) -> None:
    job_id = account.jobs.create(request_for(account, "a.jpg"))
    account.files.write(MANIFEST, [b"holiday,b.jpg\n"])
    job = advanced(account, job_id, JobStatus.FAILED)
    assert job.reason == "ManifestETagMismatch"


# The port: "Methods raise TransientError for a temporary failure, and PermanentError …"
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("SlowDown", 503, TransientError), ("AccessDenied", 403, PermanentError)],
)
def test_failed_request_is_an_error(
    account: Harness, code: str, status: int, kind: type[Exception]
) -> None:
    if account.fail is None or account.fail_files is None:
        pytest.skip("memory does not fail")
    request = request_for(account, "a.jpg")
    calls: list[Callable[[], object]] = [
        lambda: account.jobs.create(request),
        lambda: account.jobs.find("job-unknown"),
        lambda: account.jobs.start("job-unknown"),
        lambda: account.jobs.cancel("job-unknown"),
    ]
    for call in calls:
        for _ in range(4 if kind is TransientError else 1):
            account.fail(code, status)
        with pytest.raises(kind):
            call()
    account.fail_files(code, status)
    with pytest.raises(kind):
        account.files.write(MANIFEST, [b"a"])
    with pytest.raises(kind):
        list(account.files.read(MANIFEST))


# The port: "Write an object in bounded memory; return its ETag, without quotes."
@pytest.mark.parametrize("lines", [0, 1, 300])
def test_written_file_is_read(account: Harness, lines: int) -> None:
    content = [bytes([number % 256]) * 65_536 for number in range(lines)]
    etag = account.files.write(MANIFEST, iter(content))
    assert etag
    assert '"' not in etag
    assert b"".join(account.files.read(MANIFEST)) == b"".join(content)


# The port: "If it fails or is interrupted, there is no object."
@pytest.mark.parametrize("lines", [0, 300])
@pytest.mark.parametrize("error", [PermanentError("no"), KeyboardInterrupt()], ids=repr)
def test_interrupted_write_leaves_no_file(
    account: Harness, lines: int, error: BaseException
) -> None:
    def content() -> Iterator[bytes]:
        for _ in range(lines):
            yield bytes(65_536)
        raise error

    with pytest.raises(type(error)):
        account.files.write(MANIFEST, content())
    with pytest.raises(ConfigurationError):
        list(account.files.read(MANIFEST))


# The port: "ConfigurationError: the object does not exist."
def test_missing_file_is_a_configuration_error(account: Harness) -> None:
    with pytest.raises(ConfigurationError):
        list(account.files.read(ObjectLocation(BUCKET, "gone.json")))
