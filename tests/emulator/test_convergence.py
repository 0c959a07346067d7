"""Convergence tests over HTTP, on independent emulators."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from support.aws import emulators
from support.aws.faults import Fault
from support.convergence.aws_functions import KEYS, Functions
from support.convergence.aws_machine import AWS, Endpoints, aws_over_http, machine_on
from support.convergence.deliveries import Deliveries, divergences
from support.convergence.machine import MANY_STEPS
from support.convergence.planted_bugs import BUGS, Bug

pytestmark = pytest.mark.emulator

SERVERS = {"MiniStack": ("ministack", "ministack"), "moto, dynalite": ("moto_server", "dynalite")}


@pytest.fixture(params=list(SERVERS.values()), ids=list(SERVERS))
def places(request: pytest.FixtureRequest) -> Endpoints:
    return Endpoints(*(request.getfixturevalue(server).url for server in request.param))


@pytest.fixture
def aws(places: Endpoints) -> Iterator[AWS]:
    with aws_over_http(places) as environment:
        yield environment


@pytest.fixture(params=[True, False], ids=["versions", "no versions"])
def functions(request: pytest.FixtureRequest, aws: AWS) -> Iterator[Functions]:
    with ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=request.param)


def test_table_converges_to_bucket(aws: AWS) -> None:
    run_state_machine_as_test(machine_on(aws), settings=settings(MANY_STEPS, max_examples=60))


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_planted_bug_is_detected(bug: Bug, aws: AWS) -> None:
    machine = machine_on(aws)
    bug.run(machine)
    with pytest.raises(AssertionError, match=bug.message):
        bug.run(bug.planted(machine))


def test_concurrent_functions_converge(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = Deliveries(functions.bucket, KEYS, 150, random.Random(6))
    by_handler = functions.handler(monkeypatch)
    deliveries.run([by_handler, by_handler, functions.use_case(), functions.use_case()])
    assert deliveries.redelivered == 0
    assert divergences(functions.bucket, functions.repository, KEYS) == {}
    assert len(set(functions.revisions)) == len(functions.revisions)


def test_concurrent_functions_converge_despite_injected_faults(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    functions.schedule_faults(chance, share=0.4)
    deliveries = Deliveries(functions.bucket, KEYS, 150, chance)
    by_handler = functions.handler(monkeypatch)
    all_kinds = [by_handler, by_handler, functions.use_case()]
    deliveries.run(all_kinds, on_quiet=functions.wire.clear)
    assert deliveries.redelivered > 0
    assert {fault for _, fault in functions.wire.injected} == set(Fault)
    assert divergences(functions.bucket, functions.repository, KEYS) == {}
    assert len(set(functions.revisions)) == len(functions.revisions)


FAULT_RULES: list[dict[str, Any]] = [
    {
        "service": "dynamodb",
        "probability": 0.2,
        "error": {"code": "ProvisionedThroughputExceededException"},
    },
    {"service": "s3", "probability": 0.2, "error": {"code": "SlowDown", "status": 503}},
    {
        "service": "dynamodb",
        "probability": 0.05,
        "error": {"code": "InternalServerError", "status": 500},
    },
    {"service": "s3", "probability": 0.05, "error": {"code": "InternalError", "status": 500}},
    {"service": "*", "probability": 0.05, "reset": True},
    {"service": "*", "probability": 0.05, "timeout_ms": 50},
    {
        "service": "dynamodb",
        "operation": "PutItem",
        "probability": 0.3,
        "response": {"abort_bytes": 1},
    },
    {
        "service": "s3",
        "operation": "GetObject",
        "probability": 0.2,
        "response": {"abort_frac": 0.5},
    },
    {
        "service": "s3",
        "operation": "GetObject",
        "probability": 0.1,
        "response": {"truncate_frac": 0.5},
    },
]


@pytest.fixture
def faulty_proxy(ministack: emulators.Emulator) -> Iterator[tuple[emulators.FaultProxy, AWS]]:
    with emulators.microburst(ministack) as proxy:
        direct, proxied = (Endpoints(each.url, each.url) for each in (ministack, proxy))
        with aws_over_http(direct, proxied) as aws:
            yield proxy, aws


@pytest.mark.parametrize("versioned", [True, False])
def test_functions_converge_behind_a_faulty_proxy(
    faulty_proxy: tuple[emulators.FaultProxy, AWS],
    monkeypatch: pytest.MonkeyPatch,
    *,
    versioned: bool,
) -> None:
    proxy, aws = faulty_proxy
    injected: list[dict[str, Any]] = []

    def remove_faults() -> None:
        injected.extend(proxy.injected_faults())
        proxy.set_rules([])

    with ExitStack() as cleanup:
        functions = Functions(aws, cleanup, versioned=versioned)
        by_handler = functions.handler(monkeypatch)
        proxy.set_rules(FAULT_RULES)
        deliveries = Deliveries(functions.bucket, KEYS, 150, random.Random(8))
        deliveries.run([by_handler, by_handler, functions.use_case()], on_quiet=remove_faults)
        assert deliveries.redelivered > 0, injected
        assert len({fault["action"] for fault in injected}) >= 8
        assert divergences(functions.bucket, functions.repository, KEYS) == {}
