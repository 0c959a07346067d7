"""Record the AWS calls of the function as the IAM permissions that they require.

Service Authorization Reference, "Actions, resources, and condition keys" for Amazon S3, DynamoDB,
SNS and SQS.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from imgmeta.adapters.aws import Clients

if TYPE_CHECKING:
    from botocore.client import BaseClient

__all__ = ["UNKNOWN_RESOURCE", "Permission", "Permissions", "record"]

Permission = tuple[str, str]
"""An action and the ARN of its resource."""

Permissions = set[Permission]

UNKNOWN_RESOURCE = "unknown to tests/integration/cloudformation/recorded_calls.py"
"""Resource recorded for a call whose required permission this module does not know."""

_EVENTS = ("provide-client-params", "after-call")
_NOT_FOUND = 404


def record(patch: pytest.MonkeyPatch, region: str, account: str) -> Permissions:
    """Return a set to which clients created from now on add the permissions they require."""
    recorded: Permissions = set()
    original = Clients._create  # noqa: SLF001 - wrapped to observe each client's calls

    def observed(clients: Clients, service: str) -> "BaseClient":
        client: BaseClient = original(clients, service)  # type: ignore[assignment]  # annotated as object

        def on_request(params: Mapping[str, Any], model: Any, context: Any, **_: object) -> None:  # noqa: ANN401 - untyped in botocore
            required = _required(service, model.name, params, f"{region}:{account}")
            recorded.add(required)
            context["imgmeta.required"] = required

        def on_response(http_response: Any, context: Any, **_: object) -> None:  # noqa: ANN401 - untyped in botocore
            # Without s3:ListBucket, S3 returns 403 instead of 404: Amazon S3 API Reference,
            # GetObject, "Permissions".
            action, arn = context["imgmeta.required"]
            if http_response.status_code == _NOT_FOUND and action == "s3:GetObject":
                recorded.add(("s3:ListBucket", arn.partition("/")[0]))

        listeners: tuple[Callable[..., None], ...] = (on_request, on_response)
        for event, listener in zip(_EVENTS, listeners, strict=True):
            client.meta.events.register(f"{event}.{service}", listener)
        return client

    patch.setattr(Clients, "_create", observed)
    return recorded


def _required(service: str, operation: str, params: Mapping[str, Any], scope: str) -> Permission:
    """Return the permission of a call; `scope` is the region and account of its ARN."""
    match service, operation:
        case "s3", "GetObject" | "HeadObject":
            action = "s3:GetObjectVersion" if "VersionId" in params else "s3:GetObject"
            return action, f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"
        case "s3", "ListObjectsV2" | "HeadBucket":
            return "s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}"
        case "dynamodb", "GetItem" | "PutItem" | "Query" | "Scan":
            index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
            table = f"arn:aws:dynamodb:{scope}:table/{params['TableName']}"
            return f"dynamodb:{operation}", table + index
        case "sns", "Publish":
            return "sns:Publish", params["TopicArn"]
        case "sqs", "SendMessage" | "SendMessageBatch":
            return "sqs:SendMessage", params["QueueUrl"]
        case _:
            # Not raised: the caller might treat an exception as a failure of AWS, and continue.
            return f"{service}:{operation}", UNKNOWN_RESOURCE
