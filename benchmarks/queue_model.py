"""Discrete-event model of the queue, its event source, the function and the services behind it.

It is deterministic: arrivals are an argument. Time is in seconds. Failures are only throttles.
Each message is one object: one GET and one write of 1 KB. The SDK sends a throttled request again
after 0.5, 1 and 2 s; a message whose request was throttled four times returns to the queue.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

from queue_limits import Limit, Limits, Settings, TokenBucket

__all__ = ["Message", "Result", "Simulation", "Work"]

_BACKOFF = (0.5, 1.0, 2.0)
_MINUTE = 60.0
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Work:
    """The duration of an invocation, measured on a batch.

    Attributes:
        latency: seconds of one request.
        cpu: CPU seconds of one message, on the share of a CPU that the function has.
        threads: messages processed concurrently.
    """

    latency: float = 0.02
    cpu: float = 0.003
    threads: int = 32

    def seconds(self, messages: int) -> float:
        """Return the seconds of an invocation: waiting in rounds of threads, or its CPU time."""
        rounds = -(-messages // self.threads)
        return max(rounds * 2 * self.latency, self.cpu * messages) + 2 * self.latency


@dataclass(slots=True, eq=False)
class Message:
    """A message.

    Attributes:
        arrived: the time of its arrival.
        receives: how often it was received.
        stage: the number of services that accepted its request in this delivery.
    """

    arrived: float
    receives: int = 0
    stage: int = 0


@dataclass(slots=True)
class Result:
    """What happened.

    Attributes:
        arrived: messages that arrived.
        delays: seconds from arrival to completion of each processed message.
        dead_letters: messages that became dead letters.
        left: messages in the queue or in flight at the end.
        first_hits: the time at which each limit first delayed a message by a second or throttled a
            request, in order.
        throttled: throttled requests.
        peak_invocations: the largest number of concurrent invocations.
        peak_backlog: the largest number of waiting messages.
        message_seconds: the integral of the number of messages in the system over time.
        end: the time of the last event.
    """

    arrived: int = 0
    delays: list[float] = field(default_factory=list[float])
    dead_letters: int = 0
    left: int = 0
    first_hits: dict[Limit, float] = field(default_factory=dict[Limit, float])
    throttled: int = 0
    peak_invocations: int = 0
    peak_backlog: int = 0
    message_seconds: float = 0.0
    end: float = 0.0


class Simulation:
    """Simulates the queue for arrivals in the order of time.

    Args:
        settings: the stack's settings.
        limits: the limits of AWS.
        work: the duration of invocations.
    """

    def __init__(self, settings: Settings, limits: Limits, work: Work) -> None:
        self._settings, self._limits, self._work = settings, limits, work
        self._waiting: deque[Message] = deque()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._now = 0.0
        self._invocations = 0
        self._in_flight = 0
        self._in_system = 0
        self._allowed = limits.first_invocations
        self._wakes_at = -1.0
        self._result = Result()
        self._services = [
            (Limit.PREFIX, TokenBucket(limits.prefix_gets)),
            (Limit.TABLE, TokenBucket(limits.table_writes)),
        ]
        if settings.is_ascending:
            self._services.append((Limit.PARTITION, TokenBucket(limits.partition_writes)))

    def run(self, arrivals: Iterable[float], until: float = float("inf")) -> Result:
        """Return the result of these arrivals, in the order of time, at the given time."""
        waiting = iter(arrivals)
        arrival = next(waiting, None)
        self._schedule(_MINUTE, self._scale)
        while self._events or arrival is not None:
            if arrival is not None and (not self._events or arrival <= self._events[0][0]):
                if arrival > until:
                    break
                self._advance(arrival)
                self._arrive()
                arrival = next(waiting, None)
            else:
                if self._events[0][0] > until or (arrival is None and not self._in_system):
                    break
                moment, _, happen = heapq.heappop(self._events)
                self._advance(moment)
                happen()
            self._start()
        if until != float("inf"):
            self._advance(until)
        self._result.left = self._in_system
        self._result.end = self._now
        return self._result

    def _schedule(self, delay: float, happen: Callable[[], None]) -> None:
        self._schedule_at(self._now + delay, happen)

    def _schedule_at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), happen))

    def _advance(self, moment: float) -> None:
        self._result.message_seconds += self._in_system * (moment - self._now)
        self._now = moment

    def _arrive(self) -> None:
        self._result.arrived += 1
        self._in_system += 1
        self._waiting.append(Message(self._now))
        self._result.peak_backlog = max(self._result.peak_backlog, len(self._waiting))

    def _scale(self) -> None:
        if self._waiting:
            self._allowed = min(self._allowed + self._limits.growth, self._limits.event_source)
        else:
            self._allowed = max(self._limits.first_invocations, self._invocations)
        self._schedule(_MINUTE, self._scale)

    def _hit(self, limit: Limit) -> None:
        self._result.first_hits.setdefault(limit, self._now)

    def _start(self) -> None:
        """Start invocations while there are batches and no limit is reached."""
        while self._is_batch_ready() and not self._reached():
            size = min(len(self._waiting), self._settings.batch_size)
            batch = [self._waiting.popleft() for _ in range(size)]
            for message in batch:
                message.receives += 1
            self._in_flight += size
            if self._invocations >= self._limits.function:
                self._hit(Limit.FUNCTION)
                self._return(batch)
                return  # the event source waits before it tries again
            self._invocations += 1
            self._result.peak_invocations = max(self._result.peak_invocations, self._invocations)
            self._attempt(batch, 0)

    def _is_batch_ready(self) -> bool:
        if not self._waiting:
            return False
        window = self._settings.batch_window
        opened = self._waiting[0].arrived
        if len(self._waiting) >= self._settings.batch_size or self._now >= opened + window:
            return True
        if self._wakes_at <= self._now:
            self._wakes_at = opened + window
            self._schedule_at(self._wakes_at, lambda: None)
        return False

    def _reached(self) -> bool:
        """Return whether the event source must wait, and note why."""
        settings, limits = self._settings, self._limits
        unlimited = settings.maximum_concurrency >= 1000  # noqa: PLR2004 - the template's maximum
        chosen = limits.event_source if unlimited else settings.maximum_concurrency
        if self._invocations >= chosen:
            reached = Limit.EVENT_SOURCE if unlimited else Limit.MAXIMUM_CONCURRENCY
        elif self._in_flight + settings.batch_size > limits.in_flight:
            reached = Limit.IN_FLIGHT
        elif self._invocations >= self._allowed:
            reached = Limit.SCALING
        else:
            return False
        if self._now - self._waiting[0].arrived >= settings.batch_window + _PATIENCE:
            self._hit(reached)
        return True

    def _attempt(self, batch: list[Message], attempt: int) -> None:
        """Send the requests of a batch; schedule the end of the invocation or another attempt."""
        done, throttled = batch, list[Message]()
        for stage, (limit, bucket) in enumerate(self._services):
            needing = [each for each in done if each.stage == stage]
            admitted = bucket.take(len(needing), self._now)
            for message in needing[:admitted]:
                message.stage = stage + 1
            if admitted < len(needing):
                self._hit(limit)
                throttled += needing[admitted:]
                done = [each for each in done if each.stage > stage]
        self._result.throttled += len(throttled)
        duration = self._work.seconds(len(batch))
        is_last = not throttled or attempt == len(_BACKOFF)
        if not is_last:
            delay = duration + _BACKOFF[attempt]
            self._schedule(delay, lambda: self._retry(done, throttled, attempt + 1))
        else:
            self._schedule(duration, lambda: self._finish(done, throttled))

    def _retry(self, done: list[Message], throttled: list[Message], attempt: int) -> None:
        self._complete(done)
        self._attempt(throttled, attempt)

    def _finish(self, done: list[Message], failed: list[Message]) -> None:
        self._invocations -= 1
        self._complete(done)
        self._return(failed)

    def _complete(self, messages: list[Message]) -> None:
        self._in_flight -= len(messages)
        self._in_system -= len(messages)
        self._result.delays += [self._now - message.arrived for message in messages]

    def _return(self, messages: list[Message]) -> None:
        """Deliver messages again after the visibility timeout, or make them dead letters."""
        if messages:
            self._schedule(self._settings.visibility_timeout, lambda: self._reappear(messages))

    def _reappear(self, messages: list[Message]) -> None:
        self._in_flight -= len(messages)
        kept = [each for each in messages if each.receives < self._settings.max_receives]
        self._result.dead_letters += len(messages) - len(kept)
        self._in_system -= len(messages) - len(kept)
        for message in kept:
            message.stage = 0
        self._waiting.extend(kept)
