"""The convergence machine on S3 and DynamoDB together, harmed and stopped between two requests."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar, cast
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.session import Session
from hypothesis import strategies as st
from hypothesis.stateful import rule
from moto import mock_aws

from imgmeta import ImageRepository
from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.adapters.dynamodb.items import record_from_item
from imgmeta.adapters.s3 import S3ObjectStore
from support.aws.emulators import REGION, set_aws_environment
from support.aws.faults import (
    Fault,
    FaultInjector,
    Send,
    disable_retry_delays,
    send_over_http,
    send_to_moto,
)
from support.convergence.bucket import EPOCH, HEAD, Bucket, Worker
from support.convergence.machine import Convergence
from support.convergence.s3_bucket import S3Bucket
from support.convergence.write_ledger import Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

__all__ = [
    "AWS",
    "ConvergenceOnAWS",
    "Places",
    "aws_in_this_process",
    "aws_over_http",
    "machine_on",
]

_Port = TypeVar("_Port")

Plant = Callable[["ConvergenceOnAWS"], None]
"""Breaks a rule of a machine, before it begins."""


class Places(NamedTuple):
    """URLs of servers; None: of AWS itself, which may be replaced by moto."""

    s3: str | None = None
    dynamodb: str | None = None


class AWS:
    """Where S3 and DynamoDB are, and clients of them, made as imgmeta makes them.

    Args:
        send: carries requests out.
        places: of the servers.
        through: where imgmeta's own requests are sent instead; None: there too.

    Attributes:
        s3: a client for the test itself, to which no harm is done.
        dynamodb: likewise.
    """

    def __init__(
        self, send: Send, places: Places | None = None, through: Places | None = None
    ) -> None:
        self.send = send
        places = places or Places()
        self.through = through or places
        # What it has read of botocore's models is of use to the next client.
        self._session = Session()
        self.s3, self.dynamodb = self._clients(places)
        for client in (self.s3, self.dynamodb):
            FaultInjector(send).attach(client)

    def new_clients(self) -> tuple["S3Client", "DynamoDBClient"]:
        """Return clients of their own, with all that they may still retry."""
        return self._clients(self.through)

    def _clients(self, places: Places) -> tuple["S3Client", "DynamoDBClient"]:
        s3, dynamodb = (Clients(region=REGION, endpoint_url=url, concurrency=4) for url in places)
        for each in (s3, dynamodb):
            each._session = self._session  # noqa: SLF001 - making one takes long
        return s3.s3, dynamodb.dynamodb


@contextmanager
def aws_in_this_process() -> Generator[AWS]:
    """Replace AWS by moto."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        _prepare(patch)
        yield AWS(send_to_moto)


@contextmanager
def aws_over_http(places: Places, through: Places | None = None) -> Generator[AWS]:
    """Have AWS be the servers at these URLs."""
    with pytest.MonkeyPatch.context() as patch:
        _prepare(patch)
        yield AWS(send_over_http, places, through)


def _prepare(patch: pytest.MonkeyPatch) -> None:
    set_aws_environment(patch)
    disable_retry_delays(patch)
    # An image of the model is small, and is yet to be read in two ranges.
    patch.setattr("imgmeta.adapters.s3.store.FIRST_BLOCK", HEAD)


class ConvergenceOnAWS(Convergence):
    """A bucket of S3 and a table of DynamoDB; workers stop before and after each request."""

    aws: ClassVar[AWS]
    plants: ClassVar[tuple[Plant, ...]] = ()

    def __init__(self) -> None:
        self.s3, self.dynamodb = self.aws.new_clients()
        self.wire = FaultInjector(self.aws.send, pause=_pause, on_response=self._note)
        for client in (self.s3, self.dynamodb):
            self.wire.attach(client)
        super().__init__()
        for plant in self.plants:
            plant(self)

    def make_repository(self) -> ImageRepository:
        table = f"images-{uuid4().hex}"
        create_table(self.aws.dynamodb, table)
        self.cleanup.callback(self.aws.dynamodb.delete_table, TableName=table)
        repository = DynamoDBImageRepository(self.dynamodb, table, clock=lambda: EPOCH)
        return self.cleanup.enter_context(repository)

    def make_bucket(self) -> Bucket:
        return S3Bucket(self.aws.s3, S3ObjectStore(self.s3), versioned=True)

    def over(self, worker: Worker, port: _Port) -> _Port:
        del worker  # it stops at each request, which is more often than at each call
        return port

    @rule(
        fault=st.sampled_from(Fault),
        passing=st.integers(0, 4),
        times=st.sampled_from([1, 1, 2, 4, 8]),
    )
    def harm(self, fault: Fault, passing: int, times: int) -> None:
        """Let so many requests pass, and then do this to the next; 4 in a row are given up on."""
        self.wire.schedule([*[None] * passing, *[fault] * times])

    @rule(refused=st.lists(st.booleans(), min_size=8, max_size=24))
    def storm(self, refused: list[bool]) -> None:
        self.wire.schedule(Fault.THROTTLED if each else None for each in refused)

    def end_trouble(self) -> None:
        self.wire.clear()

    def overtaken(self) -> set[str]:
        """Return revisions whose answers were lost, and that others wrote over before one came.

        Asked again, the table holds something newer: that it held this one for a while, it forgot.
        """
        lost = {
            record_from_item(json.loads(cast("bytes", request.body))["Item"]).revision
            for operation, request in self.wire.lost_responses
            if operation == "PutItem"
        }
        last = {write.key: write.revision for write in self.ledger.writes}
        return lost - set(last.values())

    def _note(self, operation: str, request: AWSPreparedRequest, answer: AWSResponse) -> None:
        if operation != "PutItem" or answer.status_code != 200:
            return
        asked = json.loads(cast("bytes", request.body))
        names = asked.get("ExpressionAttributeNames", {})
        by_event = "Sequencer" in names.values()
        self.ledger.take(Write.of(record_from_item(asked["Item"]), by_event=by_event))


def _pause() -> None:
    if worker := Worker.of_this_thread():
        worker.pause()


def machine_on(aws: AWS, *plants: Plant) -> type[ConvergenceOnAWS]:
    """Return the machine there; with these rules broken, it is asked for convergence alone."""
    attributes = {"aws": aws, "plants": plants, "only_convergence": bool(plants)}
    return type("ConvergenceThere", (ConvergenceOnAWS,), attributes)
