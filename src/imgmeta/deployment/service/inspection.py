"""The checks of a deployed stack, run side by side."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from imgmeta.core.targets import Target
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.findings import DeadLetters, NewestObject, Subscription
from imgmeta.deployment.core.health import Findings
from imgmeta.deployment.core.stacks import Stack, StackResource
from imgmeta.deployment.ports import (
    BucketNotifications,
    DeadLetterQueue,
    FunctionLogs,
    Functions,
    Metrics,
    Subscriptions,
)
from imgmeta.deployment.service.checks.buckets import newest_object, sends_events
from imgmeta.deployment.service.checks.errors import recent_errors
from imgmeta.deployment.service.checks.function import event_source_state, is_code_replaced, probe
from imgmeta.deployment.service.checks.letters import dead_letters
from imgmeta.deployment.service.checks.metrics import queue_traffic, throttles
from imgmeta.deployment.service.checks.reports import AUDIT, DIGEST, last_report
from imgmeta.errors import ConfigurationError, ImgmetaError
from imgmeta.ports import ImageRepository, ObjectStore

__all__ = ["Inspector"]

_T = TypeVar("_T")

_THREADS = 8

_TOPIC, _OWN_BUCKET = "SNSTopicArn", "S3BucketName"
"""Names of template outputs."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """Checks everything about a stack that its status and alarms do not tell.

    Attributes:
        functions: the functions of the account and region.
        metrics: its metrics.
        subscriptions: the subscriptions to its topics.
        logs: its log groups.
        notifications: the event notifications of its buckets.
        open_objects: opens the object store of a stack's buckets.
        open_repository: opens the index in a table, given the table's name.
        open_dead_letters: opens the dead-letter queue of a stack.
        is_indexed: returns whether keys are indexed, given a stack.
        clock: returns seconds of a monotonic clock.
    """

    functions: Functions
    metrics: Metrics
    subscriptions: Subscriptions
    logs: FunctionLogs
    notifications: BucketNotifications
    open_objects: Callable[[Stack], ObjectStore]
    open_repository: Callable[[str], AbstractContextManager[ImageRepository]]
    open_dead_letters: Callable[[DeployedIndex], DeadLetterQueue]
    is_indexed: Callable[[Stack], Callable[[str], bool]]
    clock: Callable[[], float]

    def run(self, stack: Stack, resources: Iterable[StackResource], now: datetime) -> Findings:
        """Return the findings of all checks.

        A check that fails, for example for lack of permission, is reported as such; the others go
        on.

        Args:
            stack: the stack.
            resources: its resources.
            now: the current time, timezone-aware.
        """
        try:
            index = DeployedIndex.of(stack)
        except ConfigurationError as error:
            return Findings(unchecked={"index": error.message}, incomplete=error.message)
        unchecked = dict[str, str]()

        def result(name: str, check: Future[_T]) -> _T | None:
            try:
                return check.result()
            except ImgmetaError as error:
                unchecked[name] = error.message
                return None

        def results(name: str, checks: Mapping[str, Future[_T]]) -> dict[str, _T] | None:
            """Return the results by bucket; one that cannot be read does not hide the others."""
            found, failures = dict[str, _T](), list[str]()
            for bucket, check in checks.items():
                try:
                    found[bucket] = check.result()
                except ImgmetaError as error:
                    failures.append(error.message)
            if failures:
                unchecked[name] = "; ".join(dict.fromkeys(failures))
            return found if found or not failures else None

        logs, metrics, group = self.logs, self.metrics, index.log_group
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="imgmeta") as pool:
            probing = pool.submit(probe, self.functions, index.function)
            code = pool.submit(is_code_replaced, self.functions, index)
            source = pool.submit(event_source_state, self.functions, list(resources))
            errors = pool.submit(recent_errors, logs, metrics, index, now)
            traffic = pool.submit(queue_traffic, metrics, index, now)
            throttled = pool.submit(throttles, metrics, index, now)
            letters = pool.submit(self._dead_letters, index, now)
            subscribed = pool.submit(self._subscriptions, stack)
            newest = {
                each.bucket: pool.submit(self._newest_object, index, each, now)
                for each in index.targets
            }
            # The stack's own bucket sends its events to the queue.
            delivery = {
                bucket: pool.submit(sends_events, self.notifications, bucket)
                for bucket in index.buckets
                if bucket != stack.outputs.get(_OWN_BUCKET)
            }
            digest = pool.submit(last_report, logs, group, DIGEST, now, self.clock)
            audit = pool.submit(last_report, logs, group, AUDIT, now, self.clock)
            found_errors = result("errors", errors)
            if found_errors is not None and found_errors.log_error:
                unchecked["errors in the log"] = found_errors.log_error
            if found_errors is not None and found_errors.metrics_error:
                unchecked["errors in the metrics"] = found_errors.metrics_error
            found_newest = results("newest objects", newest)
            return Findings(
                checked_at=now,
                probe=result("function", probing),
                code_replaced=result("function's code", code),
                event_source=result("event source mapping", source),
                errors=found_errors,
                traffic=result("queue", traffic),
                letters=result("dead letters", letters),
                throttles=result("throttles", throttled),
                subscriptions=result("subscriptions", subscribed),
                newest=None if found_newest is None else tuple(found_newest.values()),
                event_delivery=results("EventBridge", delivery),
                last_digest=result("last digest", digest),
                last_audit=result("last audit", audit),
                unchecked=unchecked,
            )

    def _dead_letters(self, index: DeployedIndex, now: datetime) -> DeadLetters | None:
        queue = self.open_dead_letters(index)
        return dead_letters(queue, self.logs, index, now, self.clock)

    def _subscriptions(self, stack: Stack) -> tuple[Subscription, ...] | None:
        topic = stack.outputs.get(_TOPIC)
        return None if topic is None else tuple(self.subscriptions.of_topic(topic))

    def _newest_object(self, index: DeployedIndex, target: Target, now: datetime) -> NewestObject:
        is_indexed = self.is_indexed(index.stack)
        with self.open_repository(index.table) as repository:
            return newest_object(
                self.open_objects(index.stack), repository, target, is_indexed, now
            )
