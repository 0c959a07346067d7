"""Tests of jobs of S3 Batch Operations for a stack."""

import json
from dataclasses import replace

import pytest

from imgmeta import ObjectLocation
from imgmeta.core.objects import ListedObject, Listing, UnlistedPrefix
from imgmeta.core.targets import Target
from imgmeta.deployment.core.batch_jobs import BatchJob, FailedTask, JobStatus
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.service.batch_jobs import BatchJobRunner
from imgmeta.deployment.service.waiter import StatusUnavailableError
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.deployment.batch_jobs import InMemoryBatchJobs, InMemoryJobFiles

DEPLOYED = DeployedIndex(
    stack=Stack("arn:stack", "photos", "CREATE_COMPLETE", parameters={"CodeBucket": "artifacts"}),
    table="table",
    queue_url="https://queue",
    dead_letter_queue_url="https://dead",
    buckets=("holiday", "more"),
    prefix="2026/",
    function="arn:aws:lambda:us-east-1:111122223333:function:f",
    log_group="/imgmeta/photos",
    batch_role="arn:aws:iam::111122223333:role/batch",
)
TARGET = Target("holiday", "2026/")
LISTING = [ListedObject("2026/a.jpg", 1, "e1"), ListedObject("2026/b c.jpg", 1, "e2")]


class Account:
    """A runner with its jobs and files in memory."""

    def __init__(self, deployed: DeployedIndex = DEPLOYED) -> None:
        self.files = InMemoryJobFiles()
        self.jobs = InMemoryBatchJobs(
            self.files, lambda key: "no image" if key.endswith("a.jpg") else None
        )
        self.pauses: list[float] = []
        self.runner = BatchJobRunner(
            deployed=deployed,
            jobs=self.jobs,
            files=self.files,
            new_token=lambda: "t",
            sleep=self.pauses.append,
        )

    def created(self) -> str:
        job_id = self.runner.create(TARGET, LISTING)
        assert job_id is not None
        return job_id

    def ended(self) -> BatchJob:
        job_id = self.created()
        self.runner.start(self.runner.prepare(job_id))
        *_, job = self.runner.watch(job_id)
        return job


@pytest.fixture
def account() -> Account:
    return Account()


def test_job_is_created_from_the_listing(account: Account) -> None:
    job_id = account.created()
    request = account.jobs.requests[job_id]
    assert request.manifest == ObjectLocation("artifacts", "batch/photos/t/manifest.csv")
    assert account.files.contents[request.manifest] == (
        b"holiday,2026/a.jpg\nholiday,2026/b%20c.jpg\n"
    )
    assert request.report_prefix == ObjectLocation("artifacts", "batch/photos/t")
    assert (request.function, request.role) == (DEPLOYED.function, DEPLOYED.batch_role)


def test_no_job_is_created_without_images(account: Account) -> None:
    assert account.runner.create(TARGET, []) is None
    assert not account.files.contents
    assert not account.jobs.jobs


def test_incomplete_listing_creates_no_job(account: Account) -> None:
    listing: list[Listing] = [*LISTING, UnlistedPrefix("2026/c/", "denied")]
    with pytest.raises(PermanentError, match="cannot list '2026/c/': denied"):
        account.runner.create(TARGET, listing)
    assert not account.files.contents


def test_job_is_prepared_started_and_watched(account: Account) -> None:
    job_id = account.created()
    job = account.runner.prepare(job_id)
    assert (job.status, job.total) == (JobStatus.SUSPENDED, 2)
    account.runner.start(job)
    states = list(account.runner.watch(job_id))
    assert [each.status for each in states] == [JobStatus.ACTIVE, JobStatus.COMPLETE]
    reason = "PermanentFailure: no image"
    assert list(account.runner.failures(states[-1])) == [
        FailedTask(ObjectLocation("holiday", "2026/a.jpg"), reason)
    ]


def test_job_is_canceled(account: Account) -> None:
    job_id = account.created()
    account.runner.cancel(job_id)
    assert account.runner.find(job_id).status is JobStatus.CANCELLED


def test_temporary_failures_are_waited_for(account: Account) -> None:
    job_id = account.created()
    account.jobs.errors += [TransientError("slow down")] * 3
    assert account.runner.prepare(job_id).status is JobStatus.SUSPENDED


