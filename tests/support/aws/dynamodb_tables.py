"""Tables of DynamoDB for tests, in moto or in a server, and what a table cannot be asked to do."""

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
from moto import mock_aws
from moto.core.models import botocore_stubber

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.core.records import ImageRecord, Status
from support.aws.emulators import REGION, set_aws_environment
from support.strategies.record_examples import SEEN_AT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef

__all__ = [
    "Answer",
    "DynamoDBScene",
    "answering",
    "client_of",
    "emulated_client",
    "failed",
    "hook",
    "moto_client",
    "planted",
    "seen",
    "small_pages",
]

Handler = Callable[..., None]
"""What the stubs of botocore take a handler for; they know of no answers."""

Answer = tuple[int, dict[str, Any]]
"""The status of an answer, and what botocore makes of it."""

PAGE = 300
_LAUNCH = datetime(2006, 3, 14, tzinfo=UTC)

_moto_lock = Lock()
_table_numbers = count()


def hook(client: "DynamoDBClient", event: str, handler: Callable[..., object]) -> None:
    """Have botocore call `handler` at an event of this client's."""
    client.meta.events.register(event, cast("Handler", handler))


def failed(code: str, status: int = 400) -> Answer:
    """Return the answer of a server that failed."""
    return status, {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}


def answering(client: "DynamoDBClient", operation: str, reply: Callable[[], Answer | None]) -> None:
    """Have calls of this operation (`*`: of any) answered by `reply`; None: by the server."""

    def answer(**_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        if (answered := reply()) is None:
            return None
        status, parsed = answered
        return AWSResponse("http://127.0.0.1", status, HTTPHeaders(), None), parsed

    hook(client, f"before-call.dynamodb.{operation}", answer)


def small_pages(client: "DynamoDBClient", items: int = PAGE) -> None:
    """Have no more than so many items in a page, as if they were large."""

    def limit(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = min(items, params.get("Limit", items))

    def limit_table(params: dict[str, Any], **_: object) -> None:
        if "IndexName" not in params:
            limit(params)

    hook(client, "provide-client-params.dynamodb.Query", limit)
    hook(client, "provide-client-params.dynamodb.Scan", limit_table)


def seen(client: "DynamoDBClient", operation: str) -> list[dict[str, Any]]:
    """Return a list that grows by the arguments of each call of this operation."""
    calls: list[dict[str, Any]] = []
    hook(
        client,
        f"provide-client-params.dynamodb.{operation}",
        lambda params, **_: calls.append(dict(params)),
    )
    return calls


@cache
def _session() -> Session:
    return Session()  # what it has read of botocore's models is of use to the next client


def _client(attempts: int, url: str | None = None) -> "DynamoDBClient":
    client = _session().create_client(
        "dynamodb",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - means nothing to anybody
        config=Config(
            retries={"mode": "standard", "total_max_attempts": attempts}, max_pool_connections=20
        ),
        endpoint_url=url,
    )
    return cast("DynamoDBClient", client)


def client_of(url: str | None) -> AbstractContextManager["DynamoDBClient"]:
    """Return a client of the server there; None: of moto, in this process."""
    return moto_client() if url is None else emulated_client(url)


@contextmanager
def moto_client(attempts: int = 1) -> Generator["DynamoDBClient"]:
    """Yield a client of an empty DynamoDB in this process."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        set_aws_environment(patch)
        client = _client(attempts)

        # Moto does not check and write in one step; DynamoDB does.
        def one_by_one(request: Any, **options: Any) -> AWSResponse | None:  # noqa: ANN401 - botocore's
            with _moto_lock:
                return botocore_stubber(request=request, **options)

        client.meta.events.unregister("before-send", cast("Handler", botocore_stubber))
        hook(client, "before-send", one_by_one)
        yield client


@contextmanager
def emulated_client(url: str, attempts: int = 1) -> Generator["DynamoDBClient"]:
    """Yield a client of the server there."""
    with pytest.MonkeyPatch.context() as patch:
        set_aws_environment(patch)
        client = _client(attempts, url)
        yield client
        client.close()


def planted(record: ImageRecord) -> dict[str, Any]:
    """Return the item of a record, written down once more, with AWS's own encoder."""
    item: dict[str, Any] = {
        name: Decimal(str(value)) if isinstance(value, float) else value
        for name, value in record.to_item().items()
    }
    if record.upload_timestamp is not None and record.status is not Status.DELETED:
        shard = int(record.image_id[-1], 16) % 8
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=record.upload_timestamp)
        day = moment.date() if _LAUNCH <= moment <= SEEN_AT else "other"
        item["UploadDay"] = f"{day}#{shard}"
    if len(record.object_key.encode()) > 1024:
        item["WholeObjectKey"] = record.object_key
        item["ObjectKey"] = record.object_key.encode()[:1024].decode(errors="ignore")
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


class DynamoDBScene:
    """An empty table, and a repository on it.

    Args:
        client: where the table is made; its pages become small.
        cleanup: closes the repository.
    """

    def __init__(self, client: "DynamoDBClient", cleanup: ExitStack) -> None:
        self.client = client
        self.table = f"images-{next(_table_numbers)}"
        create_table(client, self.table)
        small_pages(client)
        self.repository = cleanup.enter_context(
            DynamoDBImageRepository(client, self.table, clock=lambda: SEEN_AT)
        )

    def plant(self, record: ImageRecord) -> None:
        """Store a record."""
        self.client.put_item(TableName=self.table, Item=planted(record))

    def plant_all(self, records: Iterable[ImageRecord]) -> None:
        """Store records, many at a time."""
        left = iter(records)
        while batch := list(islice(left, 25)):
            requests: list[WriteRequestUnionTypeDef] = [
                {"PutRequest": {"Item": planted(record)}} for record in batch
            ]
            answered = self.client.batch_write_item(RequestItems={self.table: requests})
            assert not answered["UnprocessedItems"]

    def spoil(self, image_id: str) -> None:
        """Make no record of what is stored there."""
        self.client.update_item(
            TableName=self.table,
            Key={"ImageId": {"S": image_id}},
            UpdateExpression="SET ProcessedAt = :never",
            ExpressionAttributeValues={":never": {"S": "never"}},
        )

    def refuse_now(self) -> None:
        """Have every request throttled."""
        answering(self.client, "*", lambda: failed("ProvisionedThroughputExceededException"))

    def refuse_forever(self) -> None:
        """Delete the table."""
        self.client.delete_table(TableName=self.table)
