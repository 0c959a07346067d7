"""AWS in this process, by moto: clients as imgmeta makes them, and answers that go wrong."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_s3 import S3Client

    from imgmeta.adapters.aws import Clients

__all__ = ["HAS_AWS", "answer_with", "aws_in_memory", "s3_in_memory"]

HAS_AWS = find_spec("moto") is not None
"""Whether the extra `aws` and its double are installed; what needs them is left out where not."""

REGION = "us-east-1"


@contextmanager
def aws_in_memory(patch: pytest.MonkeyPatch) -> Generator["Clients"]:
    """Replace AWS, for this process, by an empty account in memory.

    Requests are tried once, so that what is refused is refused at once.
    """
    from moto import mock_aws  # noqa: PLC0415 - slow to import, and not always there

    from imgmeta.adapters.aws import Clients, clients  # noqa: PLC0415 - as above

    patch.setattr(clients, "_ATTEMPTS", 1)
    with mock_aws():
        yield Clients(region=REGION)


@contextmanager
def s3_in_memory(patch: pytest.MonkeyPatch) -> Generator["S3Client"]:
    """Replace AWS as `aws_in_memory` does, and give the client of S3."""
    with aws_in_memory(patch) as made:
        yield made.s3


def answer_with(
    client: "BaseClient", operation: str, code: str, status: int, message: str = "no"
) -> None:
    """Have AWS answer each request of this client with an error.

    Args:
        client: of botocore.
        operation: its name in botocore's events, such as `s3` for all or `s3.GetObject`.
        code: the error's.
        status: the answer's, of HTTP.
        message: what AWS says to the code.
    """
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - as above
    from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above

    def refuse(**_: object) -> tuple[AWSResponse, dict[str, Any]]:
        error = {"Error": {"Code": code, "Message": message}}
        metadata = {"ResponseMetadata": {"HTTPStatusCode": status}}
        return AWSResponse("http://127.0.0.1", status, HTTPHeaders(), None), error | metadata

    # The stubs of botocore take a handler for one that answers nothing.
    client.meta.events.register_first(f"before-call.{operation}", cast("Any", refuse))
