"""The problems and warnings of a stack, from what its checks found."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.findings import (
    LastReport,
    NewestObject,
    Probe,
    QueueTraffic,
    RecentErrors,
    Subscription,
)
from imgmeta.deployment.core.health import Findings, StackHealth
from imgmeta.deployment.core.stacks import QueueDepth, Stack

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EMPTY, BUSY = QueueDepth(0, 0), QueueDepth(0, 3)
CONFIRMED = Subscription("email", "a@example.com", confirmed=True)
PENDING = Subscription("email", "b@example.com", confirmed=False)
LOST = NewestObject("b", ObjectLocation("b", "lost\x1b.jpg"), NOW, indexed=False)

EVENTBRIDGE_OFF = (
    "the bucket mine sends no events to EventBridge: run `imgmeta deploy` for the stack again"
)
NOT_INDEXED = (
    "s3://b/lost%1B.jpg is not in the index, and no event is in the queue: run `imgmeta verify`"
)


def health(findings: Findings, *, queue: QueueDepth = EMPTY, max_age: str = "") -> StackHealth:
    parameters = {"QueueAgeThreshold": max_age} if max_age else {}
    stack = Stack("arn", "photos", "CREATE_COMPLETE", parameters)
    return StackHealth(stack, {}, queue, QueueDepth(0, 0), None, findings=findings)


@pytest.mark.parametrize(
    ("findings", "problem"),
    [
        (
            Findings(probe=Probe(error="Runtime.ImportModuleError: no module")),
            "the function fails: Runtime.ImportModuleError: no module",
        ),
        (
            Findings(probe=Probe(throttled=True)),
            "the function is throttled: it has no free concurrency",
        ),
        (
            Findings(incomplete="the stack photos has no output Buckets"),
            "the stack photos has no output Buckets",
        ),
        (
            Findings(event_source="Disabled"),
            "the event source mapping is disabled: the function gets no messages",
        ),
        (
            Findings(event_source="Deleted"),
            "the event source mapping is deleted: the function gets no messages",
        ),
        (
            Findings(throttles={"function": 0, "table": 0, "index BucketKeyIndex": 1200}),
            "1,200 throttled requests of the index BucketKeyIndex in the last 15 minutes",
        ),
        (
            Findings(event_delivery={"mine": False, "yours": True}),
            EVENTBRIDGE_OFF,
        ),
        (
            Findings(subscriptions=()),
            "the topic has no subscription: nobody receives alarms",
        ),
        (
            Findings(subscriptions=(PENDING,)),
            "nobody receives alarms: confirm the subscription of b@example.com",
        ),
        (
            Findings(
                errors=RecentErrors(crashes=2, reason="denied", crash_reason="Task timed out")
            ),
            "2 invocations failed in the last 15 minutes: Task timed out",
        ),
        (
            Findings(traffic=QueueTraffic(oldest_seconds=1200)),
            "the oldest message has waited 20 minutes",
        ),
        (
            Findings(newest=(LOST,)),
            NOT_INDEXED,
        ),
    ],
)
def test_each_finding_is_a_problem(findings: Findings, problem: str) -> None:
    assert list(health(findings).problems()) == [problem]


@pytest.mark.parametrize("state", ["Enabled", "Enabling", "Creating", "Updating"])
def test_event_source_that_delivers_is_no_problem(state: str) -> None:
    assert list(health(Findings(event_source=state)).problems()) == []


def test_findings_without_problems_are_healthy() -> None:
    findings = Findings(
        probe=Probe(version="1.0"),
        errors=RecentErrors(failures=1, reason="denied"),
        traffic=QueueTraffic(oldest_seconds=10, received=5, deleted=5),
        throttles={"function": 0},
        subscriptions=(CONFIRMED,),
        newest=(NewestObject("empty"), replace(LOST, indexed=True)),
        event_delivery={"mine": True},
        last_audit=LastReport(NOW, NOW, {"drift": 0}),
    )
    found = health(findings)
    assert (list(found.problems()), list(found.warnings())) == ([], [])


def test_unindexed_object_is_no_problem_while_its_event_may_be_in_the_queue() -> None:
    assert list(health(Findings(newest=(LOST,)), queue=BUSY).problems()) == []


def test_message_that_failed_twice_is_a_problem_while_it_is_in_the_queue() -> None:
    findings = Findings(errors=RecentErrors(failures=2, repeated=1, reason="denied"))
    assert list(health(findings, queue=BUSY).problems()) == [
        "1 message failed more than once: denied"
    ]
    assert list(health(findings).problems()) == []


@pytest.mark.parametrize(
    ("errors", "queue", "probe", "is_problem"),
    [
        (RecentErrors(crashes=1), BUSY, None, False),
        (RecentErrors(crashes=2), EMPTY, None, True),
        (RecentErrors(crashes=2, recovered=True), BUSY, None, False),
        (RecentErrors(crashes=2), BUSY, Probe(), True),
        (RecentErrors(crashes=2), EMPTY, Probe(), False),
    ],
)
def test_failed_invocations_are_a_problem_from_the_second_until_a_success(
    errors: RecentErrors, queue: QueueDepth, probe: Probe | None, *, is_problem: bool
) -> None:
    found = health(Findings(errors=errors, probe=probe), queue=queue)
    assert bool(list(found.problems())) is is_problem
    assert bool(list(found.warnings())) is not is_problem


def test_recovery_is_named_in_the_warning() -> None:
    found = health(Findings(errors=RecentErrors(crashes=3, recovered=True, crash_reason="gone")))
    assert list(found.warnings()) == [
        "3 invocations failed in the last 15 minutes, the function has recovered: gone"
    ]
    found = health(Findings(errors=RecentErrors(crashes=1)))
    assert list(found.warnings()) == ["1 invocation failed in the last 15 minutes"]


def test_threshold_of_the_stack_decides_when_a_message_is_too_old() -> None:
    findings = Findings(traffic=QueueTraffic(oldest_seconds=1200))
    assert list(health(findings, max_age="1201").problems()) == []
    assert list(health(findings, max_age="1200").problems()) != []


def test_warnings_name_redelivered_messages_subscriptions_and_drift() -> None:
    findings = Findings(
        traffic=QueueTraffic(received=10, deleted=6, in_flight=1),
        subscriptions=(CONFIRMED, PENDING),
        last_audit=LastReport(NOW, NOW, {"drift": 2}),
    )
    found = health(findings)
    assert list(found.problems()) == []
    assert list(found.warnings()) == [
        "about 3 messages received in the last 15 minutes failed, and will be received again",
        "the subscription of b@example.com is not confirmed",
        "the last audit found 2 differences",
    ]
