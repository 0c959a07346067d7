"""Results of the checks of a deployed stack."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import printable
from imgmeta.core.uris import legible_name

__all__ = [
    "DeadLetters",
    "Invocation",
    "LastReport",
    "MetricQuery",
    "NewestObject",
    "Probe",
    "QueueTraffic",
    "RecentErrors",
    "Subscription",
    "subscription_problems",
    "subscription_warnings",
]

_REPEATED = 2
"""Failed deliveries that are a problem: one alone may be a temporary failure."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """The outcome of an invocation of a function.

    Attributes:
        payload: the JSON that the function returned, or the error in it.
        failed: whether the function could not be started, was ended or raised an error.
        throttled: whether it was not invoked, since it has no free concurrency.
    """

    payload: str = ""
    failed: bool = False
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A metric of Amazon CloudWatch, and the statistic of each minute."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str = "Sum"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription to a topic.

    Attributes:
        protocol: such as `email`.
        endpoint: such as an email address.
        confirmed: whether it receives messages.
    """

    protocol: str
    endpoint: str
    confirmed: bool


def subscription_problems(subscriptions: Iterable[Subscription]) -> Iterator[str]:
    """Yield a problem if nobody is notified."""
    all_of_them = list(subscriptions)
    if any(each.confirmed for each in all_of_them):
        return
    if not all_of_them:
        yield "the topic has no subscription: nobody receives alarms"
    else:
        names = ", ".join(printable(each.endpoint) for each in all_of_them)
        yield f"nobody receives alarms: confirm the subscription of {names}"


def subscription_warnings(subscriptions: Iterable[Subscription]) -> Iterator[str]:
    """Yield a warning for each unconfirmed subscription, if another one is confirmed."""
    all_of_them = list(subscriptions)
    if any(each.confirmed for each in all_of_them):
        for each in all_of_them:
            if not each.confirmed:
                yield f"the subscription of {printable(each.endpoint)} is not confirmed"


@dataclass(frozen=True, slots=True)
class Probe:
    """The outcome of a probing invocation.

    Attributes:
        error: why the function does not respond, safe to print; empty if it does.
        throttled: whether it has no free concurrency.
        version: the version of imgmeta in it; empty: unknown.
    """

    error: str = ""
    throttled: bool = False
    version: str = ""

    def problems(self) -> Iterator[str]:
        """Yield the problem, if any."""
        if self.throttled:
            yield "the function is throttled: it has no free concurrency"
        elif self.error:
            yield f"the function fails: {self.error}"


@dataclass(frozen=True, slots=True)
class RecentErrors:
    """The function's errors in the last 15 minutes.

    Attributes:
        crashes: failed invocations, which retry all their messages.
        failures: failures of single messages, and of notifications.
        repeated: messages that failed at least twice.
        reason: the reason of the newest error, safe to print; empty: unknown.
        crash_reason: the reason of the newest failed invocation, safe to print; empty: unknown.
        newest: the time of the newest error; None: unknown, or no error.
        recovered: whether a batch was processed after the newest failed invocation.
        log_error: why the log could not be read, so that the other numbers come from metrics alone;
            empty if it could.
        metrics_error: why the metrics could not be read, so that the other numbers come from the
            log alone; empty if they could.
    """

    crashes: int = 0
    failures: int = 0
    repeated: int = 0
    reason: str = ""
    crash_reason: str = ""
    newest: datetime | None = None
    recovered: bool = False
    log_error: str = ""
    metrics_error: str = ""

    def problems(self, *, is_queue_empty: bool, responds: bool) -> Iterator[str]:
        """Yield the problems.

        A single failed invocation is retried, and so are single messages: both are a problem from
        the second failure on. The problem ends with a success: of a batch, or of the probe if no
        message is left to process, since those that were not processed are dead letters.

        Args:
            is_queue_empty: whether the queue has no messages.
            responds: whether the function responded to the probe.
        """
        if self.crashes >= _REPEATED and not self._is_over(
            is_queue_empty=is_queue_empty, responds=responds
        ):
            reason = _suffix(self.crash_reason)
            yield f"{self.crashes:,} invocations failed in the last 15 minutes{reason}"
        if self.repeated and not is_queue_empty:
            yield f"{_messages(self.repeated)} failed more than once{_suffix(self.reason)}"

    def _is_over(self, *, is_queue_empty: bool, responds: bool) -> bool:
        return self.recovered or (is_queue_empty and responds)

    def warnings(self, *, is_queue_empty: bool, responds: bool) -> Iterator[str]:
        """Yield the failed invocations that are not, or no longer, a problem."""
        is_over = self._is_over(is_queue_empty=is_queue_empty, responds=responds)
        if self.crashes and (is_over or self.crashes < _REPEATED):
            count = f"{self.crashes:,} invocation{'' if self.crashes == 1 else 's'}"
            end = ", the function has recovered" if is_over else ""
            yield f"{count} failed in the last 15 minutes{end}{_suffix(self.crash_reason)}"


