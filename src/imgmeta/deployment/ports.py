"""The ports of deployment: packaging, storage, CloudFormation and health."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from imgmeta.core.objects import Listing, ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint
from imgmeta.deployment.core.batch_jobs import BatchJob, BatchJobRequest
from imgmeta.deployment.core.bucket_notifications import NotificationConfiguration
from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import (
    Alarm,
    ChangeSet,
    QueueDepth,
    Stack,
    StackEvent,
    StackResource,
)

__all__ = [
    "Alarms",
    "ArtifactStore",
    "BatchJobs",
    "BucketNotifications",
    "CheckpointStore",
    "DeadLetterQueue",
    "EventRules",
    "FunctionLogs",
    "FunctionPackager",
    "JobFiles",
    "ListingSource",
    "QueueGauge",
    "Stacks",
]


class FunctionPackager(Protocol):
    """Builds deployment packages with everything the function needs, and nothing more."""

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        """Build the package; the same inputs give the same bytes, and so the same name.

        Raises:
            TransientError: a dependency cannot be downloaded now.
            PermanentError: a dependency has no build for this platform, a file cannot be written,
                or AWS Lambda would reject the package.
            ConfigurationError: the build tool is not installed.
        """
        ...


class ArtifactStore(Protocol):
    """Stores deployment packages in a bucket that CloudFormation can read.

    Methods raise TransientError for a temporary failure, PermanentError for a permanent failure,
    and ConfigurationError for a bucket that this account cannot use.
    """

    def check(self) -> None:
        """Check that the bucket can be used or created, without writing anything."""
        ...

    def location_of(self, package: FunctionPackage) -> ObjectLocation:
        """Return the location that this package is uploaded to, without writing anything."""
        ...

    def upload(self, package: FunctionPackage) -> bool:
        """Upload the package unless it is already there; return whether it was uploaded.

        A missing bucket is created, encrypted and without public access.
        """
        ...


class Stacks(Protocol):
    """The CloudFormation stacks of one account and region.

    A stack is identified by its name or its ID; a deleted stack by its ID only. Methods raise
    TransientError for a temporary failure, and PermanentError for a permanent failure.
    """

    def find(self, stack: str) -> Stack | None:
        """Return the stack in its current state, or None if it does not exist."""
        ...

    def create_change_set(
        self,
        stack_name: str,
        template: str,
        parameters: Mapping[str, str],
        *,
        use_previous_values: Iterable[str] = (),
    ) -> ChangeSet | None:
        """Create a change set that updates the stack to the template; return None without changes.

        The stack does not change. A stack that does not exist is created in review: without
        resources, until the change set is executed.

        Args:
            stack_name: the stack to create or update.
            template: the template's text.
            parameters: new values of parameters, by name.
            use_previous_values: names of parameters that keep their current values.
        """
        ...

    def delete_change_set(self, change_set: ChangeSet) -> None:
        """Delete the change set, and a stack in review that has no other change set."""
        ...

    def execute_change_set(self, change_set: ChangeSet) -> None:
        """Start to execute the change set; `find` and `events` report their progress."""
        ...

    def delete(self, stack_id: str) -> None:
        """Start to delete the stack; `find` and `events` report the progress.

        Resources with the deletion policy `Retain` stay.
        """
        ...

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return the events of the stack and its resources, the oldest first.

        Args:
            stack_id: the stack's ID.
            after: return only events after the one with this ID; None: all.
        """
        ...

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources, except deleted ones, in any order."""
        ...


class Alarms(Protocol):
    """The alarms of one account and region."""

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        """Yield the alarms with these names that exist, in any order.

        Raises:
            TransientError: the alarms cannot be read now.
            PermanentError: the alarms cannot be read.
        """
        ...


class QueueGauge(Protocol):
    """Measures queues."""

    def depth(self, url: str) -> QueueDepth:
        """Return the approximate numbers of messages in the queue at this URL.

        Raises:
            TransientError: the queue cannot be read now.
            PermanentError: the queue does not exist or cannot be read.
        """
        ...


class DeadLetterQueue(Protocol):
    """A dead-letter queue, and the queue to which its messages can be sent back.

    Any number of threads may use it concurrently. Methods raise TransientError when a queue cannot
    respond now, and PermanentError when it will not respond until something is changed.
    """

    def receive(self) -> list[DeadLetter]:
        """Return some of the waiting messages; an empty list if it finds none.

        A returned message is not returned again until its visibility timeout ends, unless it is
        released. Messages are returned whatever they contain.
        """
        ...

    def release(self, letters: Iterable[DeadLetter]) -> None:
        """Make the messages of these letters visible again at once.

        Any number may be given. Releasing a deleted message does no harm.
        """
        ...

    def send_back(self, letters: Iterable[DeadLetter], *, mark: str) -> list[DeadLetter]:
        """Send copies of these letters to the queue; return those that the queue accepted.

        A copy has the same body, and `mark` in its attribute `REPLAY_ATTRIBUTE`. The letters stay
        in the dead-letter queue. Letters that the queue refuses are not returned; if it refuses all
        of them, it raises. When it raises, the queue may have some of the copies.
        """
        ...

    def delete(self, letters: Iterable[DeadLetter]) -> None:
        """Delete the messages of these letters. Deleting one again does no harm."""
        ...


class FunctionLogs(Protocol):
    """The log groups of functions of one account and region."""

    def events(
        self, log_group: str, *, since: datetime, until: datetime, pattern: str = ""
    ) -> Iterator[LogEvent]:
        """Yield the events of a period, the oldest first, reading them as the iterator advances.

        Args:
            log_group: the log group's name. A group that does not exist has no events.
            since: the start of the period, which belongs to it; timezone-aware.
            until: the end of the period, which does not belong to it; timezone-aware.
            pattern: a filter pattern of Amazon CloudWatch Logs; empty: all events.

        Raises:
            TransientError: the log cannot be read now.
            PermanentError: the log cannot be read.
        """
        ...


class BucketNotifications(Protocol):
    """The event notification configurations of buckets in one account and region.

    Methods raise TransientError for a temporary failure, PermanentError for a permanent failure,
    and for missing permissions a PermanentError whose message has the policy statement to add.
    """

    def check(self, bucket: str) -> None:
        """Check that a rule of Amazon EventBridge in this account and region gets its events.

        Raises:
            ConfigurationError: the bucket does not exist, is in another region, or belongs to
                another account.
        """
        ...

    def get(self, bucket: str) -> NotificationConfiguration:
        """Return the complete configuration of the bucket, including what imgmeta does not know."""
        ...

    def put(self, bucket: str, configuration: NotificationConfiguration) -> None:
        """Replace the configuration of the bucket.

        Destinations in it are not validated again: a foreign one may no longer exist.
        """
        ...


class EventRules(Protocol):
    """The rules on the default event bus of Amazon EventBridge in one account and region."""

    def matching(self, bucket: str) -> list[str]:
        """Return the names of the rules that may match events of the bucket, in any order.

        Disabled rules count: someone may enable them again.

        Raises:
            TransientError: the rules cannot be read now.
            PermanentError: the rules cannot be read.
        """
        ...


class ListingSource(Protocol):
    """Another source of a listing than the bucket itself, such as an inventory."""

    @property
    def description(self) -> str:
        """The description, which no listing with other content has."""
        ...

    def list(self, target: Target, *, after: str | None = None) -> Iterator[Listing]:
        """Yield the objects of `target`, in the order of the keys' UTF-8 bytes.

        Args:
            target: the bucket and the prefix.
            after: continue after this key, whether or not it exists.

        Raises:
            AdapterError: while iterating: the listing cannot be read.
        """
        ...


class CheckpointStore(Protocol):
    """Checkpoints of backfills, one per scope.

    Methods raise PermanentError when checkpoints cannot be read or written.
    """

    def load(self, scope: BackfillScope) -> Checkpoint | None:
        """Return the checkpoint of the scope that was saved last; None if there is none.

        Raises:
            ConfigurationError: what is stored is damaged, or is not a checkpoint of this scope.
        """
        ...

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint of its scope.

        When it returns, a later `load` returns the checkpoint, even if this process is killed. When
        the process is killed before, `load` returns the previous checkpoint or this one.
        """
        ...

    def remove(self, scope: BackfillScope) -> None:
        """Remove the checkpoint of the scope, if there is one."""
        ...


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
