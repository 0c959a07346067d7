"""The table: its schema, how it is made, and whether one that is there is such a table."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translated
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError, PermanentError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        CreateTableInputTypeDef,
        GlobalSecondaryIndexUnionTypeDef,
        KeySchemaElementTypeDef,
        TableDescriptionTypeDef,
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
"""Partitions of one day. A constant of the schema: records are found only with the number that
they were written with."""

_HASH_KEY = "ImageId"
_INDEXES = {
    UPLOAD_TIMESTAMP_INDEX: ("UploadDay", "UploadTimestamp"),
    BUCKET_KEY_INDEX: ("BucketName", "ObjectKey"),
}
_NUMBERS = frozenset({"UploadTimestamp"})

_USABLE = frozenset({"ACTIVE", "UPDATING"})
_WAIT_SECONDS = 1
_WAITS = 120
_ACCESS_DENIED = "AccessDeniedException"
_NO_TABLE = "ResourceNotFoundException"


def table_definition(name: str) -> "CreateTableInputTypeDef":
    """Return the arguments of CreateTable for an empty index of this name.

    It is billed by request. What protects data (point-in-time recovery, deletion protection, the
    expiry of tombstones by `ExpiresAt`) is for whoever deploys it to add.
    """
    attributes = [_HASH_KEY, *(name for keys in _INDEXES.values() for name in keys)]
    indexes: list[GlobalSecondaryIndexUnionTypeDef] = [
        {
            "IndexName": index,
            "KeySchema": _key_schema(*keys),
            "Projection": {"ProjectionType": "ALL"},
        }
        for index, keys in _INDEXES.items()
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
    """Create an empty index of this name, and wait until it can be used.

    Raises:
        TransientError: it cannot be created now.
        PermanentError: it cannot be created; there may be one already.
    """
    with translated(f"the table {printable(name)} cannot be created"):
        client.create_table(**table_definition(name))
        waiter = client.get_waiter("table_exists")
        waiter.wait(TableName=name, WaiterConfig={"Delay": _WAIT_SECONDS, "MaxAttempts": _WAITS})


def check_table(client: "DynamoDBClient", name: str) -> None:
    """Ask once whether the table of this name can be used as an index.

    Who may not ask is not refused: reading and writing records needs no such permission.

    Raises:
        ConfigurationError: it cannot, in a sentence that says what to do.
        TransientError: DynamoDB cannot say now.
    """
    shown = printable(name)
    try:
        with translated(f"the table {shown} cannot be used"):
            described = client.describe_table(TableName=name).get("Table", {})
    except PermanentError as error:
        code = error_code(error.__cause__) if isinstance(error.__cause__, ClientError) else ""
        if code == _ACCESS_DENIED:
            return
        if code == _NO_TABLE:
            msg = (
                f"there is no table {shown} in the region {client.meta.region_name}: check its "
                "name, the region and the account, or deploy imgmeta there first"
            )
            raise ConfigurationError(msg) from error
        raise ConfigurationError(str(error)) from error
    if fault := _fault(described):
        msg = f"the table {shown} {fault}"
        raise ConfigurationError(msg)


def _fault(table: "TableDescriptionTypeDef") -> str | None:
    if not table:  # botocore makes this of an answer that is no JSON
        return "cannot be used: what answers there is no DynamoDB; check the endpoint"
    if table.get("KeySchema") != _key_schema(_HASH_KEY):
        return f"is not an imgmeta table: its key is not {_HASH_KEY}; give another table"
    indexes = {each.get("IndexName"): each for each in table.get("GlobalSecondaryIndexes", [])}
    for name, keys in _INDEXES.items():
        index = indexes.get(name, {})
        if index.get("KeySchema") != _key_schema(*keys):
            return f"is not an imgmeta table: it has no {name} as imgmeta makes it; give another"
    states = [table.get("TableStatus"), *(indexes[name].get("IndexStatus") for name in _INDEXES)]
    for state in states:
        if state is not None and state not in _USABLE:
            return f"is not ready ({state}): try again in a minute"
    return None


def _key_schema(hash_key: str, range_key: str | None = None) -> "list[KeySchemaElementTypeDef]":
    schema: list[KeySchemaElementTypeDef] = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key is not None:
        schema.append({"AttributeName": range_key, "KeyType": "RANGE"})
    return schema