def test_separate_outages_do_not_add_up(account: Account) -> None:
    job_id = account.created()
    account.jobs.jobs[job_id] = replace(account.jobs.jobs[job_id], status=JobStatus.PAUSED)
    states = account.runner.watch(job_id)
    for _ in range(30):
        account.jobs.errors.append(TransientError("slow down"))
        assert next(states).status is JobStatus.PAUSED
    assert sum(account.pauses) > 2 * 120


@pytest.mark.parametrize("error", [PermanentError("denied"), TransientError("slow down")])
def test_status_that_cannot_be_read_ends_the_watch(
    account: Account, error: PermanentError | TransientError
) -> None:
    job_id = account.created()
    account.jobs.errors += [error] * 100
    with pytest.raises(StatusUnavailableError, match=error.message):
        account.runner.prepare(job_id)
    assert sum(account.pauses) < 200


@pytest.mark.parametrize("job_id", ["job-unknown", "job-t"])
def test_job_of_another_function_is_not_found(account: Account, job_id: str) -> None:
    created = account.created()
    account.jobs.jobs[created] = replace(account.jobs.jobs[created], function="arn:other")
    with pytest.raises(ConfigurationError) as caught:
        account.runner.find(job_id)
    assert str(caught.value) == (
        f"the stack photos has no S3 Batch Operations job '{job_id}': check the ID"
    )


def test_target_of_the_stack_is_accepted(account: Account) -> None:
    account.runner.check(Target("more", "2026/may/"))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (
            Target("other", "2026/"),
            "the stack photos does not index s3://other/2026/: its buckets are holiday, more",
        ),
        (
            Target("holiday", "2025/"),
            (
                "the stack photos does not index all of s3://holiday/2025/: pass "
                "s3://holiday/2026/ or a prefix below it"
            ),
        ),
    ],
)
def test_other_target_is_refused(account: Account, target: Target, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        account.runner.check(target)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "deployed",
    [
        replace(DEPLOYED, batch_role=""),
        replace(DEPLOYED, stack=replace(DEPLOYED.stack, parameters={})),
    ],
)
def test_stack_without_the_role_is_refused(deployed: DeployedIndex) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Account(deployed).runner.check(TARGET)
    assert str(caught.value) == (
        "the stack photos has no role for S3 Batch Operations: run `imgmeta deploy --stack-name "
        "photos --parameter BatchOperations=on` first"
    )


def test_job_without_failures_needs_no_report(account: Account) -> None:
    job = account.ended()
    account.files.contents.clear()
    assert list(account.runner.failures(replace(job, failed=0))) == []
    assert list(account.runner.failures(replace(job, report=None))) == []


SCHEMA = "Bucket, Key, ResultMessage"


def document(**changes: object) -> bytes:
    file = {"TaskExecutionStatus": "failed", "Bucket": "artifacts", "Key": "a.csv"} | changes
    return json.dumps({"ReportSchema": SCHEMA, "Results": [file]}).encode()


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_last_line_of_a_report_may_have_no_end(account: Account, end: bytes) -> None:
    job = account.ended()
    assert job.report is not None
    account.files.contents[job.report] = document()
    rows = b"holiday,a.jpg,no\nholiday,b.jpg,no" + end
    account.files.contents[ObjectLocation("artifacts", "a.csv")] = rows
    found = [each.location.key for each in account.runner.failures(job)]
    assert found == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("manifest", "rows", "reason"),
    [
        (b"{", b"", "it is not the manifest of a completion report"),
        (b"[" * 100_000, b"", "it is not the manifest of a completion report"),
        (b"null", b"", "it is not the manifest of a completion report"),
        (b'{"ReportSchema": 1, "Results": []}', b"", "it is not the manifest"),
        (document(Bucket="other"), b"", "its files are in another bucket"),
        (document(), b"holiday\n", "it is not the file of a completion report"),
        (document(), b"\xff\n", "it is not UTF-8"),
        (document(), b"x" * 100_000, "the next line is longer than 65,536 bytes"),
        (b" " * 17_000_000, b"", "it is larger than 16,777,216 bytes"),
    ],
)
def test_invalid_report_is_reported(
    account: Account, manifest: bytes, rows: bytes, reason: str
) -> None:
    job = account.ended()
    assert job.report is not None
    account.files.contents[job.report] = manifest
    account.files.contents[ObjectLocation("artifacts", "a.csv")] = rows
    with pytest.raises(PermanentError) as caught:
        list(account.runner.failures(job))
    assert str(caught.value).startswith("cannot read the report s3://artifacts/batch/photos/t/")
    assert reason in str(caught.value)
