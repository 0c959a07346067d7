"""Tests that the function stops before its timeout and returns unfinished messages for retry."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import ObjectLocation, TransientError
from imgmeta.core.objects import Observation
from imgmeta.testing.strategies.documents import Document
from imgmeta.testing.strategies.events import bus_event, invocation, notification, queue
from support.function.harness import (
    FUNCTION_SETTINGS,
    Context,
    ExpiringContext,
    InMemoryFunction,
    event,
)

TIMEOUT = 60
KEYS = ("0.jpg", "1.jpg", "2.jpg", "3.jpg")

MESSAGES = queue(*(notification(event(key)) for key in KEYS))


@pytest.fixture
def function() -> InMemoryFunction:
    function = InMemoryFunction(replace(FUNCTION_SETTINGS, concurrency=1))
    function.put(*KEYS)
    return function


def call_before_observing(
    function: InMemoryFunction, before: Callable[[ObjectLocation], object]
) -> InMemoryFunction:
    """Call `before` before each observation of an object."""
    observe_object = function.indexing.bucket.observe

    def observe(location: ObjectLocation) -> Observation:
        before(location)
        return observe_object(location)

    function.indexing.bucket.observe = observe  # type: ignore[method-assign]  # adds a delay
    return function


def make_observations_take(
    function: InMemoryFunction, seconds: float, context: Context, *, leave: float = 0
) -> None:
    """Let each observation take time, of which at least `leave` seconds are left.

    The function waits that long for a thread that a busy machine starts late.
    """

    def pass_time(_: ObjectLocation) -> None:
        context.seconds = max(context.seconds - seconds, leave)

    call_before_observing(function, pass_time)


def failed_message_ids(response: Document) -> list[str]:
    failures = response["batchItemFailures"]
    assert isinstance(failures, list)
    return [each["itemIdentifier"] for each in failures]


def test_messages_not_started_in_time_are_retried(function: InMemoryFunction) -> None:
    context = Context(30)
    make_observations_take(function, 13, context)
    assert failed_message_ids(function(MESSAGES, context)) == ["m-2", "m-3"]
    assert set(function.widths()) == {"0.jpg", "1.jpg"}


def test_tasks_not_started_in_time_are_temporary_failures(function: InMemoryFunction) -> None:
    context = Context(30)
    make_observations_take(function, 26, context)
    results = function(invocation("2.0", *KEYS[:2]), context)["results"]
    assert results == [
        {"taskId": "t-0", "resultCode": "Succeeded", "resultString": "processed"},
        {
            "taskId": "t-1",
            "resultCode": "TemporaryFailure",
            "resultString": "not processed: the time limit was reached",
        },
    ]


def test_direct_events_not_started_in_time_are_an_error(function: InMemoryFunction) -> None:
    context = Context(30)
    make_observations_take(function, 26, context)
    with pytest.raises(
        TransientError, match=r"^3 of 4 events were not processed: the time limit was reached$"
    ):
        function(notification(*map(event, KEYS)), context)
    assert set(function.widths()) == {"0.jpg"}


def test_event_without_remaining_time_is_an_error(function: InMemoryFunction) -> None:
    with pytest.raises(TransientError, match="the time limit was reached"):
        function(bus_event(event("0.jpg")), Context(0.1))
    assert function.widths() == {}


def test_hanging_observation_is_retried_and_the_others_are_reported(
    function: InMemoryFunction,
) -> None:
    started, release = Event(), Event()

    def wait_for_release(location: ObjectLocation) -> None:
        if location.key == "2.jpg":
            started.set()
            assert release.wait(TIMEOUT)

    call_before_observing(function, wait_for_release)
    response = function(MESSAGES, ExpiringContext(lambda: started.wait(TIMEOUT)))
    release.set()
    assert failed_message_ids(response) == ["m-2", "m-3"]
    assert {"0.jpg", "1.jpg"} <= set(function.widths())


@pytest.mark.parametrize("seconds", [1, 2, 3, 6, 900])
def test_every_timeout_that_lambda_allows_permits_some_progress(
    function: InMemoryFunction, seconds: float
) -> None:
    context = Context(seconds - 0.01)
    make_observations_take(function, seconds / 10, context)
    done = 4 - len(failed_message_ids(function(MESSAGES, context)))
    assert done >= 1


@pytest.mark.parametrize(("seconds", "reserve"), [(3, 1.5), (12, 3), (900, 5)])
def test_reserve_is_a_share_of_the_remaining_time_within_bounds(
    function: InMemoryFunction, seconds: float, reserve: float
) -> None:
    context = Context(seconds)
    make_observations_take(function, seconds - reserve, context, leave=reserve - 0.01)
    failed = failed_message_ids(function(MESSAGES, context))
    assert failed == ["m-2", "m-3"], "exactly the reserve is enough"
    context = Context(seconds)
    make_observations_take(function, 0.001, context)
    assert len(failed_message_ids(function(MESSAGES, context))) == 0


def test_time_limit_is_read_for_each_invocation(function: InMemoryFunction) -> None:
    assert len(failed_message_ids(function(MESSAGES, Context(0.1)))) == 4
    assert failed_message_ids(function(MESSAGES, Context(30))) == []
