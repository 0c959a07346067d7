"""The DynamoDB table: its schema, its creation, and the check of an existing table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translate_errors
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError, PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        CreateTableInputTypeDef,
        GlobalSecondaryIndexUnionTypeDef,
        KeySchemaElementTypeDef,
        TableDescriptionTypeDef,
        WaiterConfigTypeDef,
    )

__all__ = [
    "BUCKET_KEY_INDEX",
    "SHARDS",
    "UPLOAD_TIMESTAMP_INDEX",
    "check_table",
    "create_table",
    "table_definition",
]

UPLOAD_TIMESTAMP_INDEX = "UploadTimestampIndex"
BUCKET_KEY_INDEX = "BucketKeyIndex"

SHARDS = 8
"""Partitions per day. Part of the schema: records written with another number are not found."""

_HASH_KEY = "ImageId"
_INDEX_KEYS = {
    UPLOAD_TIMESTAMP_INDEX: ("UploadDay", "UploadTimestamp"),
    BUCKET_KEY_INDEX: ("BucketName", "ObjectKey"),
}
_NUMBERS = frozenset({"UploadTimestamp"})

_USABLE = frozenset({"ACTIVE", "UPDATING"})
_POLL_SECONDS = 1
_MAX_POLLS = 120
_ACCESS_DENIED = "AccessDeniedException"
_TABLE_NOT_FOUND = "ResourceNotFoundException"


def table_definition(name: str) -> "CreateTableInputTypeDef":
    """Return the arguments of CreateTable, with on-demand billing.

    Point-in-time recovery, deletion protection and the time to live (`ExpiresAt`) are not included.
    """
    attributes = [_HASH_KEY, *(name for keys in _INDEX_KEYS.values() for name in keys)]
    indexes: list[GlobalSecondaryIndexUnionTypeDef] = [
        {
            "IndexName": index,
            "KeySchema": _key_schema(*keys),
            "Projection": {"ProjectionType": "ALL"},
        }
        for index, keys in _INDEX_KEYS.items()
    ]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(_HASH_KEY),
        "AttributeDefinitions": [
            {"AttributeName": each, "AttributeType": "N" if each in _NUMBERS else "S"}
            for each in attributes
        ],
        "GlobalSecondaryIndexes": indexes,
    }


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Create the table, and wait until it is active.

    Raises:
        TransientError: DynamoDB is temporarily unavailable.
        PermanentError: the table cannot be created, or exists.
    """
    with translate_errors(f"cannot create the table {printable(name)}"):
        client.create_table(**table_definition(name))
        waiter = client.get_waiter("table_exists")
        limits: WaiterConfigTypeDef = {"Delay": _POLL_SECONDS, "MaxAttempts": _MAX_POLLS}
        waiter.wait(TableName=name, WaiterConfig=limits)


def check_table(client: "DynamoDBClient", name: str) -> None:
    """Check that the table can be used as an index.

    A denied permission to describe the table is not an error: reading and writing do not need it.

    Raises:
        ConfigurationError: the table does not exist, is not ready, or has another schema.
        TransientError: DynamoDB is temporarily unavailable.
    """
    shown = printable(name)
    try:
        with translate_errors(f"cannot use the table {shown}"):
            described = client.describe_table(TableName=name).get("Table", {})
    except PermanentError as error:
        code = error_code(error.__cause__) if isinstance(error.__cause__, ClientError) else ""
        if code == _ACCESS_DENIED:
            return
        if code == _TABLE_NOT_FOUND:
            msg = (
                f"there is no table {shown} in the region {client.meta.region_name}: check its "
                "name, the region and the account, or deploy imgmeta there first"
            )
            raise ConfigurationError(msg) from error
        raise ConfigurationError(error.message, remedy=error.remedy) from error
    if not described:  # botocore's result for a response that is not JSON
        msg = f"cannot use the table {shown}: the response is not from DynamoDB: check the endpoint"
        raise ConfigurationError(msg)
    if mismatch := _schema_mismatch(described):
        msg = f"the table {shown} is not an imgmeta table ({mismatch})"
        raise ConfigurationError(msg, remedy=Remedy.STORE)
    for state in _states(described):
        if state is not None and state not in _USABLE:
            msg = f"the table {shown} is not ready ({state}): try again in a minute"
            raise ConfigurationError(msg)


def _schema_mismatch(table: "TableDescriptionTypeDef") -> str | None:
    if table.get("KeySchema") != _key_schema(_HASH_KEY):
        return f"its key is not {_HASH_KEY}"
    schemas = {
        each.get("IndexName"): each.get("KeySchema")
        for each in table.get("GlobalSecondaryIndexes", [])
    }
    for name, keys in _INDEX_KEYS.items():
        if schemas.get(name) != _key_schema(*keys):
            return f"its index {name} is missing or has other keys"
    return None


def _states(table: "TableDescriptionTypeDef") -> Iterator[str | None]:
    yield table.get("TableStatus")
    for index in table.get("GlobalSecondaryIndexes", []):
        if index.get("IndexName") in _INDEX_KEYS:
            yield index.get("IndexStatus")


def _key_schema(hash_key: str, range_key: str | None = None) -> "list[KeySchemaElementTypeDef]":
    schema: list[KeySchemaElementTypeDef] = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key is not None:
        schema.append({"AttributeName": range_key, "KeyType": "RANGE"})
    return schema
