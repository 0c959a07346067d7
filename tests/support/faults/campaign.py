"""Cases: one kind of fault in one request of a scenario, or random faults in all requests."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from support.faults.kinds import Fault, Operation
from support.faults.proxy import NoFaults, Plan
from support.faults.scenarios import SCENARIOS, Findings
from support.faults.world import World

__all__ = ["Case", "RandomFaults", "Result", "cases", "run_case", "run_random"]

ATTEMPTS = 4
"""Attempts of imgmeta's clients for one request."""
_LASTING = (Fault.THROTTLED, Fault.RESET, Fault.LOST, Fault.CUT_BODY, Fault.SLOW_RESPONSE)
"""Kinds that also last for all attempts; the others of a kind end in the same way."""
_LATER = (Fault.LOST, Fault.CUT_BODY, Fault.KILLED_AFTER)
"""Kinds that also hit the last request of an operation, when most of the work is done."""


@dataclass(frozen=True)
class Case:
    """A fault of consecutive requests of one operation; also the plan of a proxy.

    Attributes:
        scenario: the name of the scenario.
        operation: the operation.
        kind: the fault.
        first: the number of the first request with the fault: 1 for the first of the operation.
        times: the number of these requests.
    """

    scenario: str
    operation: Operation
    kind: Fault
    first: int = 1
    times: int = 1

    def fault(self, operation: Operation, number: int) -> Fault | None:
        """Return the fault of a request: see `Plan.fault`."""
        is_hit = operation == self.operation and self.first <= number < self.first + self.times
        return self.kind if is_hit else None


class RandomFaults:
    """A plan that injects faults of random kinds into a share of all requests.

    Args:
        seed: the seed.
        share: the share of requests with a fault.
        limit: the number of faults after which there are no more; None: there always are.
        kills: whether processes are killed, too.
    """

    def __init__(
        self, seed: int, share: float = 0.15, limit: int | None = 40, *, kills: bool = True
    ) -> None:
        self._random = random.Random(seed)
        self._share = share
        self._left = limit
        self._kinds = [kind for kind in Fault if kills or not kind.kills]

    def fault(self, operation: Operation, number: int) -> Fault | None:
        """Return the fault of a request: see `Plan.fault`."""
        del operation, number
        if self._left == 0 or self._random.random() >= self._share:
            return None
        if self._left is not None:
            self._left -= 1
        return self._random.choice(self._kinds)


@dataclass
class Result:
    """What happened in a case.

    Attributes:
        scenario: the name of the scenario.
        injected: the injected faults, by operation and kind.
        retried: requests that a client repeated.
        redelivered: messages that the queue delivered again.
        killed: invocations that were killed.
        lost: changes that the index does not show.
        wrong: values that the bucket's objects do not have.
    """

    scenario: str
    injected: Counter[tuple[Operation, Fault]] = field(default_factory=Counter)
    retried: int = 0
    redelivered: int = 0
    killed: int = 0
    lost: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])


def cases(world: World, scenario: str) -> Iterator[Case]:
    """Run a scenario without faults, and yield a case for each kind and each of its call sites.

    A call site is an operation. Each kind hits its first request; some also last for all attempts
    of the client, and some also hit its last request.

    Raises:
        RuntimeError: something is lost or wrong without faults.
    """
    result = _run(world, scenario, NoFaults())
    if result.lost or result.wrong:
        msg = f"{scenario} without faults: {result.lost + result.wrong}"
        raise RuntimeError(msg)
    for operation, number in sorted(world.proxy.requests.items()):
        for kind in Fault:
            yield Case(scenario, operation, kind)
            if kind in _LASTING:
                yield Case(scenario, operation, kind, times=ATTEMPTS)
            if number > 1 and kind in _LATER:
                yield Case(scenario, operation, kind, first=number)


def run_case(world: World, case: Case) -> Result:
    """Run a scenario with one fault."""
    return _run(world, case.scenario, case)


def run_random(world: World, scenario: str, seed: int) -> Result:
    """Run a scenario with random faults."""
    return _run(world, scenario, RandomFaults(seed))


def _run(world: World, name: str, plan: Plan) -> Result:
    scenario, proxy = SCENARIOS[name], world.proxy
    proxy.set_plan(NoFaults())
    world.clear()
    scenario.prepare(world)
    killed = world.worker.killed
    proxy.set_plan(plan)
    first = scenario.run(world)
    second = scenario.check(world)
    found = Findings(first.lost + second.lost, first.wrong + second.wrong)
    return Result(
        name,
        Counter(proxy.injected),
        proxy.retried,
        world.redelivered,
        world.worker.killed - killed,
        found.lost,
        found.wrong,
    )
