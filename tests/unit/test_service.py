from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bucket_model import BUCKET, EPOCH, ModelBucket, WidthReader
from imgmeta import (
    ByteSource,
    Difference,
    Hint,
    IfRevision,
    ImageProperties,
    ImageRecord,
    Indexer,
    ItemOutcome,
    LocationPolicy,
    ObjectChangedError,
    ObjectLocation,
    Outcome,
    PermanentError,
    PresentObject,
    Query,
    Rules,
    Status,
    Target,
    TransientError,
    UnlistedObject,
    UnlistedPrefix,
    Unreadable,
    WriteResult,
    find,
    suffix_filter,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.objects import Listing, Observation
from imgmeta.core.ordering import WriteCondition
from imgmeta.service import MAX_ATTEMPTS

KEY = "holiday/a.jpg"
PLACE = ObjectLocation(BUCKET, KEY)
ALL = Target(BUCKET)


def sequencer(number: int) -> str:
    return f"{number:032X}"


class Bucket(ModelBucket):
    """The model bucket, with switches for what can go wrong at one key."""

    def __init__(self) -> None:
        super().__init__(versioned=False)
        self.refused: dict[str, Exception] = {}
        self.unreadable: set[str] = set()
        self.unlisted: list[UnlistedObject | UnlistedPrefix] = []

    def observe(self, location: ObjectLocation) -> Observation:
        if error := self.refused.get(location.key):
            raise error
        seen = super().observe(location)
        if isinstance(seen, PresentObject) and location.key in self.unreadable:
            return replace(seen, content=None, content_error="permission denied", etag=None)
        return seen

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        listed = super().list(bucket, prefix, after=after, wanted=wanted)
        entries: list[Listing] = [*listed, *self.unlisted]
        return iter(sorted(entries, key=lambda entry: entry.key))


@dataclass
class World:
    """An indexer and everything it works on."""

    bucket: Bucket = field(default_factory=Bucket)
    repository: InMemoryImageRepository = field(default_factory=InMemoryImageRepository)
    reader: WidthReader = field(default_factory=WidthReader)
    policy: LocationPolicy = LocationPolicy.KEEP
    suffixes: set[str] = field(default_factory=lambda: {"jpg"})
    now: datetime = EPOCH
    written: int = 0

    @property
    def indexer(self) -> Indexer:
        return Indexer(
            repository=self.repository,
            objects=self.bucket,
            reader=self.reader,
            rules=Rules(suffix_filter(self.suffixes), self.policy),
            clock=lambda: self.now,
            new_revision=self.new_revision,
        )

    def new_revision(self) -> str:
        self.written += 1
        return f"r{self.written}"

    def process(self, *hints: Hint) -> list[ItemOutcome]:
        return list(self.indexer.process(hints))

    def sync(self, target: Target = ALL) -> dict[str, Outcome]:
        return {item.location.key: item.outcome for item in self.indexer.sync(target)}

    def drift(self, target: Target = ALL) -> dict[str, Difference]:
        return {found.key: found.difference for found in self.indexer.verify(target)}

    def stored(self, key: str = KEY) -> ImageRecord:
        record = self.repository.get(ObjectLocation(BUCKET, key).image_id)
        assert record is not None
        return record


@pytest.fixture
def world() -> World:
    return World()


def test_a_hint_stores_what_is_there_not_what_the_event_says(world: World) -> None:
    world.bucket.put(KEY, 7)
    world.bucket.put(KEY, 9)
    [item] = world.process(Hint(PLACE, sequencer(1), message_id="m1"))
    assert (item.outcome, item.message_id, item.bytes_read) == (Outcome.PROCESSED, "m1", 8)
    assert item.record == world.stored()
    assert (world.stored().width, world.stored().sequencer) == (9, sequencer(1))
    assert world.stored().processed_at == EPOCH


def test_an_object_that_is_no_image_becomes_a_failed_record_with_the_reason(world: World) -> None:
    world.bucket.put(KEY, 0)
    [item] = world.process(Hint(PLACE, sequencer(1)))
    assert (item.outcome, item.reason, item.retryable) == (Outcome.FAILED, "not an image", False)
    assert (world.stored().status, world.stored().error) == (Status.FAILED, "not an image")


def test_an_object_whose_bytes_cannot_be_had_is_failed_and_looked_at_again(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.bucket.unreadable.add(KEY)
    assert world.sync() == {KEY: Outcome.FAILED}
    assert world.stored().error == "permission denied"
    assert world.drift() == {KEY: Difference.CHANGED}
    world.bucket.unreadable.clear()
    assert world.sync() == {KEY: Outcome.PROCESSED}


def test_a_removal_leaves_a_tombstone_that_a_late_event_cannot_raise(world: World) -> None:
    [item] = world.process(Hint(PLACE, sequencer(2)))
    assert item.outcome is Outcome.DELETED
    world.bucket.put(KEY, 5)
    assert [late.outcome for late in world.process(Hint(PLACE, sequencer(1)))] == [Outcome.STALE]
    assert world.stored().status is Status.DELETED
    assert world.stored().expires_at == int((EPOCH + timedelta(days=30)).timestamp())


def test_a_duplicate_writes_nothing(world: World) -> None:
    world.bucket.put(KEY, 5)
    first, second = world.process(Hint(PLACE, sequencer(1)), Hint(PLACE, sequencer(1)))
    assert (first.outcome, second.outcome) == (Outcome.PROCESSED, Outcome.UNCHANGED)
    assert (second.record, second.reason) == (None, None)
    assert world.stored().revision == "r1"


def test_a_key_that_is_not_ours_is_ignored_without_a_look(world: World) -> None:
    world.bucket.refused["notes.txt"] = AssertionError("looked")
    [item] = world.process(Hint(ObjectLocation(BUCKET, "notes.txt"), message_id="m"))
    assert (item.outcome, item.message_id) == (Outcome.IGNORED, "m")


def test_one_object_that_cannot_be_reached_does_not_stop_its_neighbours(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.bucket.refused = {
        "no.jpg": PermanentError("access denied"),
        "later.jpg": TransientError("slow down"),
    }
    refused, later, fine = world.process(
        Hint(ObjectLocation(BUCKET, "no.jpg")),
        Hint(ObjectLocation(BUCKET, "later.jpg")),
        Hint(PLACE),
    )
    assert (refused.outcome, refused.reason, refused.retryable) == (
        Outcome.ERROR,
        "access denied",
        False,
    )
    assert (later.outcome, later.reason, later.retryable) == (Outcome.ERROR, "slow down", True)
    assert fine.outcome is Outcome.PROCESSED


def test_a_repository_that_will_never_answer_ends_the_batch(world: World) -> None:
    def refuse(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        raise PermanentError("the disk is gone", record, condition)

    world.bucket.put(KEY, 5)
    world.repository.put = refuse  # type: ignore[method-assign]  # a fault planted in the port
    with pytest.raises(PermanentError, match="the disk is gone"):
        world.process(Hint(PLACE))


def test_the_other_decoding_of_a_key_is_used_only_where_something_is_there(world: World) -> None:
    plus, blank = ObjectLocation(BUCKET, "a+b.jpg"), ObjectLocation(BUCKET, "a b.jpg")
    hint = Hint(plus, alternate_key=blank.key)
    assert [item.outcome for item in world.process(hint)] == [Outcome.UNCHANGED]
    world.bucket.put(blank.key, 5)
    assert [item.location for item in world.process(hint)] == [blank]
    world.bucket.put(plus.key, 6)
    assert [item.location for item in world.process(hint)] == [plus]


def test_a_lost_race_is_run_again(world: World) -> None:
    world.bucket.put(KEY, 5)
    rivals = iter([sequencer(3), sequencer(4)])
    honest = world.repository.put

    def put_after_a_rival(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        if (rival := next(rivals, None)) is not None:
            stored = world.repository.get(record.image_id)
            update = {"sequencer": rival, "revision": f"of rival {rival}"}
            revision = stored.revision if stored else None
            honest(record.model_copy(update=update), IfRevision(revision))
        return honest(record, condition)

    world.repository.put = put_after_a_rival  # type: ignore[method-assign]  # a rival's write
    assert world.indexer.reprocess(PLACE).outcome is Outcome.PROCESSED
    assert world.stored().sequencer == sequencer(4), "the next native event must still win"


def test_an_object_that_keeps_changing_is_left_for_later(world: World) -> None:
    class Restless(WidthReader):
        reads = 0

        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            self.reads += 1
            raise ObjectChangedError("replaced while it was read", content)

    world.reader = Restless()
    world.bucket.put(KEY, 5)
    [item] = world.process(Hint(PLACE, message_id="m"))
    assert (item.outcome, item.retryable, item.message_id) == (Outcome.ERROR, True, "m")
    assert world.reader.reads == MAX_ATTEMPTS
    assert item.reason == "it kept changing while imgmeta looked"


def test_a_store_that_does_not_answer_while_it_is_read_is_not_asked_again_at_once(
    world: World,
) -> None:
    class Unreachable(WidthReader):
        reads = 0

        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            self.reads += 1
            raise TransientError("slow down", content)

    world.reader = Unreachable()
    world.bucket.put(KEY, 5)
    [item] = world.process(Hint(PLACE))
    assert (item.outcome, item.retryable, world.reader.reads) == (Outcome.ERROR, True, 1)


def test_an_object_that_changes_while_it_is_observed_is_observed_again(world: World) -> None:
    world.bucket.put(KEY, 5)
    honest, changes = world.bucket.observe, iter([ObjectChangedError("replaced")])

    def observe(location: ObjectLocation) -> Observation:
        if error := next(changes, None):
            raise error
        return honest(location)

    world.bucket.observe = observe  # type: ignore[method-assign]  # a fault planted in the port
    assert [item.outcome for item in world.process(Hint(PLACE))] == [Outcome.PROCESSED]


def test_what_is_no_longer_ours_leaves_the_index(world: World) -> None:
    for key in ("a.jpg", "b.png"):
        world.bucket.put(key, 5)
    world.suffixes = {"jpg", "png"}
    world.sync()
    world.suffixes = {"jpg"}
    assert world.drift() == {"a.jpg": Difference.SAME, "b.png": Difference.GONE}
    assert world.drift(Target(BUCKET, "b.png", exact=True)) == {"b.png": Difference.GONE}
    event = Hint(ObjectLocation(BUCKET, "b.png"), sequencer(1))
    assert [item.outcome for item in world.process(event)] == [Outcome.IGNORED]
    assert world.sync() == {"a.jpg": Outcome.UNCHANGED, "b.png": Outcome.DELETED}
    assert world.drift() == {"a.jpg": Difference.SAME}
    world.suffixes = {"jpg", "png"}
    assert world.sync() == {"a.jpg": Outcome.UNCHANGED, "b.png": Outcome.PROCESSED}


def test_an_object_of_which_only_the_key_is_known_hides_no_other(world: World) -> None:
    for key in ("a.jpg", "a.jpg.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    del world.bucket.stacks["a.jpg"]
    world.bucket.unlisted.append(UnlistedObject("a.jpg", "permission denied"))
    assert world.drift() == {"a.jpg": Difference.UNKNOWN, "a.jpg.jpg": Difference.SAME}


def test_a_record_that_rivals_keep_writing_is_left_for_later(world: World) -> None:
    def conflict(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        del record, condition
        return WriteResult.CONFLICT

    world.repository.put = conflict  # type: ignore[method-assign]  # rivals that always win
    world.bucket.put(KEY, 5)
    [item] = world.process(Hint(PLACE))
    assert (item.outcome, item.retryable) == (Outcome.ERROR, True)
    assert item.reason == "it kept changing while imgmeta looked"


def test_sync_makes_the_index_say_what_the_bucket_holds(world: World) -> None:
    for key in ("same.jpg", "changed.jpg", "gone.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    world.bucket.put("changed.jpg", 6)
    world.bucket.delete("gone.jpg")
    world.bucket.put("new.jpg", 7)
    world.bucket.put("notes.txt", 7)
    assert world.drift() == {
        "changed.jpg": Difference.CHANGED,
        "gone.jpg": Difference.GONE,
        "new.jpg": Difference.NEW,
        "same.jpg": Difference.SAME,
    }
    assert world.sync() == {
        "changed.jpg": Outcome.PROCESSED,
        "gone.jpg": Outcome.DELETED,
        "new.jpg": Outcome.PROCESSED,
        "same.jpg": Outcome.UNCHANGED,
    }
    assert set(world.drift().values()) == {Difference.SAME}
    assert world.stored("same.jpg").revision == "r3", "what is the same is not written again"


def test_verify_changes_nothing(world: World) -> None:
    world.bucket.put(KEY, 5)
    assert world.drift() == {KEY: Difference.NEW}
    assert list(world.repository.scan(include_deleted=True)) == []


def test_sync_leaves_alone_what_is_outside_its_target(world: World) -> None:
    for key in ("a/1.jpg", "b/2.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    world.bucket.delete("a/1.jpg")
    world.bucket.delete("b/2.jpg")
    assert world.sync(Target(BUCKET, "a/")) == {"a/1.jpg": Outcome.DELETED}
    assert world.stored("b/2.jpg").status is Status.PROCESSED


def test_records_below_a_prefix_that_cannot_be_listed_are_left_alone(world: World) -> None:
    for key in ("locked/1.jpg", "open/2.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    del world.bucket.stacks["locked/1.jpg"]
    world.bucket.unlisted.append(UnlistedPrefix("locked/", "permission denied"))
    items = list(world.indexer.sync(ALL))
    assert [(item.location.key, item.outcome, item.reason) for item in items] == [
        ("locked/", Outcome.ERROR, "permission denied"),
        ("open/2.jpg", Outcome.UNCHANGED, None),
    ]
    assert items[0].retryable
    assert world.stored("locked/1.jpg").status is Status.PROCESSED


def test_an_exact_target_is_one_key_and_no_longer_one_that_starts_alike(world: World) -> None:
    exact = Target(BUCKET, "a.jpg", exact=True)
    world.bucket.put("a.jpg.jpg", 6)
    assert world.sync(exact) == {}
    world.bucket.put("a.jpg", 5)
    assert world.sync(exact) == {"a.jpg": Outcome.PROCESSED}
    assert world.sync(exact) == {"a.jpg": Outcome.UNCHANGED}
    world.bucket.delete("a.jpg")
    assert world.sync(exact) == {"a.jpg": Outcome.DELETED}
    assert world.sync(exact) == {}


@pytest.mark.parametrize("error", [TransientError("too slow"), PermanentError("forbidden")])
def test_an_exact_target_that_cannot_be_reached_is_its_own_error(
    world: World, error: Exception
) -> None:
    exact = Target(BUCKET, "a.jpg", exact=True)
    world.bucket.put("a.jpg", 1)
    world.sync(exact)
    world.bucket.refused["a.jpg"] = error
    (item,) = world.indexer.sync(exact)
    assert (item.outcome, item.reason, item.retryable) == (Outcome.ERROR, str(error), True)
    (found,) = world.indexer.verify(exact)
    assert (found.difference, found.reason) == (Difference.UNKNOWN, str(error))


def test_a_newer_reader_reads_again_what_did_not_change(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.sync()
    world.reader.version = 2
    assert world.drift() == {KEY: Difference.OUTDATED}
    assert world.sync() == {KEY: Outcome.PROCESSED}
    assert world.stored().reader_version == 2


def test_an_older_reader_leaves_the_work_of_a_newer_one_alone(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.reader.version = 2
    world.sync()
    world.reader.version = 1
    assert world.sync() == {KEY: Outcome.UNCHANGED}


def test_reprocess_writes_even_if_nothing_changed_and_keeps_the_sequencer(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.process(Hint(PLACE, sequencer(1)))
    world.now += timedelta(days=1)
    assert world.indexer.reprocess(PLACE).outcome is Outcome.PROCESSED
    assert world.stored().processed_at == world.now
    assert world.stored().sequencer == sequencer(1)


def test_a_hint_without_a_sequencer_that_says_nothing_new_writes_nothing(world: World) -> None:
    world.bucket.put(KEY, 5)
    outcomes = [item.outcome for item in world.process(Hint(PLACE), Hint(PLACE))]
    assert outcomes == [Outcome.PROCESSED, Outcome.UNCHANGED]


def test_an_object_that_was_deleted_and_came_back_is_indexed_again(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.sync()
    world.bucket.delete(KEY)
    world.sync()
    assert [item.outcome for item in world.process(Hint(PLACE))] == [Outcome.UNCHANGED]
    world.bucket.put(KEY, 5)
    assert world.sync() == {KEY: Outcome.PROCESSED}


class PlacedReader(WidthReader):
    """Finds every image in the middle of Florence."""

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        found = super().read(content)
        assert isinstance(found, ImageProperties)
        place = {"latitude": 43.76951, "longitude": 11.25581, "altitude": 50.0}
        return found.model_copy(update=place)


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (LocationPolicy.KEEP, (43.76951, 11.25581, 50.0)),
        (LocationPolicy.ROUND, (43.77, 11.26, None)),
        (LocationPolicy.DROP, (None, None, None)),
    ],
)
def test_the_location_policy_applies_before_anything_is_stored(
    world: World, policy: LocationPolicy, place: tuple[float | None, ...]
) -> None:
    world.reader, world.policy = PlacedReader(), policy
    world.bucket.put(KEY, 5)
    world.sync()
    record = world.stored()
    assert (record.latitude, record.longitude, record.altitude) == place


def test_a_stricter_location_policy_takes_back_what_is_stored(world: World) -> None:
    world.reader = PlacedReader()
    world.bucket.put(KEY, 5)
    world.sync()
    world.policy = LocationPolicy.DROP
    assert world.sync() == {KEY: Outcome.PROCESSED}
    assert world.stored().latitude is None
    assert world.sync() == {KEY: Outcome.UNCHANGED}


AFTER_2 = datetime(2026, 11, 2, 0, 0, 0, 500_000, tzinfo=UTC)


def record_at(key: str, *, day: int = 1, bucket: str = BUCKET) -> ImageRecord:
    location = ObjectLocation(bucket, key)
    moment = datetime(2026, 11, day, tzinfo=UTC)
    return ImageRecord(
        image_id=location.image_id,
        bucket_name=bucket,
        object_key=key,
        status=Status.PROCESSED,
        processed_at=moment,
        revision="r",
        upload_timestamp=int(moment.timestamp()),
        upload_date=moment,
    )


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (Query(), ["a/1.jpg", "a/2.jpg", "b/3.jpg", "a/4.jpg"]),
        (Query(BUCKET), ["a/1.jpg", "a/2.jpg", "b/3.jpg"]),
        (Query(BUCKET, "a/"), ["a/1.jpg", "a/2.jpg"]),
        (Query(BUCKET, "a/", since=datetime(2026, 11, 2, tzinfo=UTC)), ["a/2.jpg"]),
        (Query(since=datetime(2026, 11, 3, tzinfo=UTC)), ["b/3.jpg", "a/4.jpg"]),
        (Query(until=datetime(2026, 11, 3, tzinfo=UTC)), ["a/1.jpg", "a/2.jpg"]),
        (Query(since=AFTER_2), ["b/3.jpg", "a/4.jpg"]),
        (Query(until=AFTER_2), ["a/1.jpg", "a/2.jpg"]),
        (Query(BUCKET, since=AFTER_2), ["b/3.jpg"]),
        (Query(BUCKET, until=AFTER_2), ["a/1.jpg", "a/2.jpg"]),
        (Query(status=Status.PROCESSED), ["a/1.jpg", "a/2.jpg", "b/3.jpg", "a/4.jpg"]),
        (Query(status=Status.FAILED), []),
        (Query(status=Status.DELETED), ["gone.jpg"]),
        (Query(BUCKET, status=Status.DELETED), ["gone.jpg"]),
        (Query(status=Status.DELETED, since=datetime(2026, 11, 1, tzinfo=UTC)), []),
    ],
)
def test_find_yields_the_records_that_a_query_asks_for(query: Query, keys: list[str]) -> None:
    gone = record_at("gone.jpg").model_copy(
        update={"status": Status.DELETED, "upload_timestamp": None, "upload_date": None}
    )
    repository = InMemoryImageRepository(
        [
            record_at("a/1.jpg", day=1),
            record_at("a/2.jpg", day=2),
            record_at("b/3.jpg", day=3),
            record_at("a/4.jpg", day=4, bucket="another"),
            gone,
        ]
    )
    assert sorted(record.object_key for record in find(repository, query)) == sorted(keys)


def test_find_by_prefix_keeps_key_order_and_by_time_the_order_of_uploads() -> None:
    repository = InMemoryImageRepository([record_at("b.jpg", day=1), record_at("a.jpg", day=2)])
    by_key = [record.object_key for record in find(repository, Query(BUCKET))]
    by_time = [
        record.object_key
        for record in find(repository, Query(since=datetime(2026, 1, 1, tzinfo=UTC)))
    ]
    assert (by_key, by_time) == (["a.jpg", "b.jpg"], ["b.jpg", "a.jpg"])
