"""The conditional write: `core.ordering.decide` as a condition of PutItem."""

from datetime import UTC, datetime
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
    values: dict[str, str] = {}
    if isinstance(condition, IfNewer):
        # Normalized sequencers have the same width and case, so they can be compared as text.
        attribute, expression = "Sequencer", "(attribute_not_exists(#name) OR #name < :value)"
        values[":value"] = incoming.sequencer or ""
        if condition.observed_after is not None:
            names["#processed"] = "ProcessedAt"
            expression += f" AND (attribute_not_exists(#processed) OR {_NOT_PROCESSED_AFTER})"
            values |= _time_values(condition.observed_after)
    elif condition.revision is not None:
        expression = "#name = :value"
        values[":value"] = condition.revision
    request: PutItemInputTypeDef = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": expression,
        "ExpressionAttributeNames": {"#name": attribute} | names,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if values:
        request["ExpressionAttributeValues"] = {name: {"S": text} for name, text in values.items()}
    return request


def _time_values(moment: datetime) -> dict[str, str]:
    """Return the values of `_NOT_PROCESSED_AFTER` for a time."""
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    time, second = (moment.isoformat(timespec=unit) for unit in ("microseconds", "seconds"))
    return {":time": f"{time}Z", ":second": f"{second}Z"}


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
