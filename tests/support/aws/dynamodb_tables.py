"""DynamoDB tables for tests, in moto or an emulator, and helpers to stub and record requests."""

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count, islice
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.session import Session
from moto.core.models import botocore_stubber

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.record_examples import SEEN_AT
from support.aws.emulators import REGION, set_aws_environment
from support.aws.moto import mock_botocore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef

__all__ = [
    "PAGE_SIZE",
    "Response",
    "TableHarness",
    "client_for",
    "emulator_client",
    "encode_item",
    "error_response",
    "limit_pages",
    "moto_client",
    "record_calls",
    "register_handler",
    "stub_responses",
]

Handler = Callable[..., None]
"""The type of handlers in the botocore stubs, which do not allow a return value."""

Response = tuple[int, dict[str, Any]]
"""The HTTP status of a response, and its parsed body."""

PAGE_SIZE = 25
_S3_LAUNCH = datetime(2006, 3, 14, tzinfo=UTC)

_moto_lock = Lock()
_table_numbers = count()


def register_handler(client: "DynamoDBClient", event: str, handler: Callable[..., object]) -> None:
    """Register a handler for an event of the client."""
    client.meta.events.register(event, cast("Handler", handler))


def error_response(code: str, status: int = 400) -> Response:
    """Return an error response."""
    return status, {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}


def stub_responses(
    client: "DynamoDBClient", operation: str, respond: Callable[[], Response | None]
) -> None:
    """Respond to requests of an operation (`*`: any) without sending them.

    Args:
        client: the client to stub.
        operation: the operation's name.
        respond: returns the response; None: send the request.
    """

    def handle(**_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        if (response := respond()) is None:
            return None
        status, parsed = response
        return AWSResponse("http://127.0.0.1", status, HTTPHeaders(), None), parsed

    register_handler(client, f"before-call.dynamodb.{operation}", handle)


def limit_pages(client: "DynamoDBClient", items: int = PAGE_SIZE) -> None:
    """Limit the number of items in a page, as if they were large."""

    def limit(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = min(items, params.get("Limit", items))

    def limit_table(params: dict[str, Any], **_: object) -> None:
        if "IndexName" not in params:
            limit(params)

    register_handler(client, "provide-client-params.dynamodb.Query", limit)
    register_handler(client, "provide-client-params.dynamodb.Scan", limit_table)


def record_calls(client: "DynamoDBClient", operation: str) -> list[dict[str, Any]]:
    """Return a list to which the arguments of each call of the operation are appended."""
    calls: list[dict[str, Any]] = []
    register_handler(
        client,
        f"provide-client-params.dynamodb.{operation}",
        lambda params, **_: calls.append(dict(params)),
    )
    return calls


@cache
def _session() -> Session:
    return Session()  # caches botocore's models for the next client


def _client(attempts: int, url: str | None = None) -> "DynamoDBClient":
    client = _session().create_client(
        "dynamodb",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - not a real secret
        config=Config(
            retries={"mode": "standard", "total_max_attempts": attempts}, max_pool_connections=20
        ),
        endpoint_url=url,
    )
    return cast("DynamoDBClient", client)


def client_for(url: str | None) -> AbstractContextManager["DynamoDBClient"]:
    """Return a client of the server at `url`; None: of moto in this process."""
    return moto_client() if url is None else emulator_client(url)


@contextmanager
def moto_client(attempts: int = 1) -> Generator["DynamoDBClient"]:
    """Yield a client of an empty DynamoDB in moto."""
    with pytest.MonkeyPatch.context() as patch, mock_botocore():
        set_aws_environment(patch)
        client = _client(attempts)

        # Unlike DynamoDB, moto does not evaluate a condition and write atomically.
        def send_serialized(request: Any, **options: Any) -> AWSResponse | None:  # noqa: ANN401 - botocore's type
            with _moto_lock:
                return botocore_stubber(request=request, **options)

        client.meta.events.unregister("before-send", cast("Handler", botocore_stubber))
        register_handler(client, "before-send", send_serialized)
        yield client


@contextmanager
def emulator_client(url: str, attempts: int = 1) -> Generator["DynamoDBClient"]:
    """Yield a client of the server at `url`."""
    with pytest.MonkeyPatch.context() as patch:
        set_aws_environment(patch)
        client = _client(attempts, url)
        yield client
        client.close()


def encode_item(record: ImageRecord) -> dict[str, Any]:
    """Return the item of a record, independently of the adapter, with boto3's encoder."""
    item: dict[str, Any] = {
        name: Decimal(str(value)) if isinstance(value, float) else value
        for name, value in record.to_item().items()
    }
    if record.upload_timestamp is not None and record.status is not Status.DELETED:
        shard = int(record.image_id[-1], 16) % 8
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=record.upload_timestamp)
        day = moment.date() if _S3_LAUNCH <= moment <= SEEN_AT else "other"
        item["UploadDay"] = f"{day}#{shard}"
    if len(record.object_key.encode()) > 1024:
        item["WholeObjectKey"] = record.object_key
        item["ObjectKey"] = record.object_key.encode()[:1024].decode(errors="ignore")
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


class TableHarness:
    """An empty table, and a repository for it.

    Args:
        client: the client to create the table with; its pages are limited.
        cleanup: closes the repository.
    """

    def __init__(self, client: "DynamoDBClient", cleanup: ExitStack) -> None:
        self.client = client
        self.name = f"images-{next(_table_numbers)}"
        create_table(client, self.name)
        limit_pages(client)
        self.repository = cleanup.enter_context(
            DynamoDBImageRepository(client, self.name, clock=lambda: SEEN_AT)
        )

    def insert_directly(self, record: ImageRecord) -> None:
        """Store a record without the repository."""
        self.client.put_item(TableName=self.name, Item=encode_item(record))

    def insert_all_directly(self, records: Iterable[ImageRecord]) -> None:
        """Store records without the repository, in batches."""
        remaining = iter(records)
        while batch := list(islice(remaining, 25)):
            requests: list[WriteRequestUnionTypeDef] = [
                {"PutRequest": {"Item": encode_item(record)}} for record in batch
            ]
            response = self.client.batch_write_item(RequestItems={self.name: requests})
            assert not response["UnprocessedItems"]

    def corrupt(self, image_id: str) -> None:
        """Make the stored item an invalid record."""
        self.client.update_item(
            TableName=self.name,
            Key={"ImageId": {"S": image_id}},
            UpdateExpression="SET ProcessedAt = :never",
            ExpressionAttributeValues={":never": {"S": "never"}},
        )

    def fail_temporarily(self) -> None:
        """Throttle every request."""
        stub_responses(
            self.client, "*", lambda: error_response("ProvisionedThroughputExceededException")
        )

    def fail_permanently(self) -> None:
        """Delete the table."""
        self.client.delete_table(TableName=self.name)
