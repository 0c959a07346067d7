"""No change is lost and no record is wrong after hostile deliveries.

Events are duplicated and reordered, every tenth request fails, workers are killed in the middle of
a batch, and events with foreign sequencers arrive.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

pytest.importorskip("moto")
pytest.importorskip("aws_lambda_powertools")

from support.aws.faults import Fault
from support.convergence.aws_functions import Functions
from support.convergence.aws_machine import AWS, aws_in_this_process
from support.convergence.deliveries import Deliveries, divergences

pytestmark = pytest.mark.slow

KEYS = tuple(f"album {number}/\N{SNOWMAN}+{number}.jpg" for number in range(12))
KILLED = 0.002
"""Share of the pauses before and after requests in which a worker is killed."""


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    with aws_in_this_process() as aws:
        yield aws


@pytest.fixture(
    params=[pytest.param(True, id="versions"), pytest.param(False, id="no versions")],
)
def functions(request: pytest.FixtureRequest, aws: AWS) -> Iterator[Functions]:
    with ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=request.param)


def run(functions: Functions, patch: pytest.MonkeyPatch, changes: int, seed: int) -> Deliveries:
    """Make the changes under all faults; return when all messages are processed."""
    chance = random.Random(seed)
    functions.schedule_faults(chance, share=0.1, requests=200 * changes)
    functions.kill_workers(chance, KILLED)
    deliveries = Deliveries(functions.bucket, KEYS, changes, chance, foreign=0.1)
    by_handler = functions.handler(patch)
    targets = [by_handler, by_handler, functions.use_case(), functions.use_case()]
    deliveries.run(targets, on_quiet=functions.end_faults)
    for thread in threading.enumerate():  # threads of killed workers
        if thread.name.startswith("imgmeta_"):  # not those of connection pools
            thread.join(timeout=300)
    return deliveries


def test_hostile_deliveries_lose_nothing(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = run(functions, monkeypatch, changes=100, seed=1)
    assert deliveries.redelivered > 0
    assert divergences(functions.bucket, functions.repository, KEYS) == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_two_thousand_changes_under_hostile_deliveries_lose_nothing(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    deliveries = run(functions, monkeypatch, changes=2_000, seed=seed)
    assert divergences(functions.bucket, functions.repository, KEYS) == {}
    assert len(set(functions.revisions)) == len(functions.revisions)
    assert deliveries.killed > 20
    assert {fault for _, fault in functions.wire.injected} == set(Fault)
