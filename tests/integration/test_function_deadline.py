"""The function stops before its time is over, and hands back what it did not start."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import ObjectLocation, TransientError
from imgmeta.core.objects import Observation
from support.function.world import TABLES_SETTINGS, Context, FunctionWorld, HurriedContext, event
from support.strategies.events import Document, bus_event, invocation, notification, queue

PATIENCE = 10
KEYS = ("0.jpg", "1.jpg", "2.jpg", "3.jpg")

MESSAGES = queue(*(notification(event(key)) for key in KEYS))


@pytest.fixture
def function() -> FunctionWorld:
    function = FunctionWorld(replace(TABLES_SETTINGS, concurrency=1))
    function.put(*KEYS)
    return function


def observing(function: FunctionWorld, before: Callable[[ObjectLocation], object]) -> FunctionWorld:
    """Have something happen before each look at an object."""
    honest = function.world.bucket.observe

    def observe(location: ObjectLocation) -> Observation:
        before(location)
        return honest(location)

    function.world.bucket.observe = observe  # type: ignore[method-assign]  # time that passes
    return function


def with_looks_that_take(function: FunctionWorld, seconds: float, context: Context) -> None:
    def take(_: ObjectLocation) -> None:
        context.seconds -= seconds

    observing(function, take)


def handed_back(answered: Document) -> list[str]:
    failures = answered["batchItemFailures"]
    assert isinstance(failures, list)
    return [each["itemIdentifier"] for each in failures]


def test_messages_that_were_not_started_go_back_to_the_queue(function: FunctionWorld) -> None:
    context = Context(30)
    with_looks_that_take(function, 13, context)
    assert handed_back(function(MESSAGES, context)) == ["m-2", "m-3"]
    assert set(function.widths()) == {"0.jpg", "1.jpg"}


def test_tasks_that_were_not_started_fail_for_now(function: FunctionWorld) -> None:
    context = Context(30)
    with_looks_that_take(function, 26, context)
    results = function(invocation("2.0", *KEYS[:2]), context)["results"]
    assert results == [
        {"taskId": "t-0", "resultCode": "Succeeded", "resultString": "processed"},
        {
            "taskId": "t-1",
            "resultCode": "TemporaryFailure",
            "resultString": "not started: there was no time left",
        },
    ]


def test_events_that_were_not_started_are_raised(function: FunctionWorld) -> None:
    context = Context(30)
    with_looks_that_take(function, 26, context)
    with pytest.raises(TransientError, match=r"^3 of 4 were not done: there was no time left$"):
        function(notification(*map(event, KEYS)), context)
    assert set(function.widths()) == {"0.jpg"}


def test_an_event_that_comes_when_there_is_no_time_is_raised(function: FunctionWorld) -> None:
    with pytest.raises(TransientError, match="no time left"):
        function(bus_event(event("0.jpg")), Context(0.1))
    assert function.widths() == {}


def test_a_look_that_hangs_is_handed_back_and_the_rest_is_told(function: FunctionWorld) -> None:
    hangs, release = Event(), Event()

    def hang(location: ObjectLocation) -> None:
        if location.key == "2.jpg":
            hangs.set()
            assert release.wait(PATIENCE)

    observing(function, hang)
    answered = function(MESSAGES, HurriedContext(lambda: hangs.wait(PATIENCE)))
    release.set()
    assert handed_back(answered) == ["m-2", "m-3"]
    assert {"0.jpg", "1.jpg"} <= set(function.widths())


@pytest.mark.parametrize("seconds", [1, 2, 3, 6, 900])
def test_any_timeout_that_lambda_has_lets_something_be_done(
    function: FunctionWorld, seconds: float
) -> None:
    context = Context(seconds - 0.01)
    with_looks_that_take(function, seconds / 10, context)
    done = 4 - len(handed_back(function(MESSAGES, context)))
    assert done >= 1


@pytest.mark.parametrize(("seconds", "reserve"), [(3, 1.5), (12, 3), (900, 5)])
def test_the_reserve_is_a_part_of_the_time_within_bounds(
    function: FunctionWorld, seconds: float, reserve: float
) -> None:
    context = Context(seconds)
    with_looks_that_take(function, seconds - reserve, context)
    assert handed_back(function(MESSAGES, context)) == ["m-2", "m-3"], "exactly enough is enough"
    context = Context(seconds)
    with_looks_that_take(function, 0.001, context)
    assert len(handed_back(function(MESSAGES, context))) == 0


def test_the_time_is_that_of_each_invocation(function: FunctionWorld) -> None:
    assert len(handed_back(function(MESSAGES, Context(0.1)))) == 4
    assert handed_back(function(MESSAGES, Context(30))) == []
