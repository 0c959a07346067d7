"""Bugs planted on purpose, each with a history that reveals it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from imgmeta import (
    Hint,
    IfNewer,
    IfRevision,
    ImageRecord,
    ImageRepository,
    ObjectLocation,
    ObjectStore,
    PresentObject,
    Status,
    WriteResult,
)
from imgmeta.core.objects import Listing, Observation
from imgmeta.core.ordering import WriteCondition
from support.convergence.bucket import Bucket, Bytes, ModelBucket, Version
from support.convergence.machine import DIVERGED, Convergence
from support.convergence.write_ledger import NEVER_EXISTED

if TYPE_CHECKING:
    from support.convergence.aws_machine import ConvergenceOnAWS

__all__ = ["BUGS", "Bug"]

KEY = "a.jpg"
FOREIGN = "0A1B2C3D4E5F678901"
TO_THE_END = 99
BEFORE_THE_WRITE = 5
BEFORE_THE_SECOND_RANGE = 3
"""Numbers of steps: a worker stops before and after each observation, range and write."""


@dataclass(frozen=True)
class Bug:
    """A planted bug.

    Attributes:
        history: a history that reveals the bug, and converges without it.
        message: the message of the failing assertion.
        on_model: base class that plants the bug in the model.
        on_aws: base class that plants the bug in the AWS adapters.
        quick: whether random histories reveal the bug within seconds.
    """

    history: Callable[[Convergence], None]
    message: str
    on_model: type
    on_aws: type
    quick: bool = False

    def planted(self, machine: type[Convergence]) -> type[Convergence]:
        """Return the machine with the bug planted."""
        base = self.on_aws if hasattr(machine, "aws") else self.on_model
        attributes = {"only_convergence": self.message == DIVERGED}
        return type("WithBug", (base, machine), attributes)

    def run(self, machine: type[Convergence]) -> None:
        """Run the history on a machine, and check the rules at its end."""
        state = machine()
        try:
            state.choose_bucket(versioned=True)
            self.history(state)
        finally:
            state.teardown()


class _PortWrapper:
    """Passes all calls to a port, except those that a subclass overrides."""

    def __init__(self, port: Any) -> None:  # noqa: ANN401 - any port
        self._port = port

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._port, name)


class _RepositoryWrapper(_PortWrapper):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result: WriteResult = self._port.put(record, condition)
        return result

    def put_all(self, writes: Sequence[tuple[ImageRecord, WriteCondition]]) -> list[WriteResult]:
        return [self.put(*write) for write in writes]


class _UnconditionalPut(_RepositoryWrapper):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        del condition
        stored = self._port.get(record.image_id)
        current = IfRevision(stored.revision if stored else None)
        result: WriteResult = self._port.put(record, current)
        return result


class _IgnoresRevision(_UnconditionalPut):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        if isinstance(condition, IfRevision):
            return super().put(record, condition)
        result: WriteResult = self._port.put(record, condition)
        return result


class _IgnoresObservationTime(_RepositoryWrapper):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        if isinstance(condition, IfNewer):
            condition = replace(condition, observed_after=None)
        result: WriteResult = self._port.put(record, condition)
        return result


class _TombstoneWithoutSequencer(_IgnoresObservationTime):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result = super().put(record, condition)
        if result is WriteResult.STORED and record.status is Status.DELETED:
            unordered = record.model_copy(update={"sequencer": None})
            self._port.put(unordered, IfRevision(record.revision))
        return result


class _TrustsSequencers(_RepositoryWrapper):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result: WriteResult = self._port.put(record, condition)
        is_conflict = result is WriteResult.CONFLICT
        return WriteResult.STALE if is_conflict and isinstance(condition, IfNewer) else result


def _in_repository(wrapper: type[_PortWrapper]) -> type:
    class InRepository(Convergence):
        def make_repository(self) -> ImageRepository:
            return cast("ImageRepository", wrapper(super().make_repository()))

    return InRepository


def _in_requests(service: str, operation: str, change: Callable[[dict[str, Any]], None]) -> type:
    """Plant a bug in the requests that an adapter sends to AWS."""

    class InRequests(Convergence):
        def make_bucket(self) -> Bucket:
            client = getattr(cast("ConvergenceOnAWS", self), service)
            client.meta.events.register(
                f"provide-client-params.{service}.{operation}",
                lambda params, **_: change(params),
            )
            return super().make_bucket()

    return InRequests


def _both(one: type, other: type) -> type:
    return type("Both", (one, other), {})


_CONDITION = (
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
)


def _without_condition(params: dict[str, Any]) -> None:
    for name in _CONDITION:
        params.pop(name, None)


def _without_revision(params: dict[str, Any]) -> None:
    if "Sequencer" not in params.get("ExpressionAttributeNames", {}).values():
        _without_condition(params)


def _without_sequencer(params: dict[str, Any]) -> None:
    if params["Item"]["Status"]["S"] == Status.DELETED:
        del params["Item"]["Sequencer"]


def _without_etag(params: dict[str, Any]) -> None:
    params.pop("IfMatch", None)


class _WithoutEventTime(Convergence):
    def _hints_of(self, event: dict[str, Any]) -> list[Hint]:
        return [replace(hint, occurred_at=None) for hint in super()._hints_of(event)]


class _TrustsRemovalEvents(Convergence):
    def _objects_of(self, event: dict[str, Any]) -> ObjectStore:
        removed = event["eventName"].startswith("ObjectRemoved:")
        return ModelBucket(versioned=True) if removed else super()._objects_of(event)


class _TrustsEvent:
    """An object store that takes attributes from an event."""

    def __init__(self, bucket: Bucket, event: dict[str, Any]) -> None:
        self._bucket = bucket
        self._event_object = event["s3"]["object"]

    def observe(self, location: ObjectLocation) -> Observation:
        return self._bucket.observe(location)

    def list(self, *args: Any, **kwargs: Any) -> Iterator[Listing]:  # noqa: ANN401 - passed on
        return self._bucket.list(*args, **kwargs)


class _SizeOfEvent(_TrustsEvent):
    def observe(self, location: ObjectLocation) -> Observation:
        observation = super().observe(location)
        if not isinstance(observation, PresentObject):
            return observation
        return replace(observation, size=self._event_object["size"])


class _VersionOfEvent(_TrustsEvent):
    def observe(self, location: ObjectLocation) -> Observation:
        return self._bucket.observe_version(location.key, self._event_object.get("versionId"))


def _with_store(store: type[_TrustsEvent]) -> type:
    class WithStore(Convergence):
        def _objects_of(self, event: dict[str, Any]) -> ObjectStore:
            return store(self.bucket, event)

    return WithStore


@dataclass(frozen=True)
class _UnpinnedBytes(Bytes):
    current: Callable[[], Version | None] = lambda: None

    def read(self, offset: int, length: int) -> bytes:
        return Bytes(self.current() or self.version).read(offset, length)


class _UnpinnedBucket(ModelBucket):
    def observe(self, location: ObjectLocation) -> Observation:
        observation, version = super().observe(location), self.current(location.key)
        if not isinstance(observation, PresentObject) or not isinstance(version, Version):
            return observation
        current = partial(self.current, location.key)
        return replace(observation, content=_UnpinnedBytes(version, current=current))


class _Unpinned(Convergence):
    def make_bucket(self) -> Bucket:
        return _UnpinnedBucket(versioned=True)


def _old_observation_is_written_last(state: Convergence) -> None:
    state.put(KEY, 1)
    state.deliver(0, BEFORE_THE_WRITE, 0)
    state.put(KEY, 2)
    state.deliver(1, TO_THE_END, 0)


def _old_observation_without_an_event_is_written_last(state: Convergence) -> None:
    state.put(KEY, 1)
    state.deliver(1, TO_THE_END, 0)
    state.reprocess(0, KEY, BEFORE_THE_WRITE + 2)  # it also reads the stored record
    state.put(KEY, 2)
    state.deliver(1, TO_THE_END, 0)


def _observation_before_a_removal_is_written_last(state: Convergence) -> None:
    state.put(KEY, 1)
    state.deliver(0, BEFORE_THE_WRITE, 0)
    state.delete(KEY)
    state.deliver(1, TO_THE_END, 0)


def _foreign_event_precedes_a_change(state: Convergence) -> None:
    state.put(KEY, 1)
    state.emit_foreign_event(KEY, FOREIGN, None)
    state.deliver(1, TO_THE_END, 1)
    state.put(KEY, 2)


def _old_observation_has_a_foreign_sequencer(state: Convergence) -> None:
    state.put(KEY, 1)
    state.deliver(1, TO_THE_END, 0)
    state.emit_foreign_event(KEY, FOREIGN, None)
    state.deliver(0, BEFORE_THE_WRITE, 0)
    state.put(KEY, 2)
    state.deliver(1, TO_THE_END, 0)


def _object_exists_only_between_two_observations(state: Convergence) -> None:
    state.emit_foreign_event(KEY, FOREIGN, None)
    state.deliver(1, TO_THE_END, 0)
    state.put(KEY, 1)
    state.reprocess(0, KEY, BEFORE_THE_WRITE + 2)  # it also reads the stored record
    state.delete(KEY)


def _noncurrent_version_is_deleted(state: Convergence) -> None:
    state.put(KEY, 1)
    state.put(KEY, 3)
    state.delete_noncurrent(KEY)
    for _ in range(3):  # in order, so that no later event repairs the record
        state.deliver(1, TO_THE_END, 0)


def _object_is_overwritten_between_two_ranges(state: Convergence) -> None:
    state.put(KEY, 1)
    state.deliver(0, BEFORE_THE_SECOND_RANGE, 0)
    state.put(KEY, 2)
    state.step(0, TO_THE_END)


BUGS = {
    "a put without a condition": Bug(
        _old_observation_is_written_last,
        DIVERGED,
        _in_repository(_UnconditionalPut),
        _in_requests("dynamodb", "PutItem", _without_condition),
        quick=True,
    ),
    "a put that ignores the revision": Bug(
        _old_observation_without_an_event_is_written_last,
        DIVERGED,
        _in_repository(_IgnoresRevision),
        _in_requests("dynamodb", "PutItem", _without_revision),
        quick=True,
    ),
    "a tombstone without a sequencer, and a wrong clock": Bug(
        _observation_before_a_removal_is_written_last,
        DIVERGED,
        _in_repository(_TombstoneWithoutSequencer),
        _both(
            _in_repository(_IgnoresObservationTime),
            _in_requests("dynamodb", "PutItem", _without_sequencer),
        ),
    ),
    "a refused write that is not checked": Bug(
        _foreign_event_precedes_a_change,
        DIVERGED,
        _in_repository(_TrustsSequencers),
        _in_repository(_TrustsSequencers),
        quick=True,
    ),
    "a put that ignores when the object was observed": Bug(
        _old_observation_has_a_foreign_sequencer,
        DIVERGED,
        _in_repository(_IgnoresObservationTime),
        _in_repository(_IgnoresObservationTime),
    ),
    "an event whose time is ignored": Bug(
        _object_exists_only_between_two_observations,
        DIVERGED,
        _WithoutEventTime,
        _WithoutEventTime,
    ),
    "a removal event that is trusted": Bug(
        _noncurrent_version_is_deleted, DIVERGED, _TrustsRemovalEvents, _TrustsRemovalEvents
    ),
    "the size of the event": Bug(
        _noncurrent_version_is_deleted,
        DIVERGED,
        _with_store(_SizeOfEvent),
        _with_store(_SizeOfEvent),
    ),
    "the version of the event": Bug(
        _noncurrent_version_is_deleted,
        DIVERGED,
        _with_store(_VersionOfEvent),
        _with_store(_VersionOfEvent),
    ),
    "ranges of different versions": Bug(
        _object_is_overwritten_between_two_ranges,
        NEVER_EXISTED,
        _Unpinned,
        _in_requests("s3", "GetObject", _without_etag),
        quick=True,
    ),
}
