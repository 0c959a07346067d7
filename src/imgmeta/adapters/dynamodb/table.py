"""The DynamoDB table: its schema, its creation, and the check of an existing table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translate_errors
from imgmeta.core.table_size import TableSize
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError, ImgmetaError, PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        CreateTableInputTypeDef,
        GlobalSecondaryIndexUnionTypeDef,
        KeySchemaElementTypeDef,
        TableDescriptionTypeDef,
        WaiterConfigTypeDef,
    )

__all__ = [
    "BUCKET_KEY_INDEX",
    "INDEX_KEYS",
    "SHARDS",
    "UPLOAD_TIMESTAMP_INDEX",
    "attribute_definitions",
    "check_table",
    "create_table",
    "describe_table",
    "key_schema",
    "lacks_index",
    "size_of_table",
    "table_definition",
]

UPLOAD_TIMESTAMP_INDEX = "UploadTimestampIndex"
BUCKET_KEY_INDEX = "BucketKeyIndex"

SHARDS = 8
"""Partitions per day. Part of the schema: records written with another number are not found."""

_HASH_KEY = "ImageId"
INDEX_KEYS = {
    UPLOAD_TIMESTAMP_INDEX: ("UploadDay", "UploadTimestamp"),
    BUCKET_KEY_INDEX: ("BucketName", "ObjectKey"),
}
"""The hash key and the range key of each index."""

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
    attributes = [_HASH_KEY, *(name for keys in INDEX_KEYS.values() for name in keys)]
    indexes: list[GlobalSecondaryIndexUnionTypeDef] = [
        {
            "IndexName": index,
            "KeySchema": key_schema(*keys),
            "Projection": {"ProjectionType": "ALL"},
        }
        for index, keys in INDEX_KEYS.items()
    ]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key_schema(_HASH_KEY),
        "AttributeDefinitions": attribute_definitions(*attributes),
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

    A table of the original system passes, although it lacks indexes: records can be read by ID,
    scanned and written, and only queries of an index fail. A denied permission to describe the
    table is not an error: reading and writing do not need it.

    Raises:
        ConfigurationError: the table does not exist, is not ready, or has another key.
        TransientError: DynamoDB is temporarily unavailable.
    """
    described = describe_table(client, name)
    if described is None:
        return
    for state in _states(described):
        if state is not None and state not in _USABLE:
            msg = f"the table {printable(name)} is not ready ({state}): try again in a minute"
            raise ConfigurationError(msg)


def describe_table(client: "DynamoDBClient", name: str) -> "TableDescriptionTypeDef | None":
    """Return the description of a table with imgmeta's key; None if permission is denied.

    Raises:
        ConfigurationError: the table does not exist, or has another key.
        TransientError: DynamoDB is temporarily unavailable.
    """
    shown = printable(name)
    try:
        with translate_errors(f"cannot use the table {shown}"):
            described = client.describe_table(TableName=name).get("Table", {})
    except PermanentError as error:
        code = error_code(error.__cause__) if isinstance(error.__cause__, ClientError) else ""
        if code == _ACCESS_DENIED:
            return None
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
    if described.get("KeySchema") != key_schema(_HASH_KEY):
        msg = f"the table {shown} is not an imgmeta table (its key is not {_HASH_KEY})"
        raise ConfigurationError(msg, remedy=Remedy.STORE)
    return described


def size_of_table(client: "DynamoDBClient", name: str) -> TableSize | None:
    """Return the size of a table; None if permission is denied.

    Raises:
        ConfigurationError: the table does not exist, or has another key.
        TransientError: DynamoDB is temporarily unavailable.
    """
    described = describe_table(client, name)
    if described is None:
        return None
    return TableSize(described.get("ItemCount", 0), described.get("TableSizeBytes", 0))


def lacks_index(client: "DynamoDBClient", table: str, index: str) -> bool:
    """Return whether a table has no index of this name, or one with other keys; False if unknown.

    Args:
        client: a DynamoDB client.
        table: the table's name.
        index: `UPLOAD_TIMESTAMP_INDEX` or `BUCKET_KEY_INDEX`.
    """
    try:
        described = describe_table(client, table)
    except ImgmetaError:
        return False
    return described is not None and not any(
        each.get("IndexName") == index and each.get("KeySchema") == key_schema(*INDEX_KEYS[index])
        for each in described.get("GlobalSecondaryIndexes", [])
    )


def _states(table: "TableDescriptionTypeDef") -> Iterator[str | None]:
    yield table.get("TableStatus")
    for index in table.get("GlobalSecondaryIndexes", []):
        if index.get("IndexName") in INDEX_KEYS:
            yield index.get("IndexStatus")


def attribute_definitions(*names: str) -> "list[AttributeDefinitionTypeDef]":
    """Return the definitions of key attributes, as CreateTable and UpdateTable take them."""
    return [
        {"AttributeName": name, "AttributeType": "N" if name in _NUMBERS else "S"} for name in names
    ]


def key_schema(hash_key: str, range_key: str | None = None) -> "list[KeySchemaElementTypeDef]":
    """Return the key schema of a table or an index."""
    schema: list[KeySchemaElementTypeDef] = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key is not None:
        schema.append({"AttributeName": range_key, "KeyType": "RANGE"})
    return schema