@dataclass(frozen=True, slots=True)
class QueueTraffic:
    """The messages of the queue in the last 15 minutes.

    Attributes:
        oldest_seconds: the age of the oldest message; None: unknown.
        received: deliveries to the function.
        deleted: messages that were processed.
        in_flight: messages that were being processed, the most in any minute.
    """

    oldest_seconds: float | None = None
    received: int = 0
    deleted: int = 0
    in_flight: int = 0

    @property
    def redelivered(self) -> int:
        """The approximate number of failed deliveries, whose messages are received again."""
        return max(self.received - self.deleted - self.in_flight, 0)

    def problems(self, max_age: float) -> Iterator[str]:
        """Yield a problem if messages wait too long."""
        if self.oldest_seconds is not None and self.oldest_seconds >= max_age:
            minutes = self.oldest_seconds / 60
            yield f"the oldest message has waited {minutes:,.0f} minutes"

    def warnings(self) -> Iterator[str]:
        """Yield a warning if messages were received more than once."""
        if self.redelivered:
            yield (
                f"about {_messages(self.redelivered)} received in the last 15 minutes failed, and "
                "will be received again"
            )


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """A sample of the dead letters.

    Attributes:
        looked_at: the number of letters in the sample.
        reason: their commonest reason, without the parts that differ.
        count: the letters with that reason.
        oldest: when the oldest was first sent; None: unknown.
    """

    looked_at: int
    reason: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class NewestObject:
    """The newest object in a bucket, and whether it is in the index.

    Attributes:
        bucket: the bucket.
        location: the newest object that has to be indexed by now; None: there is none.
        uploaded_at: its upload time.
        indexed: whether the index has a record of this object, or a newer one.
        listed: the number of keys that were listed.
        complete: whether these are all keys.
    """

    bucket: str
    location: ObjectLocation | None = None
    uploaded_at: datetime | None = None
    indexed: bool = True
    listed: int = 0
    complete: bool = True

    def problems(self) -> Iterator[str]:
        """Yield the problem, if any. An object whose event is still in the queue is none."""
        if self.location is not None and not self.indexed:
            shown = legible_name(self.location)
            yield f"{shown} is not in the index, and no event is in the queue: run `imgmeta verify`"


@dataclass(frozen=True, slots=True)
class LastReport:
    """The last digest or audit in the function's log.

    Attributes:
        at: when it was logged; None: the log has none.
        since: the start of the period that was searched for it.
        fields: the fields of the line.
    """

    at: datetime | None
    since: datetime
    fields: Mapping[str, object] = field(default_factory=dict[str, object])

    def warnings(self) -> Iterator[str]:
        """Yield the differences that an audit found, if any."""
        drift = self.fields.get("drift")
        if isinstance(drift, int) and drift > 0:
            yield f"the last audit found {drift:,} difference{'' if drift == 1 else 's'}"


def _messages(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"


def _suffix(reason: str) -> str:
    return f": {reason}" if reason else ""
