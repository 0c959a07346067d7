"""Convergence of a DynamoDB table to an S3 bucket in moto, with injected faults."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from support.convergence.machine import MANY_STEPS

pytest.importorskip("moto")

from imgmeta import Outcome
from support.aws.faults import Fault
from support.convergence.aws_machine import AWS, aws_in_this_process, machine_on


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    with aws_in_this_process() as aws:
        yield aws


def test_table_converges_to_a_bucket(aws: AWS) -> None:
    few = settings(MANY_STEPS, max_examples=settings().max_examples // 3)
    run_state_machine_as_test(machine_on(aws), settings=few)


@pytest.mark.slow
def test_table_converges_to_a_bucket_in_many_long_histories(aws: AWS) -> None:
    long = settings(MANY_STEPS, max_examples=60, stateful_step_count=30)
    run_state_machine_as_test(machine_on(aws), settings=long)


def test_overwritten_write_without_a_response_is_reported_as_stale(
    aws: AWS,
) -> None:
    state = machine_on(aws)()
    state.choose_bucket(versioned=False)
    for _ in range(2):
        state.delete(key="a.jpg")
    state.inject_fault(fault=Fault.LOST, unharmed=1, times=1)
    state.deliver(number=0, pick=0, steps=4)
    state.teardown()
    assert [item.outcome for item in state.finished[:2]] == [Outcome.DELETED, Outcome.STALE]
