"""Planted bugs are detected, in the model and in the AWS adapters."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.convergence.machine import MANY_STEPS, Convergence
from support.convergence.planted_bugs import BUGS, Bug

BACKENDS = ["model", *(["moto"] if find_spec("moto") else [])]

SEARCH = settings(
    MANY_STEPS, max_examples=2000, derandomize=True, database=None, phases=[Phase.generate]
)

QUICK = [name for name, bug in BUGS.items() if bug.quick]
"""Bugs that random histories reveal within minutes; every bug also has a fixed history."""

each_bug = pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)


@pytest.fixture(params=BACKENDS, scope="module")
def machine(request: pytest.FixtureRequest) -> Iterator[type[Convergence]]:
    if request.param == "model":
        yield Convergence
        return
    from support.convergence.aws_machine import aws_in_this_process, machine_on  # noqa: PLC0415 - needs moto

    with aws_in_this_process() as aws:
        yield machine_on(aws)


@each_bug
def test_history_of_a_bug_converges_without_the_bug(bug: Bug, machine: type[Convergence]) -> None:
    bug.run(machine)


@each_bug
def test_history_of_a_bug_reveals_the_bug(bug: Bug, machine: type[Convergence]) -> None:
    with pytest.raises(AssertionError, match=bug.message):
        bug.run(bug.planted(machine))


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_random_histories_reveal_a_bug_in_the_model(name: str) -> None:
    bug = BUGS[name]
    with pytest.raises(AssertionError, match=bug.message):
        run_state_machine_as_test(bug.planted(Convergence), settings=SEARCH)


@pytest.mark.slow
@pytest.mark.skipif("moto" not in BACKENDS, reason="moto is not installed")
def test_random_histories_reveal_a_bug_in_the_adapters() -> None:
    from support.convergence.aws_machine import aws_in_this_process, machine_on  # noqa: PLC0415 - needs moto

    bug = BUGS["a put without a condition"]
    with aws_in_this_process() as aws, pytest.raises(AssertionError, match=bug.message):
        run_state_machine_as_test(bug.planted(machine_on(aws)), settings=SEARCH)
