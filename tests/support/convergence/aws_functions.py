"""An S3 bucket, a DynamoDB table, and concurrent functions with clients of their own."""

import json
import threading
from contextlib import ExitStack
from itertools import chain
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
from support.convergence.deliveries import Function, KilledError, picture, use_case_function
from support.convergence.s3_bucket import S3Bucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

__all__ = ["KEYS", "Functions"]

_FIRST_FAULTS = 60
"""More than threads can send in three attempts each: a request has four."""

KEYS = ("a.jpg", "b c+d.JPG", "é/\N{SNOWMAN}.png")


class Functions:
    """A bucket, a table, and functions that index the bucket.

    Args:
        aws: the servers.
        cleanup: deletes the table at the end.
        versioned: whether the bucket keeps versions.

    Attributes:
        wire: passes on all requests of the functions, with faults.
        bucket: the bucket.
        table: the table's name.
        repository: the table, without faults.
        revisions: the revisions of all successful writes.
    """

    def __init__(self, aws: AWS, cleanup: ExitStack, *, versioned: bool = True) -> None:
        self.wire = FaultInjector(aws.send, pause=self._pause, on_response=self._count)
        self._is_killed: Callable[[], bool] = lambda: False
        self.revisions: list[str] = []
        self._aws = aws
        self.table = f"images-{uuid4().hex}"
        self._cleanup = cleanup
        create_table(aws.dynamodb, self.table)
        cleanup.callback(aws.dynamodb.delete_table, TableName=self.table)
        self.repository = cleanup.enter_context(
            DynamoDBImageRepository(aws.dynamodb, self.table, clock=lambda: EPOCH)
        )
        store = S3ObjectStore(aws.s3)
        self.bucket = S3Bucket(aws.s3, store, versioned=versioned, body=picture)

    def use_case(self) -> Function:
        """Return a function that calls the use case directly, with its own clients."""
        s3, dynamodb = self._aws.new_clients()
        for client in (s3, dynamodb):
            self.wire.attach(cast("BaseClient", client))
        repository = self._cleanup.enter_context(
            DynamoDBImageRepository(dynamodb, self.table, clock=lambda: EPOCH)
        )
        return use_case_function(open_indexer(Settings(), repository, objects=S3ObjectStore(s3)))

    def handler(self, patch: pytest.MonkeyPatch, topic: str = "") -> Function:
        """Return the Lambda handler; each calling thread is like a process of its own.

        Args:
            patch: changes the handler's process for the test.
            topic: the ARN of the topic for notifications about all batches; empty: none.
        """
        environment = {
            "METADATA_TABLE": self.table,
            "SNS_TOPIC_ARN": topic,
            "NOTIFY_ON": "all",
            "IMGMETA_CONCURRENCY": "4",
        }
        for service, url in self._aws.through._asdict().items():
            if url:
                patch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", url)
        process = threading.local()

        def event_handler() -> EventHandler:
            if not hasattr(process, "handler"):
                function = open_function(Settings.from_environment(environment))
                clients = function._aws.clients  # noqa: SLF001 - only this test needs them
                for client in (clients.s3, clients.dynamodb, clients.sns):
                    self.wire.attach(client)
                process.handler = EventHandler(function, Telemetry(Settings()))
            handler: EventHandler = process.handler
            return handler

        patch.setattr(aws_lambda, "_event_handler", event_handler)
        return lambda batch: cast("dict[str, Any]", aws_lambda.handler(batch, None))

    def schedule_faults(self, random: Any, share: float = 0.2, requests: int = 3000) -> None:  # noqa: ANN401 - random has no exact types
        """Inject faults into a share of the next requests, and into each of the first ones.

        The first ones get every kind. Because of their number, a request fails in all its attempts.
        """
        faults = list(Fault)
        first = [faults[number % len(faults)] for number in range(_FIRST_FAULTS)]
        rest = (random.choice(faults) if random.random() < share else None for _ in range(requests))
        self.wire.schedule(chain(first, rest))

    def kill_workers(self, random: Any, share: float) -> None:  # noqa: ANN401 - as above
        """Kill the worker that sends a request, before or after it, for a share of the requests."""
        self._is_killed = lambda: random.random() < share

    def end_faults(self) -> None:
        """Let all further requests succeed."""
        self.wire.clear()
        self._is_killed = lambda: False

    def _pause(self) -> None:
        if self._is_killed():
            raise KilledError

    def _count(self, operation: str, request: Any, response: Any) -> None:  # noqa: ANN401 - botocore has no types
        if operation == "PutItem" and response.status_code == 200:
            self.revisions.append(json.loads(request.body)["Item"]["Revision"]["S"])
