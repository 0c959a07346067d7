"""The jobs of Amazon S3 Batch Operations."""

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import add_handler, error_code
from imgmeta.adapters.s3.responses import s3_responses
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import printable
from imgmeta.deployment.core.batch_jobs import BatchJob, BatchJobRequest, JobStatus

if TYPE_CHECKING:
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

__all__ = ["S3BatchJobs"]

_NOT_FOUND = frozenset({"NoSuchJob", "NotFoundException", "404"})
_PRIORITY = 10


class S3BatchJobs:
    """The jobs of one account and region.

    Args:
        client: a client of Amazon S3 Control. Its requests to a local server change.
        account: the ID of the account.
        partition: the partition of the region, such as `aws`.
    """

    def __init__(self, client: "S3ControlClient", account: str, partition: str) -> None:
        self._client = client
        self._account = account
        self._partition = partition
        _address_local_servers(client)

    def create(self, request: BatchJobRequest) -> str:
        """Create a job that waits for `start`: see `BatchJobs.create`."""
        with s3_responses("cannot create the S3 Batch Operations job"):
            return self._client.create_job(
                AccountId=self._account,
                ConfirmationRequired=True,
                Operation={
                    "LambdaInvoke": {
                        "FunctionArn": request.function,
                        "InvocationSchemaVersion": "2.0",
                    }
                },
                Manifest={
                    "Spec": {
                        "Format": "S3BatchOperations_CSV_20180820",
                        "Fields": ["Bucket", "Key"],
                    },
                    "Location": {
                        "ObjectArn": self._arn(request.manifest.bucket, request.manifest.key),
                        "ETag": request.manifest_etag,
                    },
                },
                Report={
                    "Enabled": True,
                    "Bucket": self._arn(request.report_prefix.bucket),
                    "Prefix": request.report_prefix.key,
                    "Format": "Report_CSV_20180820",
                    "ReportScope": "FailedTasksOnly",
                },
                Priority=_PRIORITY,
                RoleArn=request.role,
                Description=request.description,
                ClientRequestToken=request.token,
            )["JobId"]

    def find(self, job_id: str) -> BatchJob | None:
        """Return the job in its current state: see `BatchJobs.find`."""
        with s3_responses(f"cannot read the job {printable(job_id)}"):
            try:
                response = self._client.describe_job(AccountId=self._account, JobId=job_id)
            except ClientError as error:
                if error_code(error) in _NOT_FOUND:
                    return None
                raise
            return _job(response["Job"])

    def start(self, job_id: str) -> None:
        """Start a suspended job: see `BatchJobs.start`."""
        with s3_responses(f"cannot start the job {printable(job_id)}"):
            self._client.update_job_status(
                AccountId=self._account, JobId=job_id, RequestedJobStatus="Ready"
            )

    def cancel(self, job_id: str) -> None:
        """Cancel a job that has not ended: see `BatchJobs.cancel`."""
        with s3_responses(f"cannot cancel the job {printable(job_id)}"):
            self._client.update_job_status(
                AccountId=self._account, JobId=job_id, RequestedJobStatus="Cancelled"
            )

    def _arn(self, bucket: str, key: str = "") -> str:
        return f"arn:{self._partition}:s3:::{bucket}{f'/{key}' if key else ''}"


def _job(described: "JobDescriptorTypeDef") -> BatchJob:
    progress = described.get("ProgressSummary", {})
    reasons = [
        ": ".join(filter(None, (each.get("FailureCode"), each.get("FailureReason"))))
        for each in described.get("FailureReasons", ())
    ]
    operation = described.get("Operation", {}).get("LambdaInvoke", {})
    job_id = described["JobId"]
    report = described.get("Report", {})
    location = None
    if report.get("Enabled") and "Bucket" in report:
        prefix = f"{report['Prefix'].strip('/')}/" if report.get("Prefix") else ""
        bucket = report["Bucket"].rpartition(":")[2]
        location = ObjectLocation(bucket, f"{prefix}job-{job_id}/manifest.json")
    return BatchJob(
        job_id=job_id,
        status=JobStatus(described["Status"]),
        total=progress.get("TotalNumberOfTasks") or 0,
        succeeded=progress.get("NumberOfTasksSucceeded") or 0,
        failed=progress.get("NumberOfTasksFailed") or 0,
        function=operation.get("FunctionArn", ""),
        reason="; ".join(reasons),
        report=location,
    )


def _address_local_servers(client: "S3ControlClient") -> None:
    """Send requests for a local server to its address.

    botocore puts the account's ID in front of the host name, also of an IP address or `localhost`,
    which then cannot be resolved. The ID is also a header.
    """

    def address(params: dict[str, Any], **_: object) -> None:
        url = urlsplit(cast("str", params["url"]))
        account, dot, host = url.netloc.partition(".")
        if dot and account.isdigit() and _is_local(host.rpartition(":")[0] or host):
            params["url"] = urlunsplit(url._replace(netloc=host))

    add_handler(client, "before-call.s3-control", address)


def _is_local(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return True
