"""Checks of existing buckets, and responses that are not from S3."""

from typing import TYPE_CHECKING, Any

import pytest

from imgmeta.errors import ConfigurationError, PermanentError, Remedy
from support.aws.moto import HAS_AWS, aws_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from imgmeta.deployment.adapters.notifications import S3BucketNotifications
from imgmeta.deployment.core.bucket_notifications import NotificationConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.adapters.aws import Clients


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Clients]":
    with aws_in_memory(monkeypatch) as clients:
        clients.s3.create_bucket(Bucket="my-photos")
        yield clients


def notifications(clients: "Clients") -> S3BucketNotifications:
    return S3BucketNotifications(clients.s3, clients.sts)


def handle(clients: "Clients", event: str, handler: object) -> None:
    events: Any = clients.s3.meta.events
    events.register(event, handler)


def test_bucket_in_another_region_is_rejected(clients: "Clients") -> None:
    def move(parsed: dict[str, Any], **_: object) -> None:
        parsed["BucketRegion"] = "eu-west-1"

    handle(clients, "after-call.s3.HeadBucket", move)
    message = "is in eu-west-1, and a stack in us-east-1 gets no events .* --region eu-west-1"
    with pytest.raises(ConfigurationError, match=message):
        notifications(clients).check("my-photos")


def test_bucket_of_another_account_is_rejected(clients: "Clients") -> None:
    def deny_owner(
        params: dict[str, Any], **_: object
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        if "x-amz-expected-bucket-owner" not in params["headers"]:
            return None
        error = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        return AWSResponse("http://127.0.0.1", 403, HTTPHeaders(), None), error

    handle(clients, "before-call.s3.HeadBucket", deny_owner)
    with pytest.raises(ConfigurationError, match="belongs to another account than 123456789012"):
        notifications(clients).check("my-photos")


@pytest.mark.parametrize("page", [b"<html>Log in</html>", b"", b"{}"])
def test_response_of_another_server_is_not_an_empty_configuration(
    clients: "Clients", page: bytes
) -> None:
    def replace(http_response: AWSResponse, **_: object) -> None:
        vars(http_response)["_content"] = page  # botocore has no method for it

    handle(clients, "after-call.s3.GetBucketNotificationConfiguration", replace)
    with pytest.raises(PermanentError, match="the response is not from S3") as caught:
        notifications(clients).get("my-photos")
    assert caught.value.remedy is Remedy.ENDPOINT


def test_statement_names_the_partition(clients: "Clients") -> None:
    chinese = type(clients)(region="cn-north-1")

    def deny(**_: object) -> tuple[AWSResponse, dict[str, Any]]:
        error = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        return AWSResponse("http://127.0.0.1", 403, HTTPHeaders(), None), error

    handle(chinese, "before-call.s3.PutBucketNotificationConfiguration", deny)
    with pytest.raises(PermanentError, match=r'"Resource": "arn:aws-cn:s3:::my-photos"'):
        notifications(chinese).put("my-photos", NotificationConfiguration.empty())
