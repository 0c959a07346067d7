"""Tables and items as the system that imgmeta replaces wrote them (docs/original.md)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from imgmeta.core.identity import image_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["PROCESSED_AT", "create_original_table", "original_item", "put_original_items"]

PROCESSED_AT = datetime(2026, 11, 20, 7, 30, 8, 997_932, tzinfo=UTC)


def create_original_table(client: "DynamoDBClient", name: str) -> None:
    """Create a table with the schema of the original template."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "ImageId", "AttributeType": "S"},
            {"AttributeName": "UploadTimestamp", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "ImageId", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "UploadTimestampIndex",
                "KeySchema": [{"AttributeName": "UploadTimestamp", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def original_item(key: str, bucket: str = "holiday", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any attribute
    """Return the item of an upload, as the original handler stored it; None leaves one out."""
    date = PROCESSED_AT.replace(tzinfo=None).isoformat()
    attributes = {
        "ImageId": image_id(bucket, key),
        "BucketName": bucket,
        "ObjectKey": key,
        "FileSize": 11_564,
        "ContentType": "image/jpeg",
        "UploadTimestamp": int(PROCESSED_AT.timestamp()),
        "UploadDate": date,
        "ProcessedAt": date,
        "Status": "processed",
    }
    return {
        name: TypeSerializer().serialize(value)
        for name, value in (attributes | changes).items()
        if value is not None
    }


def put_original_items(
    client: "DynamoDBClient", table: str, items: Iterable[dict[str, Any]]
) -> None:
    """Write items as the original handler did, without a condition."""
    for item in items:
        client.put_item(TableName=table, Item=item)
