"""The conditional write: `core.ordering.decide` as a condition of PutItem."""

from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code
from imgmeta.core.ordering import IfNewer, StoredState, WriteCondition, WriteResult, decide

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

    from imgmeta.adapters.dynamodb.items import Attributes, Item

__all__ = [
    "is_condition_failure",
    "overwrite_request",
    "result_of_failed_condition",
    "stored_item",
    "write_request",
]

_CONDITION_FAILED = "ConditionalCheckFailedException"


def write_request(
    table: str, item: "Attributes", incoming: StoredState, condition: WriteCondition
) -> "PutItemInputTypeDef":
    """Return the arguments of a conditional PutItem; `incoming` is the state of the item's record.

    Raises:
        ValueError: `IfNewer` for a record without a sequencer.
    """
    attribute, expression, value = "ImageId", "attribute_not_exists(#name)", None
    if isinstance(condition, IfNewer):
        decide(None, incoming, condition)  # raises if there is no sequencer
        # Normalized sequencers have the same width and case, so they can be compared as text.
        attribute, expression = "Sequencer", "attribute_not_exists(#name) OR #name < :value"
        value = incoming.sequencer
    elif condition.revision is not None:
        attribute, expression, value = "Revision", "#name = :value", condition.revision
    request: PutItemInputTypeDef = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": expression,
        "ExpressionAttributeNames": {"#name": attribute},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if value is not None:
        request["ExpressionAttributeValues"] = {":value": {"S": value}}
    return request


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
    stored: StoredState | None,
    incoming: StoredState,
    condition: WriteCondition,
) -> WriteResult:
    """Return the result of a write whose condition failed.

    When the response to a write is lost, botocore sends the write again, and the condition fails
    because of the first attempt. The stored revision is unique to that write, so it succeeded.

    If the condition would hold now, another writer has changed the record meanwhile: a conflict.
    """
    was_retried = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
    if was_retried and stored is not None and stored.revision == incoming.revision:
        return WriteResult.STORED
    result = decide(stored, incoming, condition)
    return WriteResult.CONFLICT if result is WriteResult.STORED else result
