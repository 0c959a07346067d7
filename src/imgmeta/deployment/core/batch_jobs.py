"""S3 Batch Operations jobs: requests, states, manifests and completion reports.

Source: Amazon S3 User Guide, "Performing object operations in bulk with Batch Operations".
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import shorten

__all__ = [
    "BatchJob",
    "BatchJobRequest",
    "FailedTask",
    "FailureGroups",
    "JobStatus",
    "ReportFile",
    "failed_tasks",
    "is_job_id",
    "manifest_lines",
    "report_files",
]

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{5,64}")

_MAX_REASON = 300
_MAX_GROUPS = 50
_MAX_KEYS = 5
_OTHER = "other reasons"


def is_job_id(text: str) -> bool:
    """Return whether S3 could give a job this ID: Amazon S3 API Reference, DescribeJob."""
    return _JOB_ID.fullmatch(text) is not None


class JobStatus(StrEnum):
    """States of a job: Amazon S3 API Reference, JobDescriptor."""

    NEW = "New"
    PREPARING = "Preparing"
    SUSPENDED = "Suspended"
    READY = "Ready"
    ACTIVE = "Active"
    PAUSING = "Pausing"
    PAUSED = "Paused"
    COMPLETING = "Completing"
    COMPLETE = "Complete"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    FAILING = "Failing"
    FAILED = "Failed"

    @property
    def has_ended(self) -> bool:
        """Whether the job has ended."""
        return self in {JobStatus.COMPLETE, JobStatus.CANCELLED, JobStatus.FAILED}

    @property
    def is_prepared(self) -> bool:
        """Whether the manifest was read, or never will be."""
        return self not in {JobStatus.NEW, JobStatus.PREPARING}


@dataclass(frozen=True, slots=True)
class BatchJobRequest:
    """A job that calls a function for each object of a manifest, after a confirmation.

    Attributes:
        function: ARN of the function.
        role: ARN of the role that S3 assumes.
        manifest: location of the manifest.
        manifest_etag: its ETag, without quotes.
        report_prefix: location of the reports, without a final slash.
        description: text for people.
        token: identifies the request, so that it creates one job only, however often it is sent.
    """

    function: str
    role: str
    manifest: ObjectLocation
    manifest_etag: str
    report_prefix: ObjectLocation
    description: str
    token: str


@dataclass(frozen=True, slots=True)
class BatchJob:
    """The state of a job.

    Attributes:
        job_id: the job's ID.
        status: its status.
        total: the number of its tasks, one for each object.
        succeeded: the number of tasks that succeeded.
        failed: the number of tasks that failed.
        function: ARN of the function that it calls.
        reason: why it failed, if it did.
        report: location of the manifest of its completion report; None: it writes none.
    """

    job_id: str
    status: JobStatus
    total: int = 0
    succeeded: int = 0
    failed: int = 0
    function: str = ""
    reason: str = ""
    report: ObjectLocation | None = None

    @property
    def is_success(self) -> bool:
        """Whether all tasks succeeded."""
        return self.status is JobStatus.COMPLETE and not self.failed


class ReportFile(NamedTuple):
    """A file of a completion report.

    Attributes:
        location: the file's location.
        columns: the names of its columns.
    """

    location: ObjectLocation
    columns: tuple[str, ...]


class FailedTask(NamedTuple):
    """A task that failed.

    Attributes:
        location: its object.
        reason: the reason, not escaped, so not safe to print.
    """

    location: ObjectLocation
    reason: str


def manifest_lines(bucket: str, keys: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines of a CSV manifest: bucket and key.

    Keys are URL-encoded without plus signs, so that both ways to decode them give the same key.
    """
    for key in keys:
        yield f"{bucket},{quote(key, safe='/')}\n".encode()


def report_files(body: bytes, bucket: str) -> list[ReportFile]:
    """Return the files with failed tasks in the `manifest.json` of a completion report.

    Args:
        body: the content of `manifest.json`.
        bucket: the bucket of the report. Files in another one are not accepted.

    Raises:
        ValueError: it is no such manifest.
    """
    try:
        document: Any = json.loads(body)
        columns = tuple(name.strip() for name in document["ReportSchema"].split(","))
        files = [
            ReportFile(ObjectLocation(str(each["Bucket"]), str(each["Key"])), columns)
            for each in document["Results"]
            if each["TaskExecutionStatus"] == "failed"
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        msg = "it is not the manifest of a completion report"
        raise ValueError(msg) from error
    if any(each.location.bucket != bucket for each in files):
        msg = "its files are in another bucket"
        raise ValueError(msg)
    return files


def failed_tasks(lines: Iterable[str], columns: Sequence[str]) -> Iterator[FailedTask]:
    """Yield the failed tasks in the lines of a report file.

    Raises:
        ValueError: a line is invalid.
    """
    try:
        for values in csv.reader(lines):
            if values:
                fields = dict(zip(columns, values, strict=False))
                location = ObjectLocation(fields["Bucket"], unquote_plus(fields["Key"]))
                yield FailedTask(location, _reason(fields))
    except (csv.Error, KeyError) as error:
        msg = "it is not the file of a completion report"
        raise ValueError(msg) from error


def _reason(fields: dict[str, str]) -> str:
    code, message = fields.get("ErrorCode", ""), fields.get("ResultMessage", "")
    return shorten(": ".join(filter(None, (code, message))), _MAX_REASON) or "no reason given"


@dataclass(slots=True)
class FailureGroups:
    """Failed tasks grouped by reason, with some of their keys, in bounded memory.

    Attributes:
        counts: the number of tasks by reason.
        examples: the first objects of each reason.
    """

    counts: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, list[ObjectLocation]] = field(
        default_factory=dict[str, list[ObjectLocation]]
    )

    def add(self, task: FailedTask) -> None:
        """Count a task."""
        reason = task.reason
        if reason not in self.counts and len(self.counts) >= _MAX_GROUPS:
            reason = _OTHER
        self.counts[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < _MAX_KEYS:
            examples.append(task.location)
