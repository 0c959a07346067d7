"""Items by their ids, a hundred at a time, what was left unanswered asked for again."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translated
from imgmeta.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from imgmeta.adapters.dynamodb.items import Attributes

__all__ = ["MAX_BATCH", "get_batch"]

MAX_BATCH = 100
"""Items that one BatchGetItem may ask for (Amazon DynamoDB API Reference, "BatchGetItem")."""

_TRIES = 8
"""Times in a row that a batch is asked for without any item of it coming."""

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0


def get_batch(
    client: "DynamoDBClient",
    table: str,
    name: str,
    image_ids: Sequence[str],
    pause: Callable[[float], None],
) -> Iterator["Attributes"]:
    """Yield the items that there are with these ids, as they are now.

    DynamoDB leaves part of a batch unanswered when it is too large for one answer, and when it is
    asked too much at once; after a pause it is asked for the rest.

    Args:
        client: of DynamoDB.
        table: the table's name.
        name: what the table is called in messages.
        image_ids: at most `MAX_BATCH`, each once.
        pause: waits for so many seconds.

    Raises:
        TransientError: while iterating: it cannot be answered now.
        PermanentError: while iterating: it cannot be answered.
    """
    keys: list[Attributes] = [{"ImageId": {"S": image_id}} for image_id in image_ids]
    fruitless = 0
    while True:
        with translated(f"{name} cannot be read"):
            answer = client.batch_get_item(
                RequestItems={table: {"Keys": keys, "ConsistentRead": True}}
            )
        yield from answer["Responses"].get(table, [])
        unprocessed = answer.get("UnprocessedKeys", {})
        if table not in unprocessed:
            return
        left = unprocessed[table]["Keys"]
        fruitless = fruitless + 1 if len(left) == len(keys) else 0
        if fruitless == _TRIES:
            msg = f"{name} cannot be read: AWS asks to slow down"
            raise TransientError(msg)
        pause(_pause_after(fruitless))
        keys = left


def _pause_after(fruitless: int) -> float:
    longest = min(_FIRST_PAUSE * 2**fruitless, _LONGEST_PAUSE)
    return random.uniform(0, longest)  # noqa: S311 - it keeps callers apart, and no secret
