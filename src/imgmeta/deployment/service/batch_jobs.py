"""Jobs of S3 Batch Operations that call a stack's function for each image of a bucket."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from imgmeta.core.lines import decode_lines
from imgmeta.core.objects import ListedObject, Listing, ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.deployment.core.batch_jobs import (
    BatchJob,
    BatchJobRequest,
    FailedTask,
    failed_tasks,
    is_job_id,
    manifest_lines,
    report_files,
)
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.ports import BatchJobs, JobFiles
from imgmeta.deployment.service.planning import CODE_BUCKET
from imgmeta.deployment.service.waiter import Outage, Sleep
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError

__all__ = ["BatchJobRunner"]

_FIRST_PAUSE, _MAX_PAUSE = 0.5, 10.0
"""Seconds between two polls: initially, and at most."""

_MAX_MANIFEST = 16 * 1024 * 1024
_MAX_LINE = 64 * 1024


class BatchJobRunner:
    """Creates, watches and evaluates the jobs of one stack.

    Args:
        deployed: the index of the stack.
        jobs: the jobs of the account.
        files: manifests and reports.
        new_token: returns a unique token.
        sleep: pauses between two polls.
    """

    def __init__(
        self,
        *,
        deployed: DeployedIndex,
        jobs: BatchJobs,
        files: JobFiles,
        new_token: Callable[[], str],
        sleep: Sleep,
    ) -> None:
        self._deployed = deployed
        self._jobs = jobs
        self._files = files
        self._new_token = new_token
        self._sleep = sleep

    def check(self, target: Target) -> None:
        """Check that the stack can run jobs, and indexes all of the target.

        Raises:
            ConfigurationError: it cannot, or does not.
        """
        deployed = self._deployed
        name = printable(deployed.stack.name)
        if not deployed.batch_role or CODE_BUCKET not in deployed.stack.parameters:
            msg = (
                f"the stack {name} has no role for S3 Batch Operations: run `imgmeta deploy "
                f"--stack-name {name} --parameter BatchOperations=on` first"
            )
            raise ConfigurationError(msg)
        deployed.check_target(target)

    def create(self, target: Target, listing: Iterable[Listing]) -> str | None:
        """Write the manifest and create a job that waits for `start`; return the job's ID.

        Args:
            target: the target, which `check` accepted.
            listing: its images.

        Returns:
            The job's ID, or None if there are no images.

        Raises:
            PermanentError: a part of the bucket cannot be listed.
            AdapterError: the manifest or the job cannot be created.
        """
        keys = _keys(listing)
        first = next(keys, None)
        if first is None:
            return None
        token = self._new_token()
        folder = f"batch/{self._deployed.stack.name}"
        bucket = self._deployed.stack.parameters[CODE_BUCKET]
        manifest = ObjectLocation(bucket, f"{folder}/{token}/manifest.csv")
        etag = self._files.write(manifest, manifest_lines(target.bucket, chain([first], keys)))
        return self._jobs.create(
            BatchJobRequest(
                function=self._deployed.function,
                role=self._deployed.batch_role,
                manifest=manifest,
                manifest_etag=etag,
                report_prefix=ObjectLocation(bucket, f"{folder}/{token}"),
                # S3 accepts up to 256 characters.
                description=f"imgmeta batch-job, stack {self._deployed.stack.name}"[:256],
                token=token,
            )
        )

    def find(self, job_id: str) -> BatchJob:
        """Return a job of the stack.

        Raises:
            ConfigurationError: there is no such job, or it calls another function.
            AdapterError: the job cannot be read.
        """
        job = self._jobs.find(job_id) if is_job_id(job_id) else None
        if job is None or job.function != self._deployed.function:
            msg = (
                f"the stack {printable(self._deployed.stack.name)} has no S3 Batch Operations job "
                f"'{printable(job_id)}': check the ID"
            )
            raise ConfigurationError(msg)
        return job

    def start(self, job: BatchJob) -> None:
        """Start a job that waits for it."""
        self._jobs.start(job.job_id)

    def cancel(self, job_id: str) -> None:
        """Cancel a job."""
        self._jobs.cancel(job_id)

    def prepare(self, job_id: str) -> BatchJob:
        """Wait until S3 has read the manifest of a job; return the job.

        Raises:
            StatusUnavailableError: the status can no longer be read.
        """
        return next(job for job in self.watch(job_id) if job.status.is_prepared)

    def watch(self, job_id: str) -> Iterator[BatchJob]:
        """Yield the state of a job whenever it may have changed, until the job ends.

        Raises:
            StatusUnavailableError: the status can no longer be read.
        """
        pause, outage = _FIRST_PAUSE, Outage()
        while True:
            try:
                job = self.find(job_id)
            except AdapterError as error:
                outage.add(error, pause)
            else:
                outage = Outage()
                yield job
                if job.status.has_ended:
                    return
            self._sleep(pause)
            pause = min(pause * 1.5, _MAX_PAUSE)

    def failures(self, job: BatchJob) -> Iterator[FailedTask]:
        """Yield the failed tasks of a job that ended, from its completion report.

        Raises:
            PermanentError: the report is invalid.
            AdapterError: the report cannot be read.
        """
        if not job.failed or job.report is None:
            return
        context = f"cannot read the report {printable(str(job.report))}"
        body = bytearray()
        for piece in self._files.read(job.report):
            body += piece
            if len(body) > _MAX_MANIFEST:
                msg = f"{context}: it is larger than {_MAX_MANIFEST:,} bytes"
                raise PermanentError(msg)
        try:
            for file in report_files(bytes(body), job.report.bucket):
                lines = decode_lines(self._files.read(file.location), _MAX_LINE)
                yield from failed_tasks(lines, file.columns)
        except ValueError as error:
            msg = f"{context}: {error}"
            raise PermanentError(msg) from error


def _keys(listing: Iterable[Listing]) -> Iterator[str]:
    for each in listing:
        if not isinstance(each, ListedObject):
            msg = f"cannot list '{printable(each.key)}': {each.reason}"
            raise PermanentError(msg)
        yield each.key
