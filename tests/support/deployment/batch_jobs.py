"""Jobs of S3 Batch Operations and their files, in memory."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import md5

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.batch_jobs import BatchJob, BatchJobRequest, JobStatus
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError

__all__ = ["InMemoryBatchJobs", "InMemoryJobFiles"]

_NEXT = {
    JobStatus.NEW: JobStatus.PREPARING,
    JobStatus.PREPARING: JobStatus.SUSPENDED,
    JobStatus.READY: JobStatus.ACTIVE,
    JobStatus.ACTIVE: JobStatus.COMPLETE,
}


class InMemoryJobFiles:
    """Files in a dictionary."""

    def __init__(self) -> None:
        self.contents: dict[ObjectLocation, bytes] = {}

    def write(self, location: ObjectLocation, lines: Iterable[bytes]) -> str:
        content = b"".join(lines)
        self.contents[location] = content
        return md5(content, usedforsecurity=False).hexdigest()

    def read(self, location: ObjectLocation) -> Iterator[bytes]:
        if location not in self.contents:
            msg = "the object does not exist"
            raise ConfigurationError(msg)
        content = self.contents[location]
        return (content[start : start + 10] for start in range(0, len(content), 10))


class InMemoryBatchJobs:
    """Jobs that advance by one step each time they are read.

    Attributes:
        errors: errors to raise when jobs are read.
        calls: the names of the calls that changed a job, with its ID.
    """

    def __init__(
        self, files: InMemoryJobFiles, fail_task: Callable[[str], str | None] = lambda _: None
    ) -> None:
        self._files = files
        self._fail_task = fail_task
        self.errors: list[AdapterError] = []
        self.jobs: dict[str, BatchJob] = {}
        self.requests: dict[str, BatchJobRequest] = {}
        self.calls: list[tuple[str, str]] = []

    def create(self, request: BatchJobRequest) -> str:
        job_id = f"job-{request.token}"
        folder = f"{request.report_prefix.key}/job-{job_id}"
        report = ObjectLocation(request.report_prefix.bucket, f"{folder}/manifest.json")
        self.jobs.setdefault(
            job_id, BatchJob(job_id, JobStatus.NEW, function=request.function, report=report)
        )
        self.requests[job_id] = request
        return job_id

    def find(self, job_id: str) -> BatchJob | None:
        if self.errors:
            raise self.errors.pop(0)
        job = self.jobs.get(job_id)
        if job is None:
            return None
        status = _NEXT.get(job.status, job.status)
        if status is not job.status:
            job = replace(job, status=status)
            if status is JobStatus.SUSPENDED:
                job = self._prepared(job)
            if status is JobStatus.COMPLETE:
                job = self._completed(job)
            self.jobs[job_id] = job
        return job

    def start(self, job_id: str) -> None:
        if self.jobs[job_id].status is not JobStatus.SUSPENDED:
            msg = "the job is not suspended"
            raise PermanentError(msg)
        self._change("start", job_id, JobStatus.READY)

    def cancel(self, job_id: str) -> None:
        self._change("cancel", job_id, JobStatus.CANCELLED)

    def _change(self, name: str, job_id: str, status: JobStatus) -> None:
        self.calls.append((name, job_id))
        self.jobs[job_id] = replace(self.jobs[job_id], status=status)

    def _keys(self, job: BatchJob) -> list[str]:
        manifest = self._files.contents[self.requests[job.job_id].manifest]
        return [line.partition(",")[2] for line in manifest.decode("ascii").splitlines()]

    def _prepared(self, job: BatchJob) -> BatchJob:
        request = self.requests[job.job_id]
        content = self._files.contents[request.manifest]
        if md5(content, usedforsecurity=False).hexdigest() != request.manifest_etag:
            return replace(job, status=JobStatus.FAILED, reason="ManifestETagMismatch")
        return replace(job, total=len(self._keys(job)))

    def _completed(self, job: BatchJob) -> BatchJob:
        assert job.report is not None
        reasons = {key: self._fail_task(key) for key in self._keys(job)}
        failed = {key: reason for key, reason in reasons.items() if reason is not None}
        rows = "".join(
            f'"holiday","{key}","","failed","PermanentFailure","200","{reason}"\n'
            for key, reason in failed.items()
        )
        file = ObjectLocation(job.report.bucket, job.report.key.replace("manifest.json", "a.csv"))
        document = {
            "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, "
            "ResultMessage",
            "Results": [{"TaskExecutionStatus": "failed", "Bucket": file.bucket, "Key": file.key}],
        }
        self._files.contents[file] = rows.encode()
        self._files.contents[job.report] = json.dumps(document).encode()
        return replace(job, succeeded=len(reasons) - len(failed), failed=len(failed))
