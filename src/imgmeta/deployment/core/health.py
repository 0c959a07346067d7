"""The health of a deployed stack: findings, problems and warnings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from imgmeta.core.records import ImageRecord
from imgmeta.core.text import counted, printable
from imgmeta.deployment.core.findings import (
    DeadLetters,
    LastReport,
    NewestObject,
    Probe,
    QueueTraffic,
    RecentErrors,
    Subscription,
    subscription_problems,
    subscription_warnings,
)
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack

__all__ = ["Findings", "StackHealth"]

_RUNNING = frozenset({"Creating", "Enabling", "Enabled", "Updating"})
"""States of an event source mapping that delivers messages, or soon will: AWS Lambda API Reference,
"GetEventSourceMapping"."""

_DEFAULT_MAX_AGE = 900


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of the checks of one stack, besides its status, alarms, queues and latest record.

    Each is None if it was not checked.

    Attributes:
        checked_at: when the checks ran; None: they did not, since the stack has no complete index.
        probe: the outcome of a probing invocation of the function.
        code_replaced: whether the function runs another package than the stack deployed.
        event_source: the state of the event source mapping; `Deleted` if it does not exist.
        errors: the function's errors in the last 15 minutes.
        traffic: the queue's messages in the last 15 minutes.
        letters: a sample of the dead letters.
        throttles: throttled requests in the last 15 minutes, by the function, table or index.
        subscriptions: the subscriptions to the stack's topic.
        newest: the newest object of each bucket.
        event_delivery: whether each existing bucket sends its events to Amazon EventBridge; None:
            the bucket does not exist.
        last_digest: the last digest in the function's log.
        last_audit: the last finished audit in the function's log.
        unchecked: the reasons that checks failed, by the name of the check.
        incomplete: why the stack has no index to check; empty if it has one.
    """

    checked_at: datetime | None = None
    probe: Probe | None = None
    code_replaced: bool | None = None
    event_source: str | None = None
    errors: RecentErrors | None = None
    traffic: QueueTraffic | None = None
    letters: DeadLetters | None = None
    throttles: Mapping[str, int] | None = None
    subscriptions: tuple[Subscription, ...] | None = None
    newest: tuple[NewestObject, ...] | None = None
    event_delivery: Mapping[str, bool | None] | None = None
    last_digest: LastReport | None = None
    last_audit: LastReport | None = None
    unchecked: Mapping[str, str] = field(default_factory=dict[str, str])
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class StackHealth:
    """The health of a stack.

    Attributes:
        stack: the stack in its current state.
        alarms: the stack's alarms, by logical ID; None: the alarm was deleted.
        queue: messages to process; None: the stack has no queue yet.
        dead_letters: messages that could not be processed; None: the stack has no queue for them.
        latest_record: the readable record with the latest upload time; None if there is none.
        unreadable_records: number of unreadable records that the search for it passed over.
        findings: the results of the other checks.
        failed: the reasons that what is above could not be checked, by its name. The stack counts
            as unhealthy then: nobody knows whether it is healthy.
    """

    stack: Stack
    alarms: Mapping[str, Alarm | None]
    queue: QueueDepth | None
    dead_letters: QueueDepth | None
    latest_record: ImageRecord | None
    unreadable_records: int = 0
    findings: Findings = field(default_factory=Findings)
    failed: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def unchecked(self) -> Mapping[str, str]:
        """The reasons of all checks that failed, by the name of the check."""
        return {**self.failed, **self.findings.unchecked}

    def problems(self) -> Iterator[str]:
        """Yield a description of each problem that makes the stack unhealthy, safe to print."""
        if not self.stack.is_usable:
            yield f"the stack is {printable(self.stack.status)}"
        elif self.findings.incomplete:
            yield self.findings.incomplete
        for name, reason in self.failed.items():
            yield f"cannot check the {name}: {reason}"
        yield from self._function_problems()
        for name, alarm in self.alarms.items():
            if alarm is None:
                yield f"the alarm {printable(name)} is gone"
            elif alarm.state is AlarmState.ALARM:
                yield f"the alarm {printable(name)} is on"
        waiting = 0 if self.dead_letters is None else self.dead_letters.waiting
        if waiting:
            yield counted(waiting, "dead letter")
        yield from self._queue_problems()
        yield from self._bucket_problems()
        if self.findings.subscriptions is not None:
            yield from subscription_problems(self.findings.subscriptions)

    def _function_problems(self) -> Iterator[str]:
        probe, state = self.findings.probe, self.findings.event_source
        if probe is not None:
            yield from probe.problems()
        if state is not None and state not in _RUNNING:
            shown = printable(state).lower()
            yield f"the event source mapping is {shown}: the function gets no messages"

    def _queue_problems(self) -> Iterator[str]:
        found = self.findings
        if found.errors is not None:
            yield from found.errors.problems(
                is_queue_empty=self._is_queue_empty, responds=self._responds
            )
        if found.traffic is not None:
            yield from found.traffic.problems(self._max_age)
        for name, count in (found.throttles or {}).items():
            if count:
                yield f"{counted(count, 'throttled request')} of the {name} in the last 15 minutes"

    def _bucket_problems(self) -> Iterator[str]:
        for bucket, is_on in (self.findings.event_delivery or {}).items():
            if is_on is None:
                shown = printable(bucket)
                yield f"the bucket {shown} does not exist: deploy the stack without it"
            elif not is_on:
                yield (
                    f"the bucket {printable(bucket)} sends no events to EventBridge: run "
                    "`imgmeta deploy` for the stack again"
                )
        if self._is_queue_empty:
            for each in self.findings.newest or ():
                yield from each.problems()

    def warnings(self) -> Iterator[str]:
        """Yield a description of each finding that does not make the stack unhealthy."""
        found = self.findings
        if found.code_replaced:
            yield "another tool replaced the function's code: `imgmeta deploy` restores the package"
        if found.errors is not None:
            yield from found.errors.warnings(
                is_queue_empty=self._is_queue_empty, responds=self._responds
            )
        if found.traffic is not None:
            yield from found.traffic.warnings()
        if found.subscriptions is not None:
            yield from subscription_warnings(found.subscriptions)
        if found.last_audit is not None:
            yield from found.last_audit.warnings()

    @property
    def _is_queue_empty(self) -> bool:
        return self.queue is not None and not self.queue.total

    @property
    def _responds(self) -> bool:
        probe = self.findings.probe
        return probe is not None and not (probe.error or probe.throttled)

    @property
    def _max_age(self) -> float:
        text = self.stack.parameters.get("QueueAgeThreshold", "")
        return float(text) if text.isdecimal() else _DEFAULT_MAX_AGE
