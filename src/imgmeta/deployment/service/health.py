"""The health check of a deployed stack."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from imgmeta.core.records import ImageRecord
from imgmeta.deployment.core.health import Findings, StackHealth
from imgmeta.deployment.core.stacks import Alarm, QueueDepth, Stack, StackResource
from imgmeta.deployment.ports import Alarms, QueueGauge, Stacks
from imgmeta.deployment.service.inspection import Inspector
from imgmeta.deployment.service.latest_record import latest_record
from imgmeta.errors import ImgmetaError
from imgmeta.ports import ImageRepository

__all__ = ["HealthCheck"]

_QUEUE, _DEAD_LETTER_QUEUE, _TABLE = "QueueUrl", "DeadLetterQueueUrl", "DynamoDBTableName"
"""Names of template outputs."""

_T = TypeVar("_T")

_ALARM = "AWS::CloudWatch::Alarm"

_FINDINGS_LIFETIME = timedelta(minutes=1)
"""The other checks invoke the function, read its log and list buckets: not every few seconds."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Checks the health of stacks.

    Attributes:
        stacks: the stacks of the account and region.
        alarms: its alarms.
        queues: measures its queues.
        open_repository: opens the index in a table, given the table's name.
        inspector: runs the other checks; None: nothing does.
    """

    stacks: Stacks
    alarms: Alarms
    queues: QueueGauge
    open_repository: Callable[[str], AbstractContextManager[ImageRepository]]
    inspector: Inspector | None = None

    def run(self, stack: Stack, now: datetime, previous: Findings | None = None) -> StackHealth:
        """Return the health of a stack.

        A part that cannot be checked is reported as such; the others go on.

        Args:
            stack: the stack in its current state.
            now: the current time, timezone-aware.
            previous: findings to use again if they are less than a minute old; None: none.
        """
        failed = dict[str, str]()

        def result(name: str, check: Callable[[], _T]) -> _T | None:
            try:
                return check()
            except ImgmetaError as error:
                failed[name] = error.message
                return None

        queue, dead_letters = (stack.outputs.get(name) for name in (_QUEUE, _DEAD_LETTER_QUEUE))
        resources = result("resources", lambda: list(self.stacks.resources(stack.stack_id))) or []
        latest = result("table", lambda: self._latest_record(stack.outputs.get(_TABLE), now))
        record, unreadable = latest or (None, 0)
        return StackHealth(
            stack,
            alarms=result("alarms", lambda: self._alarms(resources)) or {},
            queue=result("queue", lambda: self._depth(queue)),
            dead_letters=result("dead-letter queue", lambda: self._depth(dead_letters)),
            latest_record=record,
            unreadable_records=unreadable,
            findings=self._findings(stack, resources, now, previous),
            failed=failed,
        )

    def _findings(
        self,
        stack: Stack,
        resources: Iterable[StackResource],
        now: datetime,
        previous: Findings | None,
    ) -> Findings:
        if self.inspector is None:
            return Findings()
        if previous is not None and previous.checked_at is not None:
            age = now - previous.checked_at
            if timedelta() <= age < _FINDINGS_LIFETIME:
                return previous
        return self.inspector.run(stack, resources, now)

    def _alarms(self, resources: Iterable[StackResource]) -> Mapping[str, Alarm | None]:
        """Return the alarms among these resources in alphabetical order; None: deleted."""
        logical_ids = {
            each.physical_id: each.logical_id
            for each in resources
            if each.resource_type == _ALARM
            and each.physical_id
            and each.status.endswith("_COMPLETE")
        }
        alarms = {alarm.name: alarm for alarm in self.alarms.states(logical_ids)}
        return dict(sorted((logical, alarms.get(name)) for name, logical in logical_ids.items()))

    def _depth(self, url: str | None) -> QueueDepth | None:
        return None if url is None else self.queues.depth(url)

    def _latest_record(self, table: str | None, now: datetime) -> tuple[ImageRecord | None, int]:
        if table is None:
            return None, 0
        with self.open_repository(table) as repository:
            return latest_record(repository, now)
