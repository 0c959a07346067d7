"""Tests of the emulators and the proxies that other tests use."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from support.aws import emulators
from support.aws.emulators import Emulator, clients_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]

KEY = {"ImageId": {"S": "a"}}


def create_table(client: "DynamoDBClient", name: str) -> None:
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "ImageId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "ImageId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_reset_deletes_everything() -> None:
    for run in (emulators.ministack, emulators.moto):
        with run() as server:
            s3 = clients_at(server.url).s3
            s3.create_bucket(Bucket="photos")
            server.reset()
            assert s3.list_buckets()["Buckets"] == []


def test_server_stops_with_its_context() -> None:
    with emulators.dynalite() as server:
        address = urlsplit(server.url)
    assert address.hostname

    with pytest.raises(ConnectionRefusedError):
        HTTPConnection(address.hostname, address.port).connect()


def test_proxy_fails_requests_by_rule(ministack: Emulator) -> None:
    create_table(clients_at(ministack.url).dynamodb, "refused")
    with emulators.microburst(ministack) as proxy:
        error = {"code": "ProvisionedThroughputExceededException"}
        proxy.set_rules(
            [{"service": "dynamodb", "operation": "PutItem", "times": 1, "error": error}],
        )
        clients_at(proxy.url).dynamodb.put_item(TableName="refused", Item=KEY)

        assert [fault["operation"] for fault in proxy.injected_faults()] == ["PutItem"]


def test_proxy_loses_response_to_executed_write(ministack: Emulator) -> None:
    direct = clients_at(ministack.url).dynamodb
    create_table(direct, "lost")
    with emulators.microburst(ministack) as proxy:
        cut = {"abort_bytes": 1}
        rule = {"service": "dynamodb", "operation": "PutItem", "times": 1, "response": cut}
        proxy.set_rules([rule])
        # The client retries, and the condition fails because of its first attempt.
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            clients_at(proxy.url).dynamodb.put_item(
                TableName="lost", Item=KEY, ConditionExpression="attribute_not_exists(ImageId)"
            )

    assert direct.get_item(TableName="lost", Key=KEY).get("Item") == KEY


def test_latency_proxy_delays_concurrent_requests(moto_server: Emulator) -> None:
    requests, seconds = 16, 1.0
    with emulators.latency_proxy(moto_server, seconds * 1000) as slow:
        s3 = clients_at(slow.url, concurrency=requests).s3

        def request(_: int) -> tuple[float, float]:
            start = time.perf_counter()
            with suppress(ClientError):
                s3.get_object(Bucket="no-such-bucket", Key="a")
            return start, time.perf_counter()

        with ThreadPoolExecutor(requests) as threads:
            times = list(threads.map(request, range(requests)))

    assert all(end - start >= seconds for start, end in times)
    # One after the other, they would end the delay apart, on any machine.
    ends = sorted(end for _, end in times)
    gaps = sorted(after - before for before, after in pairwise(ends))
    assert gaps[len(gaps) // 2] < seconds
