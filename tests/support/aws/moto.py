"""AWS in this process by moto, with imgmeta's clients, and error responses."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_s3 import S3Client

    from imgmeta.adapters.aws import Clients

__all__ = ["HAS_AWS", "aws_in_memory", "respond_with_error", "s3_in_memory"]

HAS_AWS = find_spec("moto") is not None
"""Whether the extra `aws` and moto are installed; tests that need them are skipped otherwise."""

REGION = "us-east-1"


@contextmanager
def aws_in_memory(patch: pytest.MonkeyPatch) -> Generator["Clients"]:
    """Replace AWS in this process with an empty account in memory, and yield its clients.

    The clients do not retry requests.
    """
    from moto import mock_aws  # noqa: PLC0415 - slow to import and optional

    from imgmeta.adapters.aws import Clients, clients  # noqa: PLC0415 - as above

    patch.setattr(clients, "_ATTEMPTS", 1)
    with mock_aws():
        yield Clients(region=REGION)


@contextmanager
def s3_in_memory(patch: pytest.MonkeyPatch) -> Generator["S3Client"]:
    """Yield the S3 client of `aws_in_memory`."""
    with aws_in_memory(patch) as clients:
        yield clients.s3


def respond_with_error(
    client: "BaseClient", operation: str, code: str, status: int, message: str = "no"
) -> None:
    """Respond to each request of the client with an error.

    Args:
        client: a botocore client.
        operation: as in botocore's events: `s3` for all, or `s3.GetObject`.
        code: the error code.
        status: the HTTP status.
        message: the error message.
    """
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - as above
    from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above

    def handle(**_: object) -> tuple[AWSResponse, dict[str, Any]]:
        error = {"Error": {"Code": code, "Message": message}}
        metadata = {"ResponseMetadata": {"HTTPStatusCode": status}}
        return AWSResponse("http://127.0.0.1", status, HTTPHeaders(), None), error | metadata

    # The botocore stubs do not allow a handler to return a value.
    client.meta.events.register_first(f"before-call.{operation}", cast("Any", handle))
