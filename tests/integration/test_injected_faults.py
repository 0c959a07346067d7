"""Faults of requests to AWS lose nothing: see `benchmarks/faults.py`, which injects all of them."""

from collections.abc import Iterator
from itertools import cycle

import pytest

pytest.importorskip("moto")
pytest.importorskip("aws_lambda_powertools")
pytest.importorskip("typer")
pytest.importorskip("resource", reason="needs POSIX")

from support.aws import emulators
from support.faults.campaign import Case, Result, cases, run_case, run_random
from support.faults.kinds import Fault, Operation
from support.faults.proxy import NoFaults
from support.faults.scenarios import SCENARIOS, compare, photo
from support.faults.world import TABLE, World, open_world

pytestmark = pytest.mark.slow

PUT_ITEM = Operation("dynamodb", "PutItem")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        emulators.set_aws_environment(patch)
        with emulators.moto() as server, open_world(server.url) as world:
            yield world


@pytest.fixture(autouse=True)
def clean(world: World) -> Iterator[None]:
    yield
    world.proxy.set_plan(NoFaults())
    world.clear()


def assert_nothing_lost(results: list[Result]) -> None:
    assert [each for each in results if each.lost or each.wrong] == []
    assert all(each.injected for each in results)


def test_one_fault_in_each_request_of_the_function_loses_nothing(world: World) -> None:
    each_once = [case for case in cases(world, "events") if case.first == case.times == 1]
    assert {case.operation for case in each_once} == {
        PUT_ITEM,
        Operation("s3", "GetObject"),
        Operation("sns", "Publish"),
    }
    assert_nothing_lost([run_case(world, case) for case in each_once])


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "events"])
def test_one_fault_in_each_request_of_a_use_loses_nothing(world: World, scenario: str) -> None:
    operations = sorted({case.operation for case in cases(world, scenario)})
    kinds = cycle(Fault)
    chosen = [Case(scenario, operation, next(kinds)) for operation in operations]
    assert chosen
    assert_nothing_lost([run_case(world, case) for case in chosen])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_random_faults_lose_nothing(world: World, scenario: str) -> None:
    results = [run_random(world, scenario, seed) for seed in range(2)]
    assert [each for each in results if each.lost or each.wrong] == []
    assert any(each.injected for each in results)


def test_fault_that_outlasts_all_attempts_leads_to_a_redelivery(world: World) -> None:
    result = run_case(world, Case("events", PUT_ITEM, Fault.LOST, times=4))
    assert result.retried >= 3  # more if a busy machine exceeds the client's timeout
    assert result.redelivered > 0
    assert (result.lost, result.wrong) == ([], [])


def test_missing_event_is_detected_as_lost(world: World) -> None:
    world.put("a.jpg", photo("tower.jpg"))
    assert compare(world).lost == ["a.jpg: its upload"]
    world.deliver(world.put("a.jpg", photo("tower.jpg")))
    assert world.drain()
    assert compare(world).lost == []
    world.put("a.jpg", photo("lighthouse.jpg"))
    assert compare(world).lost == ["a.jpg: its latest upload"]
    world.delete("a.jpg")
    assert compare(world).lost == ["a.jpg: its deletion"]


def test_wrong_value_is_detected(world: World) -> None:
    world.deliver(world.put("a.jpg", photo("tower.jpg")))
    assert world.drain()
    (record,) = world.repository.scan()
    world.clients.dynamodb.update_item(
        TableName=TABLE,
        Key={"ImageId": {"S": record.image_id}},
        UpdateExpression="SET Width = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    assert compare(world).wrong == ["a.jpg: {'Width': 1}"]
