"""AWS in this process by moto, with imgmeta's clients, and error responses."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import pytest

from support.aws.emulators import set_aws_environment

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_s3 import S3Client

    from imgmeta.adapters.aws import Clients

__all__ = [
    "HAS_AWS",
    "aws_in_memory",
    "list_restored_objects",
    "mock_botocore",
    "move_to_storage_class",
    "respond_with_error",
    "s3_in_memory",
]

HAS_AWS = find_spec("moto") is not None
"""Whether the extra `aws` and moto are installed; tests that need them are skipped otherwise."""

REGION = "us-east-1"


@contextmanager
def mock_botocore() -> Generator[None]:
    """Replace AWS with moto in this process, for clients of botocore.

    moto also registers more than a thousand patterns for the library `requests`, which no test
    uses; that takes half of the time of a short test. For each request to S3, it imports the
    patterns of URLs three times again, which depend on environment variables that no test sets.
    """
    from moto import mock_aws  # noqa: PLC0415 - slow to import and optional
    from moto.core import models  # noqa: PLC0415 - as above
    from moto.s3 import models as s3  # noqa: PLC0415 - as above

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "RESPONSES_METHODS", [])
        patch.setattr(s3, "reload", lambda module: module)
        with mock_aws():
            yield


@contextmanager
def aws_in_memory(patch: pytest.MonkeyPatch) -> Generator["Clients"]:
    """Replace AWS in this process with an empty account in memory, and yield its clients.

    The clients do not retry requests, and do not read the AWS configuration of the user.
    """
    from imgmeta.adapters.aws import Clients, clients  # noqa: PLC0415 - slow to import and optional

    set_aws_environment(patch)
    patch.setattr(clients, "_ATTEMPTS", 1)
    with mock_botocore():
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


def move_to_storage_class(bucket: str, key: str, storage_class: str) -> None:
    """Change an object's storage class like a lifecycle rule, which changes nothing else.

    A restored copy of the object expires.
    """
    from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415 - as above
    from moto.s3.models import s3_backends  # noqa: PLC0415 - as above

    moved = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys[key]
    moved.set_storage_class(storage_class)
    moved._expiry = None  # noqa: SLF001 - moto has no method for it


def list_restored_objects(client: "BaseClient", *keys: str) -> None:
    """Add the state of restored copies to listings on request, as S3 does and moto does not.

    Args:
        client: an S3 client.
        keys: the archived objects with a restored copy; all others have none.
    """
    requested: list[bool] = []

    def note(params: dict[str, Any], **_: object) -> None:
        requested.append("RestoreStatus" in params.get("OptionalObjectAttributes", ()))

    def add(parsed: dict[str, Any], **_: object) -> None:
        for line in parsed.get("Contents", ()) if requested.pop() else ():
            if line["Key"] in keys:
                expires = datetime(2026, 12, 2, tzinfo=UTC)
                line["RestoreStatus"] = {
                    "IsRestoreInProgress": False,
                    "RestoreExpiryDate": expires,
                }

    client.meta.events.register("provide-client-params.s3.ListObjectsV2", note)
    client.meta.events.register("after-call.s3.ListObjectsV2", add)
