"""Rules that are broken on purpose, each with a history that shows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from imgmeta import (
    Hint,
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
from support.convergence.write_ledger import NEVER_WAS

if TYPE_CHECKING:
    from support.convergence.aws_machine import ConvergenceOnAWS

__all__ = ["BUGS", "Bug"]

KEY = "a.jpg"
TO_THE_END = 99
BEFORE_THE_WRITE = 5
BEFORE_THE_SECOND_RANGE = 3
"""Steps: a worker stops before and after each look, each range, and each write."""


@dataclass(frozen=True)
class Bug:
    """A broken rule.

    Attributes:
        history: what shows it: converges where the rule is kept.
        law: what is then said to be broken.
        on_model: breaks the rule in the model: a base class of its machine.
        on_aws: breaks the rule in the adapters: a base class of their machine.
        quick: whether chance finds such a history in seconds.
    """

    history: Callable[[Convergence], None]
    law: str
    on_model: type
    on_aws: type
    quick: bool = False

    def planted(self, machine: type[Convergence]) -> type[Convergence]:
        """Return the machine with this rule broken."""
        base = self.on_aws if hasattr(machine, "aws") else self.on_model
        attributes = {"only_convergence": self.law == DIVERGED}
        return type("Broken", (base, machine), attributes)

    def run(self, machine: type[Convergence]) -> None:
        """Let the history happen to a machine, and check what must hold at its end."""
        world = machine()
        try:
            world.choose_bucket(versioned=True)
            self.history(world)
        finally:
            world.teardown()


class _Over:
    """Another port, but for what a subclass does otherwise."""

    def __init__(self, port: Any) -> None:  # noqa: ANN401 - any port
        self._port = port

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._port, name)


class _UnconditionalPut(_Over):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        del condition
        stored = self._port.get(record.image_id)
        over = IfRevision(stored.revision if stored else None)
        result: WriteResult = self._port.put(record, over)
        return result


class _WritesWhateverTheRevision(_UnconditionalPut):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        if isinstance(condition, IfRevision):
            return super().put(record, condition)
        result: WriteResult = self._port.put(record, condition)
        return result


class _ForgetsTombstones(_Over):
    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result: WriteResult = self._port.put(record, condition)
        if result is WriteResult.STORED and record.status is Status.DELETED:
            bare = record.model_copy(update={"sequencer": None})
            self._port.put(bare, IfRevision(record.revision))
        return result


def _over_repository(wrapper: type[_Over]) -> type:
    class OverRepository(Convergence):
        def make_repository(self) -> ImageRepository:
            return cast("ImageRepository", wrapper(super().make_repository()))

    return OverRepository


def _in_requests(service: str, operation: str, spoil: Callable[[dict[str, Any]], None]) -> type:
    """Break a rule in what an adapter asks of AWS."""

    class InRequests(Convergence):
        def make_bucket(self) -> Bucket:
            client = getattr(cast("ConvergenceOnAWS", self), service)
            client.meta.events.register(
                f"provide-client-params.{service}.{operation}",
                lambda params, **_: spoil(params),
            )
            return super().make_bucket()

    return InRequests


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


def _bare_tombstone(params: dict[str, Any]) -> None:
    if params["Item"]["Status"]["S"] == Status.DELETED:
        del params["Item"]["Sequencer"]


def _unpinned(params: dict[str, Any]) -> None:
    params.pop("IfMatch", None)


class _RawSequencers(Convergence):
    def _hints_of(self, event: dict[str, Any]) -> list[Hint]:
        raw = event["s3"]["object"]["sequencer"].upper().ljust(32, "0")
        return [replace(hint, sequencer=raw) for hint in super()._hints_of(event)]


class _BelievesRemovals(Convergence):
    def _objects_of(self, event: dict[str, Any]) -> ObjectStore:
        removed = event["eventName"].startswith("ObjectRemoved:")
        return ModelBucket(versioned=True) if removed else super()._objects_of(event)


class _OfOneEvent:
    """An object store that listens to an event too much."""

    def __init__(self, bucket: Bucket, event: dict[str, Any]) -> None:
        self._bucket = bucket
        self._told = event["s3"]["object"]

    def observe(self, location: ObjectLocation) -> Observation:
        return self._bucket.observe(location)

    def list(self, *args: Any, **kwargs: Any) -> Iterator[Listing]:  # noqa: ANN401 - handed on
        return self._bucket.list(*args, **kwargs)


class _SizeOfTheEvent(_OfOneEvent):
    def observe(self, location: ObjectLocation) -> Observation:
        seen = super().observe(location)
        return replace(seen, size=self._told["size"]) if isinstance(seen, PresentObject) else seen


class _VersionOfTheEvent(_OfOneEvent):
    def observe(self, location: ObjectLocation) -> Observation:
        return self._bucket.at_version(location.key, self._told.get("versionId"))


def _listening(store: type[_OfOneEvent]) -> type:
    class Listening(Convergence):
        def _objects_of(self, event: dict[str, Any]) -> ObjectStore:
            return store(self.bucket, event)

    return Listening


@dataclass(frozen=True)
class _UnpinnedBytes(Bytes):
    now: Callable[[], Version | None] = lambda: None

    def read(self, offset: int, length: int) -> bytes:
        return Bytes(self.now() or self.version).read(offset, length)


class _UnpinnedBucket(ModelBucket):
    def observe(self, location: ObjectLocation) -> Observation:
        seen, version = super().observe(location), self.current(location.key)
        if not isinstance(seen, PresentObject) or not isinstance(version, Version):
            return seen
        now = partial(self.current, location.key)
        return replace(seen, content=_UnpinnedBytes(version, now=now))


class _Unpinned(Convergence):
    def make_bucket(self) -> Bucket:
        return _UnpinnedBucket(versioned=True)


def _an_old_look_is_written_last(world: Convergence) -> None:
    world.put(KEY, 1)
    world.deliver(0, BEFORE_THE_WRITE, 0)
    world.put(KEY, 2)
    world.deliver(1, TO_THE_END, 0)


def _an_old_look_without_an_event_is_written_last(world: Convergence) -> None:
    world.put(KEY, 1)
    world.deliver(1, TO_THE_END, 0)
    world.reprocess(0, KEY, BEFORE_THE_WRITE + 2)  # and it reads what is stored
    world.put(KEY, 2)
    world.deliver(1, TO_THE_END, 0)


def _what_was_seen_before_its_removal_is_written_last(world: Convergence) -> None:
    world.put(KEY, 1)
    world.deliver(0, BEFORE_THE_WRITE, 0)
    world.delete(KEY)
    world.deliver(1, TO_THE_END, 0)


def _a_longer_sequencer_comes_after_a_shorter_one(world: Convergence) -> None:
    for content in (1, 2, 3):
        world.put(KEY, content)
    world.deliver(1, TO_THE_END, 2)
    world.put(KEY, 1)
    world.deliver(1, TO_THE_END, 2)


def _another_version_is_removed_for_good(world: Convergence) -> None:
    world.put(KEY, 1)
    world.put(KEY, 3)
    world.delete_noncurrent(KEY)


def _an_object_is_overwritten_between_two_ranges(world: Convergence) -> None:
    world.put(KEY, 1)
    world.deliver(0, BEFORE_THE_SECOND_RANGE, 0)
    world.put(KEY, 2)
    world.step(0, TO_THE_END)


BUGS = {
    "a put without a condition": Bug(
        _an_old_look_is_written_last,
        DIVERGED,
        _over_repository(_UnconditionalPut),
        _in_requests("dynamodb", "PutItem", _without_condition),
        quick=True,
    ),
    "a put whatever the revision": Bug(
        _an_old_look_without_an_event_is_written_last,
        DIVERGED,
        _over_repository(_WritesWhateverTheRevision),
        _in_requests("dynamodb", "PutItem", _without_revision),
        quick=True,
    ),
    "a tombstone without a sequencer": Bug(
        _what_was_seen_before_its_removal_is_written_last,
        DIVERGED,
        _over_repository(_ForgetsTombstones),
        _in_requests("dynamodb", "PutItem", _bare_tombstone),
    ),
    "sequencers compared as they are sent": Bug(
        _a_longer_sequencer_comes_after_a_shorter_one, DIVERGED, _RawSequencers, _RawSequencers
    ),
    "a removal taken at its word": Bug(
        _another_version_is_removed_for_good, DIVERGED, _BelievesRemovals, _BelievesRemovals
    ),
    "the size of the event": Bug(
        _another_version_is_removed_for_good,
        DIVERGED,
        _listening(_SizeOfTheEvent),
        _listening(_SizeOfTheEvent),
    ),
    "the version of the event": Bug(
        _another_version_is_removed_for_good,
        DIVERGED,
        _listening(_VersionOfTheEvent),
        _listening(_VersionOfTheEvent),
    ),
    "ranges of whatever is there": Bug(
        _an_object_is_overwritten_between_two_ranges,
        NEVER_WAS,
        _Unpinned,
        _in_requests("s3", "GetObject", _unpinned),
        quick=True,
    ),
}
