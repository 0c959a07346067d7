"""Migration of a table of the original system to the schema of `table_definition`.

The original table has the key `ImageId` and one index, `UploadTimestampIndex`, whose hash key is
the second of processing. Its items lack `UploadDay`. DynamoDB creates or deletes one index at a
time, while the table remains in use (Amazon DynamoDB Developer Guide, "Managing Global Secondary
Indexes").
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import translate_errors
from imgmeta.adapters.dynamodb.items import record_from_item
from imgmeta.adapters.dynamodb.partitions import upload_partition
from imgmeta.adapters.dynamodb.table import (
    INDEX_KEYS,
    attribute_definitions,
    describe_table,
    key_schema,
)
from imgmeta.adapters.dynamodb.writes import is_condition_failure
from imgmeta.core.text import printable
from imgmeta.errors import InvalidRecordError, PermanentError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        CreateGlobalSecondaryIndexActionTypeDef,
        GlobalSecondaryIndexDescriptionTypeDef,
        ProvisionedThroughputTypeDef,
        TableDescriptionTypeDef,
    )

    from imgmeta.adapters.dynamodb.items import Attributes, Item

__all__ = ["TableMigration"]

_POLL_SECONDS = 5
_CONCURRENCY = 16
_ACTIVE = "ACTIVE"
_CHANGING = frozenset({_ACTIVE, "CREATING", "DELETING", "UPDATING"})
_TIME_TO_LIVE = "ExpiresAt"
_DISABLED = "DISABLED"
_PROVISIONED = "PROVISIONED"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableMigration:
    """Adds what a table lacks for all queries; can be interrupted and run again at any time.

    Attributes:
        client: a DynamoDB client.
        table: the table's name.
        clock: returns the current time, timezone-aware.
        sleep: waits for a number of seconds.
        report: is called with one line for each step that takes time, safe to print.
    """

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    report: Callable[[str], None]

    def run(self) -> int:
        """Create missing indexes, replace those with other keys, and add items to them.

        Also enables the time to live of tombstones, unless the table uses it for another attribute.

        Returns:
            The number of items that were added to `UploadTimestampIndex`.

        Raises:
            ConfigurationError: the table does not exist, or its key is not `ImageId`.
            TransientError: DynamoDB is temporarily unavailable.
            PermanentError: the table cannot be changed.
        """
        with translate_errors(f"cannot migrate the table {printable(self.table)}"):
            for index in INDEX_KEYS:
                self._make_index(index)
            self._enable_time_to_live()
            return self._add_upload_days()

    def _make_index(self, index: str) -> None:
        schema = key_schema(*INDEX_KEYS[index])
        existing = _index(self._settled(index), index)
        if existing is not None and existing.get("KeySchema") != schema:
            self.report(f"Deleting the index {index}, which has other keys.")
            self._update(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": index}}])
            existing = _index(self._settled(index), index)
        if existing is None:
            self.report(f"Creating the index {index}.")
            action: CreateGlobalSecondaryIndexActionTypeDef = {
                "IndexName": index,
                "KeySchema": schema,
                "Projection": {"ProjectionType": "ALL"},
            }
            if throughput := _throughput(self._settled(index)):
                action["ProvisionedThroughput"] = throughput
            self._update(
                AttributeDefinitions=attribute_definitions(*INDEX_KEYS[index]),
                GlobalSecondaryIndexUpdates=[{"Create": action}],
            )
            self._settled(index)

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the arguments of UpdateTable
        self.client.update_table(TableName=self.table, **changes)

    def _settled(self, index: str) -> "TableDescriptionTypeDef":
        """Return the description of the table when neither it nor the index is being changed."""
        while True:
            table = describe_table(self.client, self.table)
            if table is None:
                msg = (
                    f"cannot migrate the table {printable(self.table)}: access denied: allow "
                    "dynamodb:DescribeTable"
                )
                raise PermanentError(msg)
            existing = _index(table, index) or {}
            states: set[str] = {
                table.get("TableStatus", _ACTIVE),
                existing.get("IndexStatus", _ACTIVE),
            }
            if states == {_ACTIVE}:
                return table
            if unusable := states - _CHANGING:
                msg = f"cannot migrate the table {printable(self.table)}: it is {min(unusable)}"
                raise PermanentError(msg)
            self.sleep(_POLL_SECONDS)

    def _enable_time_to_live(self) -> None:
        described = self.client.describe_time_to_live(TableName=self.table)
        if described["TimeToLiveDescription"].get("TimeToLiveStatus", _DISABLED) == _DISABLED:
            self.client.update_time_to_live(
                TableName=self.table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": _TIME_TO_LIVE},
            )

    def _add_upload_days(self) -> int:
        self.report("Adding records to the index UploadTimestampIndex.")
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="attribute_not_exists(#day) AND attribute_exists(#uploaded)",
            ExpressionAttributeNames={"#day": "UploadDay", "#uploaded": "UploadTimestamp"},
        )
        with ThreadPoolExecutor(_CONCURRENCY, "imgmeta-migration") as pool:
            return sum(sum(pool.map(self._add_upload_day, page["Items"])) for page in pages)

    def _add_upload_day(self, item: "Attributes") -> bool:
        """Return whether the item was added; False if it is invalid or was rewritten meanwhile."""
        partition = _partition(item, self.clock())
        if partition is None:
            return False
        try:
            self.client.update_item(
                TableName=self.table,
                Key={"ImageId": item["ImageId"]},
                UpdateExpression="SET #day = :day",
                ConditionExpression="attribute_not_exists(#day) AND #uploaded = :uploaded",
                ExpressionAttributeNames={"#day": "UploadDay", "#uploaded": "UploadTimestamp"},
                ExpressionAttributeValues={
                    ":day": {"S": partition},
                    ":uploaded": item["UploadTimestamp"],
                },
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            return False
        return True


def _partition(item: "Item", now: datetime) -> str | None:
    try:
        return upload_partition(record_from_item(item), now)
    except InvalidRecordError:
        return None


def _index(
    table: "TableDescriptionTypeDef", name: str
) -> "GlobalSecondaryIndexDescriptionTypeDef | None":
    indexes = table.get("GlobalSecondaryIndexes", [])
    return next((each for each in indexes if each.get("IndexName") == name), None)


def _throughput(table: "TableDescriptionTypeDef") -> "ProvisionedThroughputTypeDef | None":
    """Return the provisioned throughput of a table; None if it is billed per request."""
    if table.get("BillingModeSummary", {}).get("BillingMode", _PROVISIONED) != _PROVISIONED:
        return None
    throughput = table.get("ProvisionedThroughput", {})
    return {
        "ReadCapacityUnits": throughput.get("ReadCapacityUnits", 1),
        "WriteCapacityUnits": throughput.get("WriteCapacityUnits", 1),
    }
