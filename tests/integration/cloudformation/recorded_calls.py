"""What the function asks of AWS, as the permissions that IAM asks for it.

Service Authorization Reference, "Actions, resources, and condition keys" of Amazon S3, DynamoDB and
SNS.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from imgmeta.adapters.aws import Clients

if TYPE_CHECKING:
    from botocore.client import BaseClient

__all__ = ["UNFORESEEN", "Permission", "Permissions", "record"]

Permission = tuple[str, str]
"""An action, and the ARN of what it is done to."""

Permissions = set[Permission]

UNFORESEEN = "not foreseen in tests/integration/cloudformation/recorded_calls.py"
"""Stands for what a call is made to of which this module does not say which permission it needs."""

_EVENTS = ("provide-client-params", "after-call")
_NOT_FOUND = 404


def record(patch: pytest.MonkeyPatch, region: str, account: str) -> Permissions:
    """Return the permissions that clients made from now on will turn out to need; it grows."""
    found: Permissions = set()
    made = Clients._made  # noqa: SLF001 - to hear what each client is asked for

    def made_with_ears(clients: Clients, service: str) -> "BaseClient":
        client: BaseClient = made(clients, service)  # type: ignore[assignment]  # says object

        def asked(params: Mapping[str, Any], model: Any, context: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
            needed = _needed(service, model.name, params, f"{region}:{account}")
            found.add(needed)
            context["imgmeta.asked"] = needed

        def answered(http_response: Any, context: Any, **_: object) -> None:  # noqa: ANN401 - as above
            # Who may not list a bucket is told 403 of what is not there: Amazon S3 API Reference,
            # GetObject, "Permissions".
            action, arn = context["imgmeta.asked"]
            if http_response.status_code == _NOT_FOUND and action == "s3:GetObject":
                found.add(("s3:ListBucket", arn.partition("/")[0]))

        hear: tuple[Callable[..., None], ...] = (asked, answered)
        for event, listener in zip(_EVENTS, hear, strict=True):
            client.meta.events.register(f"{event}.{service}", listener)
        return client

    patch.setattr(Clients, "_made", made_with_ears)
    return found


def _needed(service: str, operation: str, params: Mapping[str, Any], where: str) -> Permission:
    match service, operation:
        case "s3", "GetObject" | "HeadObject":
            action = "s3:GetObjectVersion" if "VersionId" in params else "s3:GetObject"
            return action, f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"
        case "s3", "ListObjectsV2" | "HeadBucket":
            return "s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}"
        case "dynamodb", "GetItem" | "PutItem" | "Query" | "Scan":
            index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
            table = f"arn:aws:dynamodb:{where}:table/{params['TableName']}"
            return f"dynamodb:{operation}", table + index
        case "sns", "Publish":
            return "sns:Publish", params["TopicArn"]
        case _:
            # Not raised: whoever calls may take that for a failure of AWS, and go on.
            return f"{service}:{operation}", UNFORESEEN
