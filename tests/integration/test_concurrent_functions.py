"""Several functions at once, told of the same changes more than once, in any order, on bad days."""

import random
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

pytest.importorskip("moto")
pytest.importorskip("aws_lambda_powertools")

from support.aws.faults import Fault
from support.convergence.aws_functions import KEYS, Functions
from support.convergence.aws_machine import AWS, aws_in_this_process
from support.convergence.deliveries import Deliveries, diverging
from support.strategies.events import queue


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    with aws_in_this_process() as there:
        yield there


@pytest.fixture(params=[True, False], ids=["versions", "no versions"])
def functions(request: pytest.FixtureRequest, aws: AWS) -> Iterator[Functions]:
    with ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=request.param)


def test_batches_looked_into_at_once_converge(functions: Functions) -> None:
    deliveries = Deliveries(functions.bucket, KEYS, 60, random.Random(3))
    deliveries.run([functions.by_use_case() for _ in range(4)])
    assert deliveries.again == 0
    assert diverging(functions.bucket, functions.repository, KEYS) == {}


def test_functions_that_run_at_once_converge_on_a_bad_day(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(4)
    functions.storm(chance, share=0.4)
    deliveries = Deliveries(functions.bucket, KEYS, 60, chance)
    deliveries.run([functions.by_handler(monkeypatch)] * 3, calm=functions.wire.clear)
    assert deliveries.again > 0
    assert {fault for _, fault in functions.wire.injected} == set(Fault)
    assert diverging(functions.bucket, functions.repository, KEYS) == {}
    assert len(set(functions.revisions)) == len(functions.revisions)


def test_what_is_delivered_again_writes_nothing(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = functions.by_handler(monkeypatch)
    deliveries = Deliveries(functions.bucket, KEYS, 20, random.Random(5))
    deliveries.run([function])
    before = list(functions.revisions)
    assert function({"Records": deliveries.done}) == {"batchItemFailures": []}
    assert functions.revisions == before


def test_a_write_whose_answer_is_lost_is_one_write(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = functions.bucket.put("a.jpg", 3)
    function = functions.by_handler(monkeypatch)
    lost = [Fault.LOST, Fault.TIMEOUT, Fault.TRUNCATED]
    functions.wire.schedule(lost, "PutItem")
    assert function(queue({"Records": [event]})) == {"batchItemFailures": []}
    assert functions.wire.injected == [("PutItem", fault) for fault in lost]
    assert len(functions.revisions) == 1


def test_a_write_of_which_nobody_ever_hears_is_one_write(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = queue({"Records": [functions.bucket.put("a.jpg", 3)]})
    function = functions.by_handler(monkeypatch)
    functions.wire.schedule([Fault.LOST] * 4, "PutItem")
    assert function(message) == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    assert function(message) == {"batchItemFailures": []}
    assert len(functions.revisions) == 1
    assert diverging(functions.bucket, functions.repository, KEYS) == {}


@pytest.mark.parametrize("fault", Fault)
def test_people_who_cannot_be_told_fail_no_batch(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    event = functions.bucket.put("a.jpg", 3)
    topic = "arn:aws:sns:us-east-1:123456789012:nobody"
    function = functions.by_handler(monkeypatch, topic)
    functions.wire.schedule([fault] * 9, "Publish")
    assert function(queue({"Records": [event]})) == {"batchItemFailures": []}
    assert functions.wire.injected
    assert {operation for operation, _ in functions.wire.injected} == {"Publish"}
    assert diverging(functions.bucket, functions.repository, KEYS) == {}
