"""Fast parsing of the items in responses of DynamoDB.

botocore visits each attribute of each item in Python, which takes longer than all other work on a
page. The items of a response need no conversion, except for binary values, which no record has.
"""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from imgmeta.adapters.aws import add_handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["parse_items_directly"]

_PLAIN = frozenset({"S", "N", "BOOL"})
"""Types of attributes that botocore returns as they are in the response."""

_EVENTS = ("before-parse.dynamodb.Query", "before-parse.dynamodb.Scan")


def parse_items_directly(client: "DynamoDBClient") -> None:
    """Have the client return the items of Query and Scan as they are in the JSON response.

    botocore merges what a handler of this event returns into the response, and parses the rest.
    """

    def parse(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
    ) -> None:
        body: bytes = response_dict["body"]
        if response_dict["status_code"] != HTTPStatus.OK:
            return
        try:
            content: object = json.loads(body)
        except (ValueError, RecursionError):
            return  # botocore reports it
        if not isinstance(content, dict):
            return
        values = cast("dict[str, object]", content)
        if _are_items(values.get("Items")):
            customized_response_dict["Items"] = values.pop("Items")
            response_dict["body"] = json.dumps(values).encode()

    for event in _EVENTS:
        add_handler(client, event, parse)


def _are_items(items: object) -> bool:
    """Return whether a value is a list of items whose attributes need no conversion."""
    if not isinstance(items, list):
        return False
    for item in cast("list[object]", items):
        if not isinstance(item, dict):
            return False
        for value in cast("dict[str, object]", item).values():
            types = cast("dict[str, object]", value).keys() if isinstance(value, dict) else ()
            if len(types) != 1 or not _PLAIN.issuperset(types):
                return False
    return True
