"""The convergence machine on S3 and DynamoDB, with faults and stops between requests."""

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
from support.aws.moto import mock_botocore
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
    "Endpoints",
    "aws_in_this_process",
    "aws_over_http",
    "machine_on",
]

_Port = TypeVar("_Port")

Setup = Callable[["ConvergenceOnAWS"], None]
"""Prepares a machine before it starts, for example plants a bug."""


class Endpoints(NamedTuple):
    """URLs of the servers; None: AWS itself, which moto may replace."""

    s3: str | None = None
    dynamodb: str | None = None


class AWS:
    """S3 and DynamoDB, with clients created as imgmeta creates them.

    Args:
        send: sends requests.
        endpoints: the servers.
        through: the servers for imgmeta's own requests; None: the same.

    Attributes:
        s3: a client without faults, for the test itself.
        dynamodb: a client without faults, for the test itself.
    """

    def __init__(
        self, send: Send, endpoints: Endpoints | None = None, through: Endpoints | None = None
    ) -> None:
        self.send = send
        endpoints = endpoints or Endpoints()
        self.through = through or endpoints
        # Clients share the session, so that botocore reads its models once.
        self._session = Session()
        self.s3, self.dynamodb = self._clients(endpoints)
        for client in (self.s3, self.dynamodb):
            FaultInjector(send).attach(client)

    def new_clients(self) -> tuple["S3Client", "DynamoDBClient"]:
        """Return new clients, with all of their retries left."""
        return self._clients(self.through)

    def _clients(self, endpoints: Endpoints) -> tuple["S3Client", "DynamoDBClient"]:
        s3, dynamodb = (
            Clients(region=REGION, endpoint_url=url, concurrency=4) for url in endpoints
        )
        for each in (s3, dynamodb):
            each._session = self._session  # noqa: SLF001 - creating a session is slow
        return s3.s3, dynamodb.dynamodb


@contextmanager
def aws_in_this_process() -> Generator[AWS]:
    """Replace AWS with moto."""
    with pytest.MonkeyPatch.context() as patch, mock_botocore():
        _prepare(patch)
        yield AWS(send_to_moto)


@contextmanager
def aws_over_http(endpoints: Endpoints, through: Endpoints | None = None) -> Generator[AWS]:
    """Replace AWS with the servers at these URLs."""
    with pytest.MonkeyPatch.context() as patch:
        _prepare(patch)
        yield AWS(send_over_http, endpoints, through)


def _prepare(patch: pytest.MonkeyPatch) -> None:
    set_aws_environment(patch)
    disable_retry_delays(patch)
    # A small first block, so that even the small images of the model take two ranges.
    patch.setattr("imgmeta.adapters.s3.store.FIRST_BLOCK", HEAD)


class ConvergenceOnAWS(Convergence):
    """An S3 bucket and a DynamoDB table; workers stop before and after each request."""

    aws: ClassVar[AWS]
    setups: ClassVar[tuple[Setup, ...]] = ()

    def __init__(self) -> None:
        self.s3, self.dynamodb = self.aws.new_clients()
        self.wire = FaultInjector(self.aws.send, pause=_pause, on_response=self._note)
        for client in (self.s3, self.dynamodb):
            self.wire.attach(client)
        super().__init__()
        for setup in self.setups:
            setup(self)

    def make_repository(self) -> ImageRepository:
        table = f"images-{uuid4().hex}"
        create_table(self.aws.dynamodb, table)
        self.cleanup.callback(self.aws.dynamodb.delete_table, TableName=table)
        repository = DynamoDBImageRepository(self.dynamodb, table, clock=lambda: EPOCH)
        return self.cleanup.enter_context(repository)

    def make_bucket(self) -> Bucket:
        return S3Bucket(self.aws.s3, S3ObjectStore(self.s3), versioned=True)

    def wrap(self, worker: Worker, port: _Port) -> _Port:
        del worker  # it stops at each request, not at each call
        return port

    @rule(
        fault=st.sampled_from(Fault),
        unharmed=st.integers(0, 4),
        times=st.sampled_from([1, 1, 2, 4, 8]),
    )
    def inject_fault(self, fault: Fault, unharmed: int, times: int) -> None:
        """Let some requests pass, then inject a fault into the next; a client gives up after 4."""
        self.wire.schedule([*[None] * unharmed, *[fault] * times])

    @rule(refused=st.lists(st.booleans(), min_size=8, max_size=24))
    def throttle(self, refused: list[bool]) -> None:
        self.wire.schedule(Fault.THROTTLED if each else None for each in refused)

    def end_faults(self) -> None:
        self.wire.clear()

    def overwritten_before_response(self) -> set[str]:
        """Return revisions that were overwritten before their writer received a response.

        A repeated request then finds a newer record, and no trace of the first write.
        """
        lost = {
            record_from_item(json.loads(cast("bytes", request.body))["Item"]).revision or ""
            for operation, request in self.wire.lost_responses
            if operation == "PutItem"
        }
        last = {write.key: write.revision for write in self.ledger.writes}
        return lost - set(last.values())

    def _note(self, operation: str, request: AWSPreparedRequest, response: AWSResponse) -> None:
        if operation != "PutItem" or response.status_code != 200:
            return
        body = json.loads(cast("bytes", request.body))
        names = body.get("ExpressionAttributeNames", {})
        by_event = "Sequencer" in names.values()
        self.ledger.add_write(Write.of(record_from_item(body["Item"]), by_event=by_event))


def _pause() -> None:
    if worker := Worker.of_this_thread():
        worker.pause()


def machine_on(aws: AWS, *setups: Setup) -> type[ConvergenceOnAWS]:
    """Return the machine on these servers; with setups, it checks convergence only."""
    attributes = {"aws": aws, "setups": setups, "only_convergence": bool(setups)}
    return type("ConvergenceOnServers", (ConvergenceOnAWS,), attributes)
