"""A bucket, a table, and functions between them that run at once, each with all that is its own."""

import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.bootstrap.function import open_function
from imgmeta.bootstrap.indexing import open_indexer
from imgmeta.config import Settings
from imgmeta.entrypoints import aws_lambda
from imgmeta.entrypoints.aws_lambda.event_handler import EventHandler
from imgmeta.entrypoints.aws_lambda.telemetry import Telemetry
from support.aws.faults import Fault, FaultInjector
from support.convergence.aws_machine import AWS
from support.convergence.bucket import EPOCH
from support.convergence.deliveries import Function, by_use_case, picture
from support.convergence.s3_bucket import S3Bucket

if TYPE_CHECKING:
    from botocore.client import BaseClient

__all__ = ["KEYS", "Functions"]

KEYS = ("a.jpg", "b c+d.JPG", "é/\N{SNOWMAN}.png")


class Functions:
    """What an account holds: a bucket, a table, and the functions.

    Args:
        aws: where they are.
        cleanup: ends what is to be ended.
        versioned: whether the bucket keeps versions.

    Attributes:
        wire: what all requests of the functions go through.
        bucket: whose changes they are told of.
        repository: the table, without harm.
        revisions: of all records that the table took.
    """

    def __init__(self, aws: AWS, cleanup: ExitStack, *, versioned: bool = True) -> None:
        self.wire = FaultInjector(aws.send, on_response=self._count)
        self.revisions: list[str] = []
        self._aws = aws
        self._table = f"images-{uuid4().hex}"
        self._cleanup = cleanup
        create_table(aws.dynamodb, self._table)
        cleanup.callback(aws.dynamodb.delete_table, TableName=self._table)
        self.repository = cleanup.enter_context(
            DynamoDBImageRepository(aws.dynamodb, self._table, clock=lambda: EPOCH)
        )
        store = S3ObjectStore(aws.s3)
        self.bucket = S3Bucket(aws.s3, store, versioned=versioned, body=picture)

    def by_use_case(self) -> Function:
        """Return a function without the function: the use case, with clients of its own."""
        s3, dynamodb = self._aws.new_clients()
        for client in (s3, dynamodb):
            self.wire.attach(cast("BaseClient", client))
        repository = self._cleanup.enter_context(
            DynamoDBImageRepository(dynamodb, self._table, clock=lambda: EPOCH)
        )
        return by_use_case(open_indexer(Settings(), repository, objects=S3ObjectStore(s3)))

    def by_handler(self, patch: pytest.MonkeyPatch, topic: str = "") -> Function:
        """Return the function itself; each thread that calls it is a process of its own.

        Args:
            patch: ends that at the end.
            topic: the ARN of a topic that hears of every batch; empty: nobody hears of any.
        """
        environment = {
            "METADATA_TABLE": self._table,
            "SNS_TOPIC_ARN": topic,
            "NOTIFY_ON": "all",
            "IMGMETA_CONCURRENCY": "4",
        }
        for service, url in self._aws.through._asdict().items():
            if url:
                patch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", url)
        mine = threading.local()

        def event_handler() -> EventHandler:
            if not hasattr(mine, "event_handler"):
                function = open_function(Settings.from_environment(environment))
                clients = function._aws.clients  # noqa: SLF001 - nobody else needs them
                for client in (clients.s3, clients.dynamodb, clients.sns):
                    self.wire.attach(client)
                mine.event_handler = EventHandler(function, Telemetry(Settings()))
            made: EventHandler = mine.event_handler
            return made

        patch.setattr(aws_lambda, "_event_handler", event_handler)
        return lambda batch: cast("dict[str, Any]", aws_lambda.handler(batch, None))

    def storm(self, chance: Any, share: float = 0.2, requests: int = 3000) -> None:  # noqa: ANN401 - as random's own types
        """Do harm to a share of the next requests."""
        faults = list(Fault)
        self.wire.schedule(
            chance.choice(faults) if chance.random() < share else None for _ in range(requests)
        )

    def _count(self, operation: str, request: Any, answer: Any) -> None:  # noqa: ANN401 - botocore's
        if operation == "PutItem" and answer.status_code == 200:
            self.revisions.append(json.loads(request.body)["Item"]["Revision"]["S"])
