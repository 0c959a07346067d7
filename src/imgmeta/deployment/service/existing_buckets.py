"""Use cases for the existing buckets of a stack: plan, and switch the delivery of their events."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from imgmeta.core.text import printable
from imgmeta.deployment.core.bucket_notifications import (
    MissingBucketError,
    NotificationConfiguration,
)
from imgmeta.deployment.core.bucket_plans import (
    BucketPlan,
    DeliveryChange,
    DeliveryResult,
    bucket_list,
    check_bucket_names,
)
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.ports import BucketNotifications, EventRules
from imgmeta.deployment.service.event_delivery import EventDelivery
from imgmeta.deployment.service.planning import BUCKETS, KEY_PREFIX, SWITCHED_ON
from imgmeta.deployment.service.waiter import Sleep
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError, Remedy

__all__ = ["ExistingBuckets"]

_WAS_ON = "it was on before the stack used the bucket"


@dataclass(frozen=True, slots=True)
class ExistingBuckets:
    """Plans and changes how existing buckets send their events to the stacks of an account.

    Attributes:
        notifications: the notification configurations of buckets.
        rules: the rules of Amazon EventBridge.
        sleep: pauses between two requests.
    """

    notifications: BucketNotifications
    rules: EventRules
    sleep: Sleep

    def plan(
        self,
        stack: Stack | None,
        parameters: Mapping[str, str],
        own_rules: Collection[str] = (),
    ) -> BucketPlan:
        """Return the plan for a deployment.

        Args:
            stack: the stack before it; None: a new one is created.
            parameters: new values of template parameters.
            own_rules: names of the stack's rules.

        Raises:
            ConfigurationError: a new bucket cannot be used, or the stack cannot change to the
                requested buckets.
            TransientError: AWS is temporarily unavailable.
        """
        before = bucket_list("" if stack is None else stack.parameters.get(BUCKETS, ""))
        requested = parameters.get(BUCKETS)
        after = before if requested is None else check_bucket_names(bucket_list(requested))
        if stack is not None:
            _check_transition(stack, before, after)
        if not after:
            return BucketPlan()
        recorded = _recorded(stack)
        added = [each for each in after if each not in before]
        found, unknown = self._read(after, added)
        changes = [
            DeliveryChange(name, enabled=True, foreign=len(configuration.foreign_entries))
            for name, configuration in found.items()
            if not configuration.sends_to_eventbridge
        ]
        switched_on = {each.bucket for each in changes} | recorded
        removed = [each for each in before if each not in after]
        releases = self._releases(removed, recorded, own_rules)
        return BucketPlan(
            buckets=after,
            added=tuple(added),
            unindexed=after if _is_wider(stack, parameters) else tuple(added),
            changes=(*changes, *releases.changes),
            kept=releases.kept,
            gone=releases.gone,
            unknown=unknown,
            parameters={
                BUCKETS: ",".join(after),
                SWITCHED_ON: ",".join(each for each in after if each in switched_on),
            },
            own_rules=frozenset(own_rules),
        )

    def plan_deletion(self, stack: Stack, own_rules: Collection[str] = ()) -> BucketPlan:
        """Return the plan for the deletion of a stack, which releases all its existing buckets."""
        buckets = bucket_list(stack.parameters.get(BUCKETS, ""))
        return self._releases(buckets, _recorded(stack), own_rules)

    def apply(self, plan: BucketPlan) -> Iterator[DeliveryResult]:
        """Make the planned changes after the stack operation, and yield the result of each."""
        for change in plan.changes:
            try:
                failure = self._make(change, plan.own_rules)
            except AdapterError as error:
                failure = str(error)
            yield DeliveryResult(change, failure)

    def _make(self, change: DeliveryChange, own_rules: Collection[str]) -> str:
        """Make a change; return the reason that it was not made, or nothing."""
        delivery = EventDelivery(self.notifications, self.sleep)
        if change.enabled:
            delivery.switch(change.bucket, enabled=True)
            return ""
        if reason := self._reason_to_keep(change.bucket, own_rules):
            return reason
        delivery.switch(change.bucket, enabled=False)
        # A deployment of another stack creates its rule first, then reads the configuration. So it
        # either finds the delivery off and switches it on, or its rule is found here.
        if reason := self._reason_to_keep(change.bucket, own_rules):
            delivery.switch(change.bucket, enabled=True)
        return reason

    def _read(
        self, buckets: Iterable[str], added: Collection[str]
    ) -> tuple[dict[str, NotificationConfiguration], dict[str, str]]:
        """Return the configurations of buckets, and the reasons of those that cannot be read.

        Raises:
            ConfigurationError: an added bucket cannot be used.
            TransientError: an added bucket cannot be read now.
        """
        found, unknown = dict[str, NotificationConfiguration](), dict[str, str]()
        for bucket in buckets:
            try:
                if bucket in added:
                    self.notifications.check(bucket)
                found[bucket] = self.notifications.get(bucket)
            except AdapterError as error:
                if bucket not in added:
                    unknown[bucket] = str(error)
                elif isinstance(error, PermanentError):
                    raise ConfigurationError(error.message, remedy=error.remedy) from error
                else:
                    raise
        return found, unknown

    def _releases(
        self, buckets: Iterable[str], recorded: Collection[str], own_rules: Collection[str]
    ) -> BucketPlan:
        """Return the plan for released buckets."""
        changes, kept, gone = list[DeliveryChange](), dict[str, str](), list[str]()
        for bucket in buckets:
            try:
                configuration = self.notifications.get(bucket)
            except MissingBucketError:
                gone.append(bucket)
                continue
            except AdapterError as error:
                kept[bucket] = str(error)
                continue
            if not configuration.sends_to_eventbridge:
                continue
            reason = self._reason_to_keep(bucket, own_rules) if bucket in recorded else _WAS_ON
            if reason:
                kept[bucket] = reason
            else:
                foreign = len(configuration.foreign_entries)
                changes.append(DeliveryChange(bucket, enabled=False, foreign=foreign))
        return BucketPlan(
            changes=tuple(changes), kept=kept, gone=tuple(gone), own_rules=frozenset(own_rules)
        )

    def _reason_to_keep(self, bucket: str, own_rules: Collection[str]) -> str:
        """Return the reason that the delivery must stay on; empty if there is none."""
        try:
            others = sorted(set(self.rules.matching(bucket)) - set(own_rules))
        except AdapterError as error:
            return str(error)
        return f"the rule {printable(others[0])} may need it" if others else ""


def _recorded(stack: Stack | None) -> frozenset[str]:
    """Return the buckets whose delivery imgmeta switched on for this stack."""
    return frozenset(bucket_list("" if stack is None else stack.parameters.get(SWITCHED_ON, "")))


def _is_wider(stack: Stack | None, parameters: Mapping[str, str]) -> bool:
    """Return whether the prefix changes, and other keys than before start with the new one."""
    before = "" if stack is None else stack.parameters.get(KEY_PREFIX, "")
    return not parameters.get(KEY_PREFIX, before).startswith(before)


def _check_transition(stack: Stack, before: Collection[str], after: Collection[str]) -> None:
    """Reject a change between a bucket of the stack's own and existing buckets.

    The images in its own bucket would no longer be indexed, or those in the others.
    """
    if bool(before) == bool(after):
        return
    shown = printable(stack.name)
    if after:
        msg = f"the stack {shown} has a bucket of its own and cannot serve existing buckets"
    else:
        msg = f"the stack {shown} serves existing buckets and cannot get a bucket of its own"
    raise ConfigurationError(msg, remedy=Remedy.STACK_NAME)
