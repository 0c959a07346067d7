"""Concurrent functions converge although events are duplicated and reordered and requests fail."""

import random
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

pytest.importorskip("moto")
pytest.importorskip("aws_lambda_powertools")

from imgmeta.testing.strategies.events import queue
from support.aws.faults import Fault
from support.convergence.aws_functions import KEYS, Functions
from support.convergence.aws_machine import AWS, aws_in_this_process
from support.convergence.deliveries import Deliveries, divergences


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    with aws_in_this_process() as aws:
        yield aws


@pytest.fixture(params=[True, False], ids=["versions", "no versions"])
def functions(request: pytest.FixtureRequest, aws: AWS) -> Iterator[Functions]:
    with ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=request.param)


def test_concurrent_batches_converge(functions: Functions) -> None:
    deliveries = Deliveries(functions.bucket, KEYS, 30, random.Random(3))
    deliveries.run([functions.use_case() for _ in range(4)])
    assert deliveries.redelivered == 0
    assert divergences(functions.bucket, functions.repository, KEYS) == {}


def test_concurrent_functions_converge_despite_faults(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(4)
    functions.schedule_faults(rng, share=0.4)
    deliveries = Deliveries(functions.bucket, KEYS, 40, rng)
    deliveries.run([functions.handler(monkeypatch)] * 3, on_quiet=functions.wire.clear)
    assert deliveries.redelivered > 0
    assert {fault for _, fault in functions.wire.injected} == set(Fault)
    assert divergences(functions.bucket, functions.repository, KEYS) == {}
    assert len(set(functions.revisions)) == len(functions.revisions)


def test_redelivered_events_write_nothing(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = functions.handler(monkeypatch)
    deliveries = Deliveries(functions.bucket, KEYS, 20, random.Random(5))
    deliveries.run([function])
    before = list(functions.revisions)
    assert function({"Records": deliveries.done}) == {"batchItemFailures": []}
    assert functions.revisions == before


def test_repeated_request_after_a_lost_response_writes_once(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = functions.bucket.put("a.jpg", 3)
    function = functions.handler(monkeypatch)
    lost = [Fault.LOST, Fault.TIMEOUT, Fault.TRUNCATED]
    functions.wire.schedule(lost, "PutItem")
    assert function(queue({"Records": [event]})) == {"batchItemFailures": []}
    assert functions.wire.injected == [("PutItem", fault) for fault in lost]
    assert len(functions.revisions) == 1


def test_redelivery_after_lost_responses_writes_once(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = queue({"Records": [functions.bucket.put("a.jpg", 3)]})
    function = functions.handler(monkeypatch)
    functions.wire.schedule([Fault.LOST] * 4, "PutItem")
    assert function(message) == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    assert function(message) == {"batchItemFailures": []}
    assert len(functions.revisions) == 1
    assert divergences(functions.bucket, functions.repository, KEYS) == {}


@pytest.mark.parametrize("fault", Fault)
def test_failed_notification_does_not_fail_the_batch(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    event = functions.bucket.put("a.jpg", 3)
    topic = "arn:aws:sns:us-east-1:123456789012:nobody"
    function = functions.handler(monkeypatch, topic)
    functions.wire.schedule([fault] * 9, "Publish")
    assert function(queue({"Records": [event]})) == {"batchItemFailures": []}
    assert functions.wire.injected
    assert {operation for operation, _ in functions.wire.injected} == {"Publish"}
    assert divergences(functions.bucket, functions.repository, KEYS) == {}
