"""One path: look into each hint, and write what was seen if it is newer."""

from datetime import timedelta

import pytest

from imgmeta import (
    ByteSource,
    Hint,
    IfRevision,
    ImageProperties,
    ImageRecord,
    InvalidRecordError,
    ObjectChangedError,
    ObjectLocation,
    Outcome,
    PermanentError,
    Status,
    TransientError,
    Unreadable,
    WriteResult,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.objects import Observation
from imgmeta.core.ordering import WriteCondition
from imgmeta.service import MAX_ATTEMPTS
from support.convergence.bucket import BUCKET, EPOCH, WidthReader
from support.convergence.indexer_world import KEY, PLACE, World, sequencer


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
        raise PermanentError(f"the disk is gone: {record.image_id} {condition}")

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
            raise ObjectChangedError(f"replaced while it was read (at {content.size} bytes)")

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
            raise TransientError(f"slow down (at {content.size} bytes)")

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


def test_a_record_that_rivals_keep_writing_is_left_for_later(world: World) -> None:
    def conflict(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        del record, condition
        return WriteResult.CONFLICT

    world.repository.put = conflict  # type: ignore[method-assign]  # rivals that always win
    world.bucket.put(KEY, 5)
    [item] = world.process(Hint(PLACE))
    assert (item.outcome, item.retryable) == (Outcome.ERROR, True)
    assert item.reason == "it kept changing while imgmeta looked"


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


def test_an_object_of_which_a_further_range_is_refused_is_an_error_of_its_own() -> None:
    class Refused(WidthReader):
        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            if content.read(0, 8)[-1] == 1:
                raise PermanentError("access denied")
            return super().read(content)

    world = World(reader=Refused())
    world.bucket.put("a.jpg", 1)
    world.bucket.put("b.jpg", 2)
    assert world.sync() == {"a.jpg": Outcome.ERROR, "b.jpg": Outcome.PROCESSED}


def test_what_is_stored_and_no_record_is_an_error_of_its_own() -> None:
    class Spoilt(InMemoryImageRepository):
        def get(self, image_id: str) -> ImageRecord | None:
            if image_id == ObjectLocation(BUCKET, "a.jpg").image_id:
                raise InvalidRecordError("the table is damaged at a.jpg")
            return super().get(image_id)

    world = World(repository=Spoilt())
    world.bucket.put("a.jpg", 1)
    world.bucket.put("b.jpg", 2)
    assert world.sync() == {"a.jpg": Outcome.ERROR, "b.jpg": Outcome.PROCESSED}
