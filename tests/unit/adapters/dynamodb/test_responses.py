"""The items of a response are the same as those that botocore parses."""

import json
from functools import cache
from typing import Any, cast

import pytest

pytest.importorskip("botocore")

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.adapters.dynamodb.responses import parse_items_directly
from imgmeta.testing.strategies.record_examples import SEEN_AT
from support.aws.faults import Body


class _Client:
    """A DynamoDB client that gets one response to every request."""

    def __init__(self, *, directly: bool) -> None:
        self.body = b""
        client: Any = Session().create_client(
            "dynamodb",
            region_name="us-east-1",
            config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
        )
        if directly:
            parse_items_directly(client)
        client.meta.events.register("before-send.dynamodb", self.respond)
        self.client = client

    def respond(self, **_: object) -> AWSResponse:
        return AWSResponse("http://x", 200, HTTPHeaders(), cast("Any", Body(self.body)))

    def query(self, body: bytes) -> dict[str, Any]:
        """Return the client's result for a response to Query."""
        self.body = body
        response: dict[str, Any] = self.client.query(TableName="t", KeyConditionExpression="x")
        del response["ResponseMetadata"]
        return response


@cache
def client(*, directly: bool) -> _Client:
    return _Client(directly=directly)


def query(body: bytes, *, directly: bool) -> dict[str, Any]:
    return client(directly=directly).query(body)


values = st.one_of(
    st.builds(lambda text: {"S": text}, st.text()),
    st.builds(lambda number: {"N": str(number)}, st.integers()),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.just({"B": "AAEC"}),
    st.just({"L": [{"S": "x"}, {"B": "AAEC"}]}),
    st.just({"M": {"x": {"N": "1"}}}),
    st.just({"SS": ["x"]}),
)


@given(items=st.lists(st.dictionaries(st.text(min_size=1), values, max_size=4), max_size=4))
def test_items_are_those_that_botocore_parses(items: list[dict[str, Any]]) -> None:
    key = {"ImageId": {"S": "x"}}
    body = json.dumps({"Items": items, "Count": len(items), "LastEvaluatedKey": key}).encode()
    assert query(body, directly=True) == query(body, directly=False)


@pytest.mark.parametrize(
    "body",
    [
        b'{"Count": 3}',
        b"{}",
        b'{"Items": null, "Count": 0}',
        b'{"Items": [{"ObjectKey": {"S": "a", "N": "1"}}], "Count": 1}',
    ],
)
def test_other_responses_are_left_to_botocore(body: bytes) -> None:
    def outcome(*, directly: bool) -> object:
        try:
            return query(body, directly=directly)
        except Exception as error:  # noqa: BLE001 - any error, as long as it is the same
            return type(error), str(error)

    assert outcome(directly=True) == outcome(directly=False)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"<p>Welcome</p>", b'{"Items": [1]}', b'{"Items": [{"a": 1}]}', b"[" * 100_000],
)
def test_foreign_responses_do_not_become_items(body: bytes) -> None:
    try:
        response = query(body, directly=True)
    except Exception:  # noqa: BLE001 - botocore raises errors of several kinds
        return
    assert not any(isinstance(value, dict) and value for value in response.get("Items", []))


def test_repository_parses_items_directly() -> None:
    source = _Client(directly=False)
    source.body = json.dumps({"Items": [{"ObjectKey": {"S": "a"}}], "Count": 1}).encode()
    repository = DynamoDBImageRepository(source.client, "t", clock=lambda: SEEN_AT)
    handlers: list[str] = []
    source.client.meta.events.register(
        "after-call.dynamodb.Query", lambda parsed, **_: handlers.extend(parsed)
    )
    [entry] = repository.entries("holiday")
    assert (entry.object_key, bool(entry.unreadable)) == ("a", True)
    assert handlers[-1] == "Items"  # merged after the rest was parsed
