"""A server that behaves as S3 Control does for S3 Batch Operations jobs, with an S3 client."""

import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from support.http.serving import serving

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["ACCOUNT", "BatchServer", "batch_operations"]

ACCOUNT = "111122223333"
_NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
_HISTORY = ("New", "Preparing", "Suspended")


@dataclass
class Job:
    """A job on the server."""

    job_id: str
    request: ET.Element
    status: str = "New"
    total: int = 0
    succeeded: int = 0
    failed: int = 0
    reason: str = ""
    tasks: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def text(self, path: str) -> str:
        """Return the text of an element of the request."""
        found = self.request.find("/".join(f"{{{_NAMESPACE}}}{name}" for name in path.split("/")))
        return "" if found is None else found.text or ""


@dataclass
class BatchServer:
    """The state of the server.

    Attributes:
        url: its URL.
        s3: the client of the bucket with manifests and reports.
        fail_task: returns the reason that the task of a key fails, or None. Keys are as in the
            manifest, so URL-encoded.
        jobs: the jobs by ID.
        errors: error codes and statuses of the next responses.
        accounts: the values of the header `x-amz-account-id`.
    """

    s3: "S3Client"
    url: str = ""
    fail_task: Callable[[str], str | None] = lambda _: None
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    errors: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    accounts: set[str] = field(default_factory=set[str])

    def create(self, body: bytes) -> str:
        """Create a job; return the response."""
        request = ET.fromstring(body)  # noqa: S314 - the test sends it
        token = Job("", request).text("ClientRequestToken")
        job_id = f"job-{hashlib.sha256(token.encode()).hexdigest()[:12]}"
        self.jobs.setdefault(job_id, Job(job_id, request))
        return f'<CreateJobResult xmlns="{_NAMESPACE}"><JobId>{job_id}</JobId></CreateJobResult>'

    def describe(self, job: Job) -> str:
        """Advance a job by one step; return its description."""
        if job.status in _HISTORY[:-1]:
            job.status = _HISTORY[_HISTORY.index(job.status) + 1]
            if job.status == "Suspended":
                self._read_manifest(job)
        elif job.status in {"Ready", "Active"}:
            self.run(job)
        reason = f"<member><FailureCode>{job.reason}</FailureCode></member>"
        reasons = f"<FailureReasons>{reason}</FailureReasons>"
        return (
            f'<DescribeJobResult xmlns="{_NAMESPACE}"><Job><JobId>{job.job_id}</JobId>'
            f"<Status>{job.status}</Status>{reasons if job.reason else ''}"
            f"<ProgressSummary><TotalNumberOfTasks>{job.total}</TotalNumberOfTasks>"
            f"<NumberOfTasksSucceeded>{job.succeeded}</NumberOfTasksSucceeded>"
            f"<NumberOfTasksFailed>{job.failed}</NumberOfTasksFailed></ProgressSummary>"
            "<Operation><LambdaInvoke><FunctionArn>"
            f"{escape(job.text('Operation/LambdaInvoke/FunctionArn'))}"
            "</FunctionArn></LambdaInvoke></Operation>"
            f"<Report><Enabled>true</Enabled><Bucket>{job.text('Report/Bucket')}</Bucket>"
            f"<Prefix>{escape(job.text('Report/Prefix'))}</Prefix></Report>"
            "</Job></DescribeJobResult>"
        )

    def _read_manifest(self, job: Job) -> None:
        bucket, _, key = job.text("Manifest/Location/ObjectArn").rpartition(":")[2].partition("/")
        response = self.s3.get_object(Bucket=bucket, Key=key)
        if response["ETag"].strip('"') != job.text("Manifest/Location/ETag"):
            job.status, job.reason = "Failed", "ManifestETagMismatch"
            return
        for line in response["Body"].read().decode("ascii").splitlines():
            name, _, encoded = line.partition(",")
            job.tasks.append((name, encoded))
        job.total = len(job.tasks)

    def run(self, job: Job) -> None:
        """Advance a job that runs: start it, or run its tasks and write the report."""
        if job.status == "Ready":
            job.status = "Active"
            return
        rows = []
        for bucket, key in job.tasks:
            reason = self.fail_task(key)
            if reason is None:
                job.succeeded += 1
            else:
                job.failed += 1
                rows.append(f'"{bucket}","{key}","","failed","PermanentFailure","200","{reason}"')
        self._write_report(job, "\n".join(rows).encode())
        job.status = "Complete"

    def _write_report(self, job: Job, rows: bytes) -> None:
        bucket = job.text("Report/Bucket").rpartition(":")[2]
        folder = f"{job.text('Report/Prefix')}/job-{job.job_id}"
        results = [
            {
                "TaskExecutionStatus": "failed",
                "Bucket": bucket,
                "MD5Checksum": hashlib.md5(rows).hexdigest(),  # noqa: S324 - the format has MD5
                "Key": f"{folder}/results/failed.csv",
            }
        ]
        manifest = {
            "Format": "Report_CSV_20180820",
            "ReportCreationDate": "2026-11-30T04:00:00Z",
            "Results": results if rows else [],
            "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, "
            "ResultMessage",
        }
        for key, body in (
            (f"{folder}/results/failed.csv", rows),
            (f"{folder}/manifest.json", json.dumps(manifest).encode()),
        ):
            self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def respond(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        """Return the status and the body of a response."""
        if self.errors:
            code, status = self.errors.pop(0)
            return status, _error(code)
        url = urlsplit(path)
        parts = url.path.split("/")[2:]  # without the version of the API
        if method == "POST" and parts == ["jobs"]:
            return 200, self.create(body)
        job = self.jobs.get(parts[1]) if len(parts) > 1 else None
        if job is None:
            return 404, _error("NoSuchJob")
        if method == "GET":
            return 200, self.describe(job)
        requested = parse_qs(url.query)["requestedJobStatus"][0]
        if requested == "Ready" and job.status != "Suspended":
            return 400, _error("JobStatusException")
        job.status = requested
        return 200, (
            f'<UpdateJobStatusResult xmlns="{_NAMESPACE}"><JobId>{job.job_id}</JobId>'
            f"<Status>{job.status}</Status></UpdateJobStatusResult>"
        )


def _error(code: str) -> str:
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Code>{code}</Code><Message>no</Message>'
        "</Error><RequestId>1</RequestId></ErrorResponse>"
    )


@contextmanager
def batch_operations(s3: "S3Client") -> Generator[BatchServer]:
    """Run the server.

    Args:
        s3: the client of the bucket with manifests and reports.
    """
    state = BatchServer(s3)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            state.accounts.add(self.headers["x-amz-account-id"])
            status, text = state.respond(self.command, self.path, self.rfile.read(length))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amz-request-id", "1")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the base class looks for this name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield state
