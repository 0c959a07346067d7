"""The conditional write: the core's rule in DynamoDB's words, and what a refusal means."""

from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code
from imgmeta.core.ordering import IfNewer, StoredState, WriteCondition, WriteResult, decide

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

    from imgmeta.adapters.dynamodb.items import Attributes, Stored

__all__ = ["is_refusal", "refused_over", "result_of_refusal", "write_request"]

_REFUSED = "ConditionalCheckFailedException"


def write_request(
    table: str, item: "Attributes", incoming: StoredState, condition: WriteCondition
) -> "PutItemInputTypeDef":
    """Return the arguments of the one PutItem that writes on a condition.

    Args:
        table: the table's name.
        item: what to write.
        incoming: the state of the record in it.
        condition: on what condition it is written.

    Raises:
        ValueError: `IfNewer` for a record without a sequencer.
    """
    attribute, expression, value = "ImageId", "attribute_not_exists(#it)", None
    if isinstance(condition, IfNewer):
        decide(None, incoming, condition)  # refuses a record without a sequencer
        # Normalised sequencers have one width and one case: they compare as text.
        attribute, expression = "Sequencer", "attribute_not_exists(#it) OR #it < :it"
        value = incoming.sequencer
    elif condition.revision is not None:
        attribute, expression, value = "Revision", "#it = :it", condition.revision
    request: PutItemInputTypeDef = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": expression,
        "ExpressionAttributeNames": {"#it": attribute},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if value is not None:
        request["ExpressionAttributeValues"] = {":it": {"S": value}}
    return request


def is_refusal(error: ClientError) -> bool:
    """Return whether the write was not made because its condition does not hold."""
    return error_code(error) == _REFUSED


def refused_over(error: ClientError) -> "Stored | None":
    """Return the item that a write was refused over; None if the answer does not show one."""
    return cast("Stored | None", error.response.get("Item"))


def result_of_refusal(
    error: ClientError,
    stored: StoredState | None,
    incoming: StoredState,
    condition: WriteCondition,
) -> WriteResult | None:
    """Return what became of a write that was refused.

    When the answer to a write is lost, botocore sends it again, and it meets itself: the revision,
    which no other write has, tells that it was made.

    Returns:
        What the rule says of the two states; None if it no longer has anything against the write.
    """
    was_sent_again = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
    if was_sent_again and stored is not None and stored.revision == incoming.revision:
        return WriteResult.STORED
    result = decide(stored, incoming, condition)
    return None if result is WriteResult.STORED else result
