"""Ports for the jobs of S3 Batch Operations."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.batch_jobs import BatchJob, BatchJobRequest

__all__ = ["BatchJobs", "JobFiles"]


class BatchJobs(Protocol):
    """The S3 Batch Operations jobs of one account and region.

    Methods raise TransientError for a temporary failure, and PermanentError for a permanent one.
    """

    def create(self, request: BatchJobRequest) -> str:
        """Create a job that waits for `start`; return its ID.

        The same token returns the same job.
        """
        ...

    def find(self, job_id: str) -> BatchJob | None:
        """Return the job in its current state, or None if there is none with this ID."""
        ...

    def start(self, job_id: str) -> None:
        """Start a suspended job."""
        ...

    def cancel(self, job_id: str) -> None:
        """Cancel a job that has not ended; tasks in progress are completed."""
        ...


class JobFiles(Protocol):
    """The manifests and completion reports of S3 Batch Operations jobs.

    Methods raise TransientError for a temporary failure, and PermanentError for a permanent one.
    """

    def write(self, location: ObjectLocation, lines: Iterable[bytes]) -> str:
        """Write an object in bounded memory; return its ETag, without quotes.

        If it fails or is interrupted, there is no object.
        """
        ...

    def read(self, location: ObjectLocation) -> Iterator[bytes]:
        """Yield the content of an object in pieces.

        Raises:
            ConfigurationError: the object does not exist.
        """
        ...
