"""The conditional write: `core.ordering.decide` as a condition of PutItem."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code
from imgmeta.core.ordering import IfNewer, StoredState, WriteCondition, WriteResult, decide
from imgmeta.core.status import Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutItemInputTypeDef

    from imgmeta.adapters.dynamodb.items import Attributes, Item

__all__ = [
    "is_condition_failure",
    "overwrite_request",
    "result_of_failed_condition",
    "stored_item",
    "write_request",
]

_CONDITION_FAILED = "ConditionalCheckFailedException"

_DELETED: "AttributeValueTypeDef" = {"S": Status.DELETED.value}

_NOT_PROCESSED_AFTER = "#processed <= :time OR #processed = :second"
"""A time in whole seconds is stored without a fraction, so it sorts after all times of its second.
"""


def write_request(
    table: str, item: "Attributes", incoming: StoredState, condition: WriteCondition
) -> "PutItemInputTypeDef":
    """Return the arguments of a conditional PutItem; `incoming` is the state of the item's record.

    Raises:
        ValueError: the record has no revision, or no sequencer for `IfNewer`.
    """
    decide(None, incoming, condition)  # raises ValueError
    # Items of the original system have no revision and are replaced.
    attribute, expression = "Revision", "attribute_not_exists(#name)"
    names: dict[str, str] = {}
    values: dict[str, AttributeValueTypeDef] = {}
    if isinstance(condition, IfNewer):
        # Normalized sequencers have the same width and case, so they can be compared as text.
        attribute, expression = "Sequencer", "(attribute_not_exists(#name) OR #name < :value)"
        values[":value"] = {"S": incoming.sequencer or ""}
        if condition.observed_after is not None:
            names["#processed"] = "ProcessedAt"
            expression += f" AND (attribute_not_exists(#processed) OR {_NOT_PROCESSED_AFTER})"
            values |= _time_values(condition.observed_after)
        expression += _keeps_hashes(item, names, values)
    elif condition.revision is not None:
        expression = "#name = :value"
        values[":value"] = {"S": condition.revision}
    request: PutItemInputTypeDef = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": expression,
        "ExpressionAttributeNames": {"#name": attribute} | names,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if values:
        request["ExpressionAttributeValues"] = values
    return request


def _time_values(moment: datetime) -> "Attributes":
    """Return the values of `_NOT_PROCESSED_AFTER` for a time."""
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    time, second = (moment.isoformat(timespec=unit) for unit in ("microseconds", "seconds"))
    return {":time": {"S": f"{time}Z"}, ":second": {"S": f"{second}Z"}}


def _keeps_hashes(item: "Attributes", names: dict[str, str], values: "Attributes") -> str:
    """Return the condition that a write of `item` loses no hash of the same content.

    Its names and values are added to `names` and `values`. It is empty if the item has no content.
    """
    if "ETag" not in item or item["Status"] == _DELETED:
        return ""
    names |= {"#etag": "ETag", "#size": "FileSize", "#status": "Status"}
    values |= {":etag": item["ETag"], ":deleted": _DELETED}
    same_size = "attribute_not_exists(#size)"
    if "FileSize" in item:
        same_size, values[":size"] = "#size = :size", item["FileSize"]
    lost: list[str] = []
    for name in ("ContentHash", "ThumbnailHash"):
        names[f"#{name}"] = name
        exists = f"attribute_exists(#{name})"
        if name in item:
            values[f":{name}"] = item[name]
            exists += f" AND #{name} <> :{name}"
        lost.append(f"({exists})")
    same_content = f"#etag = :etag AND {same_size} AND #status <> :deleted"
    return f" AND NOT ({same_content} AND ({' OR '.join(lost)}))"


def overwrite_request(request: "PutItemInputTypeDef", stored: "Item") -> "PutItemInputTypeDef":
    """Return the arguments of a PutItem that replaces an unreadable item while it is unchanged.

    Args:
        request: the arguments of the refused write.
        stored: the unreadable item. Each write of imgmeta changes its revision, if it has one.
    """
    overwrite: PutItemInputTypeDef = {
        "TableName": request["TableName"],
        "Item": request["Item"],
        "ConditionExpression": "attribute_exists(ImageId) AND attribute_not_exists(#name)",
        "ExpressionAttributeNames": {"#name": "Revision"},
    }
    if "Revision" in stored:
        overwrite["ConditionExpression"] = "#name = :value"
        overwrite["ExpressionAttributeValues"] = {":value": stored["Revision"]}
    return overwrite


def is_condition_failure(error: ClientError) -> bool:
    """Return whether the write failed because its condition does not hold."""
    return error_code(error) == _CONDITION_FAILED


def stored_item(error: ClientError) -> "Item | None":
    """Return the stored item that made the condition fail; None if the response has none."""
    return cast("Item | None", error.response.get("Item"))


def result_of_failed_condition(
    error: ClientError,
    stored: StoredState,
    incoming: StoredState,
    condition: WriteCondition,
) -> WriteResult:
    """Return the result of a write whose condition failed.

    When the response to a write is lost, botocore sends the write again, and the condition fails
    because of the first attempt. The stored revision is unique to that write, so it succeeded.

    If the condition would hold now, another writer has changed the record meanwhile: a conflict.
    """
    was_retried = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
    if was_retried and stored.revision == incoming.revision:
        return WriteResult.STORED
    result = decide(stored, incoming, condition)
    return WriteResult.CONFLICT if result is WriteResult.STORED else result
